using DurableSink.Segments;

namespace DurableSink.Tooling.Writing;

/// <summary>
/// Lines as they come out of a stream, as many at a time as there are. Of a line longer than the limit, the rest is passed over and
/// counted: memory is bounded whatever comes (D9).
/// </summary>
internal sealed class InputLines(Stream input, int longestLine)
{
    private const int ReadSize = 256 << 10;

    private readonly byte[] _bytes = new byte[longestLine + ReadSize];
    private int _start; // of the line at hand
    private int _filled;
    private int _scanned;
    private long _skipped;
    private bool _isFirst = true;
    private bool _isEnded;

    /// <summary>What was read last, unchanged.</summary>
    public ReadOnlySpan<byte> Raw => _bytes.AsSpan(_filled - _read, _read);

    private int _read;

    /// <summary>Waits for more input. False at its end, when the last line was taken.</summary>
    public bool Read()
    {
        if (_isEnded) return false;
        MakeRoom();
        _read = input.Read(_bytes, _filled, ReadSize);
        _filled += _read;
        if (_isFirst && _bytes.AsSpan(0, _filled).StartsWith("\uFEFF"u8)) _start = 3; // a byte order mark
        _isFirst = false;
        _isEnded = _read == 0;
        return true;
    }

    /// <summary>The next line that is whole, without its end; at the end of the input also one without. <paramref name="skipped"/>: bytes
    /// of it that are not in <paramref name="line"/>.</summary>
    public bool TryTake(out ReadOnlySpan<byte> line, out long skipped)
    {
        var from = Math.Max(_start, _scanned);
        var length = _bytes.AsSpan(from, _filled - from).IndexOf(LineTrailer.Newline);
        _scanned = _filled;
        if (length < 0 && !(_isEnded && _filled > _start))
        {
            line = default;
            skipped = 0;
            return false;
        }

        var end = length < 0 ? _filled : from + length;
        line = _bytes.AsSpan(_start, end - _start);
        (skipped, _skipped) = (_skipped, 0);
        _start = _scanned = length < 0 ? end : end + 1;
        return true;
    }

    /// <summary>Moves the line at hand to the front, without what goes beyond the limit.</summary>
    private void MakeRoom()
    {
        var kept = Math.Min(_filled - _start, longestLine);
        _skipped += _filled - _start - kept;
        _bytes.AsSpan(_start, kept).CopyTo(_bytes);
        (_start, _filled, _scanned) = (0, kept, kept);
    }
}
