using System.Buffers;

namespace DurableSink.Events;

/// <summary>A thread's reused, growing buffer for one line in UTF-8. Rent, write, append to the log, return.</summary>
internal sealed class EventLine : IBufferWriter<byte>
{
    private const int Kept = 64 << 10; // a longer line's buffer is not kept

    [ThreadStatic]
    private static EventLine? t_free;

    private byte[] _bytes = new byte[1024];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    /// <summary>The thread's buffer, empty. A log call from within a property's <c>ToString</c> gets one of its own.</summary>
    public static EventLine Rent()
    {
        var line = t_free ?? new EventLine();
        t_free = null;
        line.Length = 0;
        return line;
    }

    public static void Return(EventLine line)
    {
        if (line._bytes.Length <= Kept) t_free = line;
    }

    public void Clear() => Length = 0;

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        if (_bytes.Length - Length < Math.Max(sizeHint, 1)) Grow(sizeHint);
        return _bytes.AsSpan(Length);
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_bytes.Length - Length < Math.Max(sizeHint, 1)) Grow(sizeHint);
        return _bytes.AsMemory(Length);
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
    public void Rewind(int length) => Length = length;

    private void Grow(int sizeHint) =>
        Array.Resize(ref _bytes, checked(Math.Max(_bytes.Length * 2, Length + Math.Max(sizeHint, 1))));
}
