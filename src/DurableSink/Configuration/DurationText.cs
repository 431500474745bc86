using System.Globalization;

namespace DurableSink.Configuration;

/// <summary>Durations with their unit. A bare number is none: which unit would it have?</summary>
internal static class DurationText
{
    private const NumberStyles Plain = NumberStyles.AllowDecimalPoint | NumberStyles.AllowTrailingWhite;

    private static readonly (string Unit, long Ticks)[] Units =
    [
        ("us", TimeSpan.TicksPerMicrosecond), ("ms", TimeSpan.TicksPerMillisecond), ("s", TimeSpan.TicksPerSecond),
        ("m", TimeSpan.TicksPerMinute), ("h", TimeSpan.TicksPerHour), ("d", TimeSpan.TicksPerDay),
    ];

    private static readonly string[] ClockFormats = [@"h\:mm\:ss", @"h\:mm\:ss\.FFFFFFF", @"d\.hh\:mm\:ss", @"d\.hh\:mm\:ss\.FFFFFFF"];

    public static bool TryParse(string text, out TimeSpan value)
    {
        if (TimeSpan.TryParseExact(text, ClockFormats, CultureInfo.InvariantCulture, out value)) return true;
        foreach (var (unit, ticks) in Units)
        {
            if (!text.EndsWith(unit, StringComparison.OrdinalIgnoreCase)) continue;
            if (!decimal.TryParse(text.AsSpan(0, text.Length - unit.Length), Plain, CultureInfo.InvariantCulture, out var count))
                continue; // 5ms ends with s too
            if (count > TimeSpan.MaxValue.Ticks / ticks) return false;
            value = new TimeSpan((long)(count * ticks));
            return true;
        }

        return false;
    }

    public static string Show(TimeSpan value)
    {
        for (var i = Units.Length - 1; i >= 0; i--)
            if (value.Ticks != 0 && value.Ticks % Units[i].Ticks == 0)
                return (value.Ticks / Units[i].Ticks).ToString(CultureInfo.InvariantCulture) + Units[i].Unit;
        return value == TimeSpan.Zero ? "0s" : value.ToString("c", CultureInfo.InvariantCulture);
    }
}
