using System.Globalization;

namespace DurableSink.Segments;

/// <summary>The one form of time in a log: <c>yyyy-MM-ddTHH:mm:ss.fffffffZ</c>, 28 characters, UTC.</summary>
internal static class Timestamps
{
    public const int Length = 28;

    private const string Pattern = "yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'";

    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString(Pattern, CultureInfo.InvariantCulture);

    public static DateTimeOffset FromTicks(long ticks) => new(ticks, TimeSpan.Zero);

    /// <summary>UTC ticks of a line that begins with <c>{"@t":"…Z"</c>; -1 for any other. Digit by digit: a scan calls it per line.</summary>
    public static long TicksOfLine(ReadOnlySpan<byte> line)
    {
        var start = "{\"@t\":\""u8;
        return line.Length >= start.Length + Length && line.StartsWith(start) ? Ticks(line.Slice(start.Length, Length)) : -1;
    }

    private static long Ticks(ReadOnlySpan<byte> s)
    {
        if (s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' || s[19] != '.' || s[27] != 'Z') return -1;
        int year = Number(s[..4]), month = Number(s.Slice(5, 2)), day = Number(s.Slice(8, 2));
        int hour = Number(s.Slice(11, 2)), minute = Number(s.Slice(14, 2)), second = Number(s.Slice(17, 2)), fraction = Number(s.Slice(20, 7));
        if ((year | month | day | hour | minute | second | fraction) < 0) return -1;
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)) return -1;
        if (hour > 23 || minute > 59 || second > 59) return -1;
        return new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc).Ticks + fraction;
    }

    private static int Number(ReadOnlySpan<byte> digits)
    {
        var value = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit((char)digit)) return -1;
            value = value * 10 + digit - '0';
        }

        return value;
    }
}
