using System.Buffers.Text;
using System.Globalization;
using System.Runtime.CompilerServices;
using DurableSink.Storage;

namespace DurableSink.Segments;

/// <summary>Reads a whole segment file and says what stands in it: the one scan behind sealing, recovery and salvage.</summary>
internal sealed class SegmentScanner : IDisposable
{
    /// <summary>A longer run of bytes without a newline is no line of ours: MaxEventBytes is at most 16 MiB.</summary>
    public const int LongestLine = (16 << 20) + 4096;

    private const int Sector = 512;
    private const int ShortestLine = 64;
    private const byte Newline = LineTrailer.Newline;

    private readonly ILogFile _file;
    private readonly SegmentPass _pass;
    private readonly SegmentScan _scan = new();
    private readonly long _limit;
    private SegmentWindow? _longLine;
    private bool _nulSkipped;
    private LineTimes _times = new();

    private SegmentScanner(ILogFile file, long limit, bool inParallel)
    {
        _file = file;
        _pass = new SegmentPass(file, _scan.Sha256, inParallel);
        _limit = limit;
        _scan.FileLength = _pass.Length;
    }

    /// <summary>
    /// Scans a file. Lines with a sequence number above <paramref name="limit"/> count as superseded. <paramref name="inParallel"/> is for
    /// somebody who waits for it: twice as fast, on two processors; sealing, for which nobody waits, leaves the other one to the application.
    /// </summary>
    public static SegmentScan Scan(ILogFile file, long limit = long.MaxValue, bool inParallel = false)
    {
        using var scanner = new SegmentScanner(file, limit, inParallel);
        scanner.Run();
        return scanner._scan;
    }

    public void Dispose()
    {
        _pass.Dispose();
        _longLine?.Dispose();
    }

    private void Run()
    {
        for (var position = 0L; position < _pass.Length && _scan.Seal == null;)
        {
            position += Lines(_pass.From(position), position);
            _pass.Accepted = _scan.ValidEnd;
            if (_scan.Seal != null || position >= _pass.Length || _pass.TryAdvance(position)) continue;
            var used = OneLongLine(position);
            if (used == 0) break;
            position += used;
            _pass.SkipTo(position);
        }

        if (_scan.Seal != null) FindContentBeyondSeal();
        _pass.Settle();
    }

    private void FindContentBeyondSeal()
    {
        var position = _scan.SealEnd;
        do
        {
            var bytes = _pass.From(position);
            var last = bytes.LastIndexOfAnyExcept(Newline, (byte)0);
            if (last >= 0) _scan.ContentEnd = position + last + 1;
            position += bytes.Length;
        }
        while (_pass.TryAdvance(position));
    }

    /// <summary>Takes the complete lines in <paramref name="bytes"/>, and the filler; returns how many bytes those are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Lines(ReadOnlySpan<byte> bytes, long offset)
    {
        var at = 0;
        while (_scan.Seal == null)
        {
            if (at == bytes.Length) return at;
            if (bytes[at] is Newline or 0)
            {
                var filler = bytes[at..].IndexOfAnyExcept(Newline, (byte)0);
                if (filler < 0) filler = bytes.Length - at;
                _nulSkipped |= bytes.Slice(at, filler).Contains((byte)0);
                at += filler;
                continue;
            }

            var rest = bytes[at..];

            var length = rest.IndexOf(Newline);
            if (length < 0) return at;
            Line(rest[..length], offset + at);
            at += length + 1;
        }

        return at;
    }

    /// <summary>A line that the pass does not hold to its end, or the last one, which has no newline.</summary>
    private int OneLongLine(long position)
    {
        _longLine ??= new SegmentWindow(_file);
        for (var wanted = 1 << 20; ; wanted *= 2)
        {
            var bytes = _longLine.From(position, wanted);
            var length = bytes.IndexOf(Newline);
            if (length >= 0)
            {
                Line(bytes[..length], position);
                _pass.Settle();
                _pass.Add(bytes, position, _scan.ValidEnd);
                return length + 1;
            }

            if (bytes.Length >= wanted && wanted < LongestLine) continue;
            Broken(bytes, position, "bytes without a line's end");
            Number(bytes);
            return bytes.Length;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Line(ReadOnlySpan<byte> line, long offset)
    {
        _scan.ContentEnd = offset + line.Length;
        if (!LineTrailer.TryRead(line, out var sequence, out var durable))
        {
            Broken(line, offset, "a line that is not whole");
            Number(line);
            return;
        }

        _scan.MaxDurable = Math.Max(_scan.MaxDurable, durable);
        _scan.MaxSequence = Math.Max(_scan.MaxSequence, sequence);
        var isSeal = line.StartsWith(SegmentSeal.Mark);
        var isHeader = line.StartsWith(SegmentHeader.Mark);
        if (_scan.Hole != null || _scan.IsSuperseded)
        {
            if (!isSeal && !isHeader && _scan.Hole != null) Beyond(offset, line.Length + 1, sequence);
            return;
        }

        if (_nulSkipped)
        {
            Broken(line, offset, "NUL bytes before a line");
            if (!isSeal && !isHeader) Beyond(offset, line.Length + 1, sequence);
        }
        else if (_scan.Header is null) First(line, offset);
        else if (isSeal && SegmentSeal.TryRead(line, out var seal) && seal.LastSequence == _scan.LastSequence) End(seal, offset + line.Length + 1);
        else if (isSeal || isHeader || !IsNext(sequence)) OutOfOrder(line, offset, sequence, isSeal, isHeader);
        else if (sequence > _limit) _scan.IsSuperseded = true;
        else Accept(line, offset, sequence);
    }

    private void OutOfOrder(ReadOnlySpan<byte> line, long offset, long sequence, bool isSeal, bool isHeader)
    {
        Broken(line, offset, string.Create(CultureInfo.InvariantCulture,
            $"{(isSeal ? "a seal" : isHeader ? "a header" : "event")} {sequence} where event {_scan.LastSequence + 1} was to come"));
        if (!isSeal && !isHeader) Beyond(offset, line.Length + 1, sequence);
    }

    /// <summary>Whether this number is to come: the next one, or, in a salvage, the one behind those that its header declares missing.</summary>
    private bool IsNext(long sequence)
    {
        var next = _scan.LastSequence + 1;
        return sequence == next || EndsMissing(next, sequence);
    }

    private bool EndsMissing(long next, long sequence) =>
        _scan.Header!.Missing.Any(range => range.First <= next && range.Last >= next && range.Last == sequence - 1);

    private void First(ReadOnlySpan<byte> line, long offset)
    {
        if (offset == 0 && SegmentHeader.TryRead(line, _file.Path, out var header))
        {
            _scan.Header = header;
            _scan.LastSequence = header.FirstSequence - 1;
            _scan.ValidEnd = line.Length + 1;
            return;
        }

        Broken(line, offset, "no header");
        if (LineTrailer.TryRead(line, out var sequence, out _) && !line.StartsWith(SegmentHeader.Mark))
            Beyond(offset, line.Length + 1, sequence);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Accept(ReadOnlySpan<byte> line, long offset, long sequence)
    {
        if (_scan.Count++ == 0) _scan.FirstEventOffset = offset;
        _scan.LastSequence = sequence;
        _scan.ValidEnd = offset + line.Length + 1;
        if (KeyedLine.Is(line)) _scan.Keyed.Add(offset);
        var ticks = _times.TicksOf(line);
        if (ticks < 0) return;
        if (ticks < _scan.MinTicks) _scan.MinTicks = ticks;
        if (ticks > _scan.MaxTicks) _scan.MaxTicks = ticks;
    }

    private void End(SegmentSeal seal, long end)
    {
        _scan.Seal = seal;
        _scan.SealEnd = end;
    }

    private void Beyond(long offset, int length, long sequence)
    {
        if (_scan.Beyond is [.., var last] && last.Sequences.Last + 1 == sequence && last.Offset + last.Length == offset)
            _scan.Beyond[^1] = new(last.Offset, last.Length + length, last.Sequences with { Last = sequence });
        else
            _scan.Beyond.Add(new(offset, length, new(sequence, sequence)));
    }

    /// <summary>Rule 10: the number that a line which is not whole, but has an end, may have had: what it says, or the next.</summary>
    private void Number(ReadOnlySpan<byte> line)
    {
        var field = line.LastIndexOf(",\"@seq\":"u8);
        if (field < 0 && !line.EndsWith("\"}"u8)) return;
        var next = Math.Max(_scan.MaxSequence, _scan.MaxDamaged) + 1;
        var says = field >= 0 && Utf8Parser.TryParse(line[(field + 8)..], out long number, out _) ? number : 0;
        _scan.MaxDamaged = says > next && says - next < _pass.Length / ShortestLine ? says : next;
    }

    private void Broken(ReadOnlySpan<byte> content, long offset, string what)
    {
        _scan.ContentEnd = Math.Max(_scan.ContentEnd, offset + content.TrimEnd((byte)0).Length);
        if (_scan.Hole != null || _scan.IsSuperseded) return;
        _scan.Hole = new(_scan.ValidEnd, _scan.Header != null && LooksTorn(_scan.ValidEnd, content, offset), what);
    }

    /// <summary>
    /// Rule 9: torn means that sectors hold what they held before the commit, which is filler. So the break begins where whole sectors
    /// of filler begin: either content resumes after them at a sector's start, or the line ends at one. Where the last lost byte is a
    /// line's last but its newline, that newline is the sector's first byte.
    /// </summary>
    private bool LooksTorn(long validEnd, ReadOnlySpan<byte> content, long offset)
    {
        if (offset > validEnd) return offset % Sector is 0 or 1;
        var nul = content.IndexOf((byte)0);
        var stop = offset + (nul >= 0 ? nul : content.Length);
        if (stop >= _pass.Length) return true;
        if (stop % Sector != 0) return false;
        Span<byte> sector = stackalloc byte[Sector];
        content = nul >= 0 ? content[nul..] : [];
        var have = Math.Min(content.Length, Sector);
        content[..have].CopyTo(sector);
        if (have < Sector) SegmentWindow.Peek(_file, stop + have, sector[have..]);
        return !sector.ContainsAnyExcept(Newline, (byte)0);
    }
}
