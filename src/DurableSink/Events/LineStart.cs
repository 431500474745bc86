namespace DurableSink.Events;

/// <summary>
/// What each line begins with: <c>{"@t":"2026-11-20T08:00:01.1234567Z"</c>. Most events of a thread happen in the second of the one before,
/// so only the fraction is written anew.
/// </summary>
internal sealed class LineStart
{
    private const int TimeAt = 7;
    private const int FractionAt = TimeAt + 20;
    private const int FractionDigits = 7;

    private readonly byte[] _bytes = [.. "{\"@t\":\"0001-01-01T00:00:00.0000000Z\""u8];
    private long _second;

    /// <summary>The start of a line of that time. Valid until the next call.</summary>
    public ReadOnlySpan<byte> At(DateTimeOffset time)
    {
        var (second, fraction) = Math.DivRem(time.UtcTicks, TimeSpan.TicksPerSecond);
        if (second == _second)
        {
            for (var i = FractionAt + FractionDigits - 1; i >= FractionAt; i--) (fraction, _bytes[i]) = (fraction / 10, (byte)('0' + fraction % 10));
        }
        else
        {
            time.UtcDateTime.TryFormat(_bytes.AsSpan(TimeAt), out _, "O"); // kind UTC: 28 characters, the last one Z
            _second = second;
        }

        return _bytes;
    }
}
