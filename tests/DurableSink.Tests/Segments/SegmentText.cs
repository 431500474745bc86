using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DurableSink.Segments;

namespace DurableSink.Tests.Segments;

/// <summary>A segment's bytes, put together commit by commit as the engine lays them out, for tests that damage or cut them.</summary>
internal sealed class SegmentText
{
    public const int Block = 4096;
    public const string LogName = "orders";
    public const string LogId = "0123456789abcdef0123456789abcdef";

    private readonly List<byte> _bytes = [];

    public SegmentText(
        long first = 1, string id = "aaaaaaaa", long? durable = null, string? previous = null, string? origin = null, string? reason = null,
        params SequenceRange[] missing)
    {
        Header = new SegmentHeader
        {
            LogId = LogId,
            LogName = LogName,
            SegmentId = id,
            FirstSequence = first,
            PreviousSegmentId = previous,
            Time = FixedTime.Start,
            OriginSegmentId = origin,
            OriginReason = reason,
            Missing = missing,
        };
        Last = first - 1;
        Add(Header.ToBody(), Last, durable ?? Last);
    }

    public SegmentHeader Header { get; }

    public SegmentName Name => Header.Name;

    public long Last { get; private set; }

    public int Length => _bytes.Count;

    /// <summary>Where the lines stand, newline included, by sequence number.</summary>
    public Dictionary<long, (int Offset, int Length)> Lines { get; } = [];

    /// <summary>One commit: its first line carries <c>@durable</c>, by default all that came before it. Without a segment's first
    /// commit, whose header carries it.</summary>
    public SegmentText Commit(int events, int length = 200, long? durable = null)
    {
        long? carried = Lines.Count == 0 && durable == null ? null : durable ?? Last;
        for (var i = 0; i < events; i++, carried = null) Event(Last + 1, length, carried);
        return this;
    }

    /// <summary>One line, with any number.</summary>
    public SegmentText Event(long sequence, int length = 200, long? durable = null, string? salt = null)
    {
        var start = $$"""{"@t":"{{Timestamps.Format(FixedTime.Start.AddSeconds(sequence))}}","@mt":"Event","N":{{sequence}},"Text":"{{salt}}""";
        var trailer = LineTrailer.Length(sequence, durable != null);
        var body = start + new string('x', Math.Max(0, length - start.Length - 1 - trailer)) + '"';
        Lines[sequence] = (Length, body.Length + trailer);
        Add(Encoding.UTF8.GetBytes(body), sequence, durable);
        Last = sequence;
        return this;
    }

    public SegmentText Pad()
    {
        while (Length % Block != 0) _bytes.Add(LineTrailer.Newline);
        return this;
    }

    /// <summary>Raw bytes, such as a line that is none.</summary>
    public SegmentText Raw(ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public SegmentText Seal(string? previousSha256 = null, long? last = null)
    {
        Pad();
        var events = Lines.Keys.ToList();
        _bytes.AddRange(new SegmentSeal
        {
            SegmentId = Header.SegmentId,
            Count = events.Count,
            FirstSequence = Header.FirstSequence,
            LastSequence = last ?? Last,
            MinTime = FixedTime.Start.AddSeconds(events.Min()),
            MaxTime = FixedTime.Start.AddSeconds(events.Max()),
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(_bytes.ToArray())),
            Previous = new(previousSha256, previousSha256 == null ? "first segment" : null),
            Time = FixedTime.Start,
        }.ToLine());
        return this;
    }

    /// <summary>Exactly what was put together: a sealed file.</summary>
    public byte[] Exact() => [.. _bytes];

    /// <summary>As an active file: filler to the block's end and <paramref name="room"/> bytes ahead.</summary>
    public byte[] Active(int room = 0)
    {
        var bytes = new byte[(Length + Block - 1) / Block * Block + room];
        bytes.AsSpan().Fill(LineTrailer.Newline);
        _bytes.CopyTo(bytes);
        return bytes;
    }

    /// <summary>The line of an event, without its newline.</summary>
    public byte[] Line(long sequence) => [.. _bytes.GetRange(Lines[sequence].Offset, Lines[sequence].Length - 1)];

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name.Sealed}: {Header.FirstSequence} to {Last}");

    private void Add(byte[] body, long sequence, long? durable)
    {
        var line = new byte[body.Length + LineTrailer.Length(sequence, durable != null)];
        body.CopyTo(line, 0);
        LineTrailer.Write(line, body.Length, sequence, durable != null);
        if (durable is { } known) LineTrailer.SetDurable(line, sequence, known);
        _bytes.AddRange(line);
    }
}

/// <summary>A clock that stands still, so that the same calls make the same bytes.</summary>
internal sealed class FixedTime : TimeProvider
{
    public static DateTimeOffset Start { get; } = new(2026, 11, 20, 8, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Start;
}
