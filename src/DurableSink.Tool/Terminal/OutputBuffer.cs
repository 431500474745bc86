using System.Text;
using DurableSink.Segments;

namespace DurableSink.Tooling.Terminal;

/// <summary>Gathers output, so that a line is not a system call. Not thread-safe.</summary>
internal sealed class OutputBuffer(Stream stream) : IDisposable
{
    private const int Size = 64 << 10;

    private readonly byte[] _bytes = new byte[Size];
    private int _filled;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > Size - _filled) Flush();
        if (bytes.Length > Size)
        {
            stream.Write(bytes);
            return;
        }

        bytes.CopyTo(_bytes.AsSpan(_filled));
        _filled += bytes.Length;
    }

    public void WriteLine(ReadOnlySpan<byte> line)
    {
        Write(line);
        Write([LineTrailer.Newline]);
    }

    public void Write(StringBuilder text)
    {
        foreach (var chunk in text.GetChunks())
        {
            for (var rest = chunk.Span; rest.Length > 0;)
            {
                var part = rest[..Math.Min(rest.Length, Size / 4)];
                if (part.Length < rest.Length && char.IsHighSurrogate(part[^1])) part = part[..^1];
                if (part.Length * 3 > Size - _filled) Flush();
                _filled += Encoding.UTF8.GetBytes(part, _bytes.AsSpan(_filled));
                rest = rest[part.Length..];
            }
        }
    }

    public void Flush()
    {
        var filled = _filled;
        _filled = 0; // also where the write fails: it is not to be tried again at the end
        if (filled > 0) stream.Write(_bytes.AsSpan(0, filled));
    }

    public void Dispose() => Flush();
}
