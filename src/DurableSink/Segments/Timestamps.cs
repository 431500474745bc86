using System.Globalization;
using System.Runtime.CompilerServices;

namespace DurableSink.Segments;

/// <summary>The one form of time in a log: <c>yyyy-MM-ddTHH:mm:ss.fffffffZ</c>, 28 characters, UTC.</summary>
internal static class Timestamps
{
    public const int Length = 28;

    private const string Pattern = "yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'";

    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString(Pattern, CultureInfo.InvariantCulture);

    public static DateTimeOffset FromTicks(long ticks) => new(ticks, TimeSpan.Zero);

    /// <summary>UTC ticks of a line that begins with <c>{"@t":"…Z"</c>; -1 for any other. Digit by digit: a scan calls it per line.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static long TicksOfLine(ReadOnlySpan<byte> line)
    {
        if (line.Length < 7 + Length || !line.StartsWith("{\"@t\":\""u8)) return -1;
        var s = line.Slice(7, Length);
        if (s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' || s[19] != '.' || s[27] != 'Z') return -1;
        var greatest = 0; // of all digits, to be looked at once
        var year = Two(s, 0, ref greatest) * 100 + Two(s, 2, ref greatest);
        int month = Two(s, 5, ref greatest), day = Two(s, 8, ref greatest);
        int hour = Two(s, 11, ref greatest), minute = Two(s, 14, ref greatest), second = Two(s, 17, ref greatest);
        var fraction = (Two(s, 20, ref greatest) * 100 + Two(s, 22, ref greatest)) * 1000 + Two(s, 24, ref greatest) * 10 + Digit(s[26], ref greatest);
        if (greatest > 9 || year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)) return -1;
        if (hour > 23 || minute > 59 || second > 59) return -1;
        return new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc).Ticks + fraction;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Two(ReadOnlySpan<byte> digits, int at, ref int greatest) =>
        Digit(digits[at], ref greatest) * 10 + Digit(digits[at + 1], ref greatest);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Digit(byte character, ref int greatest)
    {
        var digit = (byte)(character - '0'); // of anything but a digit: more than 9
        greatest = Math.Max(greatest, digit);
        return digit;
    }
}
