using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Text.Json;
using DurableSink.Storage;

namespace DurableSink.Segments;

/// <summary>
/// The idempotency keys of one segment in a file beside it, <c>*.keys</c>, so that they are found without reading the log, and outlive the
/// segment's removal. Written before the segment gets its sealed name: where that stands without one, it holds no keys. A segment that is
/// still active is not answered for by its key file: recovery writes that anew.
/// </summary>
internal sealed class KeyFile
{
    private const int Piece = 64 << 10;

    private KeyFile(DateTimeOffset time, IReadOnlyList<KeyedLine> keys) => (Time, Keys) = (time, keys);

    /// <summary>When it was written: after the last of its events.</summary>
    public DateTimeOffset Time { get; }

    /// <summary>In log order.</summary>
    public IReadOnlyList<KeyedLine> Keys { get; }

    private static ReadOnlySpan<byte> HeaderMark => "{\"@keys\":1,"u8;

    /// <summary>
    /// Writes the key file of <paramref name="name"/>, durable with its name on return, from the lines that begin in
    /// <paramref name="segment"/> at <paramref name="offsets"/>. Without any there is none.
    /// </summary>
    public static void Write(
        ILogDirectory directory, DriveGate gate, TimeProvider time, SegmentName name, string logId, ILogFile segment, KeyedOffsets offsets)
    {
        if (offsets.Count == 0) return;
        if (directory.List().Contains(name.Keys)) directory.Delete(name.Keys); // of an attempt before
        using var file = directory.Create(name.Keys, Access.Plain);
        var bytes = new ArrayBufferWriter<byte>(2 * Piece);
        var written = 0L;
        WriteHeader(bytes, time.GetUtcNow(), logId, name, offsets.Count);
        using (var window = new SegmentWindow(segment))
        {
            foreach (var offset in offsets)
            {
                WriteKey(bytes, LineAt(window, offset, segment.Path), name.Id);
                if (bytes.WrittenCount >= Piece) WriteOut();
            }
        }

        WriteOut();
        gate.Run(file.Path, file.FlushAll);
        gate.Run(directory.Path, directory.Flush);

        void WriteOut()
        {
            file.Write(written, bytes.WrittenSpan);
            written += bytes.WrittenCount;
            bytes.ResetWrittenCount();
        }
    }

    /// <summary>Reads a key file; null where it is not whole, or another log's.</summary>
    public static KeyFile? Read(ILogDirectory directory, SegmentName name, string logId)
    {
        using var file = directory.Open(name.Keys, Access.Plain, write: false);
        var bytes = new byte[file.Length];
        ReadOnlySpan<byte> left = bytes.AsSpan(0, file.Read(0, bytes));
        if (!TakeLine(ref left, out var line, out _) || !line.StartsWith(HeaderMark)) return null;
        using var header = JsonDocument.Parse(line.ToArray());
        if (header.RootElement.GetProperty("LogId").GetString() != logId) return null;
        var keys = new KeyedLine[header.RootElement.GetProperty("Count").GetInt32()];
        for (var i = 0; i < keys.Length; i++)
        {
            if (!TakeLine(ref left, out line, out var sequence)) return null;
            keys[i] = ReadKey(line, sequence, name.Id);
        }

        return new(header.RootElement.GetProperty("@t").GetDateTimeOffset(), keys);
    }

    private static ReadOnlySpan<byte> LineAt(SegmentWindow window, long offset, string path)
    {
        for (var wanted = Piece; ; wanted *= 4)
        {
            var bytes = window.From(offset, wanted);
            var end = bytes.IndexOf(LineTrailer.Newline);
            if (end < 0 && bytes.Length >= wanted) continue;
            if (end >= 0 && LineTrailer.TryRead(bytes[..end], out _, out _)) return bytes[..end];
            throw new DurableIOException("read", path, offset, 5, "the line of an idempotency key is not read a second time");
        }
    }

    private static void WriteHeader(ArrayBufferWriter<byte> into, DateTimeOffset time, string logId, SegmentName name, int count) => WriteLine(into, name.FirstSequence - 1, json =>
    {
        json.WriteNumber("@keys", 1);
        json.WriteString("@t", Timestamps.Format(time));
        json.WriteString("LogId", logId);
        json.WriteString("SegmentId", name.Id);
        json.WriteNumber("Count", count);
    });

    private static void WriteKey(ArrayBufferWriter<byte> into, ReadOnlySpan<byte> line, string segmentId)
    {
        var keyed = KeyedLine.Read(line, segmentId);
        WriteLine(into, keyed.Place.Sequence, json =>
        {
            json.WriteString("@t", Timestamps.Format(keyed.Time));
            json.WriteString(KeyedLine.Property, keyed.Key);
            json.WriteString("Content", keyed.Content.ToString("x32", CultureInfo.InvariantCulture));
            json.WriteString("EventHash", LineTrailer.ToText(keyed.Place.Hash));
        });
    }

    private static void WriteLine(ArrayBufferWriter<byte> into, long sequence, Action<Utf8JsonWriter> write)
    {
        var body = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        var length = body.WrittenCount - 1;
        var line = into.GetSpan(length + LineTrailer.MaxLength)[..(length + LineTrailer.Length(sequence, withDurable: false))];
        body.WrittenSpan[..length].CopyTo(line);
        LineTrailer.Write(line, length, sequence, withDurable: false);
        into.Advance(line.Length);
    }

    private static bool TakeLine(ref ReadOnlySpan<byte> left, out ReadOnlySpan<byte> line, out long sequence)
    {
        var end = left.IndexOf(LineTrailer.Newline);
        line = end < 0 ? default : left[..end];
        sequence = 0;
        if (end < 0 || !LineTrailer.TryRead(line, out sequence, out _)) return false;
        left = left[(end + 1)..];
        return true;
    }

    private static KeyedLine ReadKey(ReadOnlySpan<byte> line, long sequence, string segmentId)
    {
        using var json = JsonDocument.Parse(line.ToArray());
        var root = json.RootElement;
        return new(
            root.GetProperty(KeyedLine.Property).GetString()!,
            UInt128.Parse(root.GetProperty("Content").GetString()!, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
            root.GetProperty("@t").GetDateTimeOffset(),
            new(sequence, segmentId, ulong.Parse(root.GetProperty("EventHash").GetString()!, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)));
    }
}

/// <summary>Where in a segment the lines of events with an idempotency key begin; of very many the last ones (D9).</summary>
internal sealed class KeyedOffsets : IEnumerable<long>
{
    /// <summary>No log remembers more keys.</summary>
    public const int Most = 1_000_000;

    private readonly Queue<long> _offsets = new();

    public int Count => _offsets.Count;

    public void Add(long offset)
    {
        if (_offsets.Count == Most) _offsets.Dequeue();
        _offsets.Enqueue(offset);
    }

    public IEnumerator<long> GetEnumerator() => _offsets.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
