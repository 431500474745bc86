using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;

namespace DurableSink.Events;

/// <summary>A thread's reused, growing buffer for one line in UTF-8. Rent, write, append to the log, return.</summary>
internal sealed class EventLine : IBufferWriter<byte>
{
    /// <summary>The greatest MaxEventBytes there is.</summary>
    private const int DefaultLimit = 16 << 20;

    private const int Kept = 64 << 10; // a longer line's buffer is not kept

    /// <summary>Most readers follow 64 levels: the line itself is one, and collections around the value may be ten.</summary>
    private const int MaxJsonDepth = 50;

    [ThreadStatic]
    private static EventLine? _free;

    private byte[] _bytes = new byte[1024];
    private Utf8JsonWriter? _json;
    private long _takenBack;

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    /// <summary>Where formatting may stop: a body beyond it is shortened anyway, so a huge value need not be written out (D9).</summary>
    public int Limit { get; private set; }

    /// <summary>Also where a few lines were written in vain: values that throw at their end could go on for ever.</summary>
    public bool IsFull => Length > Limit || _takenBack > 4L * (Limit + Kept);

    /// <summary>How long the line would be as a whole, as far as that is known: where it is full, more than the limit.</summary>
    public long WholeLength => IsFull ? Length + Skipped + _takenBack : Length;

    /// <summary>What was not written because the line was full, in characters.</summary>
    public long Skipped { get; set; }

    /// <summary>What a line begins with.</summary>
    public LineStart Start { get; } = new();

    /// <summary>The top-level names written so far, which no line has twice.</summary>
    public PropertyNames Names { get; } = new();

    /// <summary>
    /// The thread's buffer, empty. A log call from within a property's <c>ToString</c> gets one of its own.
    /// <paramref name="limit"/>: the longest body that the log takes.
    /// </summary>
    public static EventLine Rent(int limit = DefaultLimit)
    {
        var line = _free ?? new EventLine();
        _free = null;
        line.Limit = limit;
        line.Clear();
        return line;
    }

    public static void Return(EventLine line)
    {
        line.Names.Clear(); // names are the caller's strings: not to be kept alive
        if (line._bytes.Length <= Kept) _free = line;
    }

    public void Clear()
    {
        Length = 0;
        _takenBack = 0;
        Skipped = 0;
        Names.Clear();
    }

    public Span<byte> GetSpan(int sizeHint)
    {
        if (_bytes.Length - Length < sizeHint) Grow(sizeHint);
        return _bytes.AsSpan(Length);
    }

    public void Advance(int count) => Length += count;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        Length += bytes.Length;
    }

    public void Write(byte value)
    {
        GetSpan(1)[0] = value;
        Length++;
    }

    /// <summary>Takes back what was written beyond <paramref name="length"/>.</summary>
    public void Rewind(int length)
    {
        _takenBack += Length - length;
        Length = length;
    }

    /// <summary>
    /// Writes one JSON value through <see cref="Utf8JsonWriter"/>: for what System.Text.Json knows better than we do. Throws what the
    /// value throws, and where it is no JSON: a converter may write anything it likes.
    /// </summary>
    public void WriteJson<TState>(TState state, Action<Utf8JsonWriter, TState> write)
    {
        var start = Length;
        var json = _json ?? new Utf8JsonWriter(this, new JsonWriterOptions { Encoder = JsonText.Relaxed, MaxDepth = MaxJsonDepth });
        _json = null; // not to be reused when the value throws half-way
        json.Reset(this);
        write(json, state);
        json.Flush();
        _json = json;

        // A converter's raw JSON may hold line breaks between tokens; to a reader of the log they would be frame boundaries.
        var written = _bytes.AsSpan(start, Length - start);
        written.Replace((byte)'\n', (byte)' ');
        var check = new Utf8JsonReader(written, new JsonReaderOptions { MaxDepth = MaxJsonDepth });
        while (check.Read())
        {
            // Throws where it is none.
        }

        if (!Utf8.IsValid(written)) throw new JsonException("The value's JSON is not valid UTF-8.");
    }

    Span<byte> IBufferWriter<byte>.GetSpan(int sizeHint)
    {
        RefuseBoundless();
        return GetSpan(Math.Max(sizeHint, 1));
    }

    Memory<byte> IBufferWriter<byte>.GetMemory(int sizeHint)
    {
        RefuseBoundless();
        GetSpan(Math.Max(sizeHint, 1));
        return _bytes.AsMemory(Length);
    }

    /// <summary>Our own writing stops where the line is full; a serializer does not (D9).</summary>
    private void RefuseBoundless()
    {
        if (Length > 2L * Limit + Kept) throw new InvalidOperationException($"its JSON is longer than {Length} bytes");
    }

    private void Grow(int sizeHint) => Array.Resize(ref _bytes, checked(Math.Max(_bytes.Length * 2, Length + sizeHint)));
}
