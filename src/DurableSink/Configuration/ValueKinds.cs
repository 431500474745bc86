using System.Globalization;

namespace DurableSink.Configuration;

/// <summary>The kinds of values that options have. All are read by invariant culture, letter case ignored.</summary>
internal static class ValueKinds
{
    private const string None = "none";

    public static ValueKind<string?> Text { get; } = new("a text", TryText, static value => value ?? "");

    public static ValueKind<bool> Flag { get; } = new("true or false", bool.TryParse, static value => value ? "true" : "false");

    public static ValueKind<TimeSpan> Duration { get; } = new(
        "a number with its unit (us, ms, s, m, h, d), such as 5ms or 1.5h, or hh:mm:ss", DurationText.TryParse, DurationText.Show);

    public static ValueKind<long> Size { get; } = new(
        "a number of bytes, or one with its unit (KiB, MiB, GiB, TiB in powers of 1024; KB, MB, GB, TB in powers of 1000), such as 64MiB",
        SizeText.TryParse, SizeText.Show);

    public static ValueKind<int> SmallSize { get; } = new(Size.Form, TrySmallSize, static value => SizeText.Show(value));

    public static ValueKind<int> Count { get; } = new("a whole number, such as 100000", TryCount, static value => value.ToString(CultureInfo.InvariantCulture));

    public static ValueKind<UnixFileMode> Mode { get; } = new("an octal mode from 000 to 777, such as 0640", TryMode, ShowMode);

    public static ValueKind<T> Name<T>()
        where T : struct, Enum => new("one of " + string.Join(", ", Enum.GetNames<T>()), TryName, static value => value.ToString());

    /// <summary>The same, or <c>none</c>.</summary>
    public static ValueKind<T?> OrNone<T>(ValueKind<T> kind)
        where T : struct
    {
        return new(kind.Form + ", or none", TryParse, value => value is { } some ? kind.Show(some) : None);

        bool TryParse(string text, out T? value)
        {
            value = null;
            if (string.Equals(text, None, StringComparison.OrdinalIgnoreCase)) return true;
            var isValue = kind.TryParse(text, out var some);
            value = some;
            return isValue;
        }
    }

    private static bool TryText(string text, out string? value)
    {
        value = text;
        return text.Length > 0;
    }

    private static bool TryCount(string text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    private static bool TrySmallSize(string text, out int value)
    {
        var isSize = SizeText.TryParse(text, out var size) && size <= int.MaxValue;
        value = isSize ? (int)size : 0;
        return isSize;
    }

    /// <summary>Only names: <see cref="Enum.TryParse{T}(string, out T)"/> takes <c>7</c> and <c>Always, Os</c> as well.</summary>
    private static bool TryName<T>(string text, out T value)
        where T : struct, Enum
    {
        foreach (var candidate in Enum.GetValues<T>())
        {
            value = candidate;
            if (string.Equals(candidate.ToString(), text, StringComparison.OrdinalIgnoreCase)) return true;
        }

        value = default;
        return false;
    }

    private static bool TryMode(string text, out UnixFileMode value)
    {
        var mode = 0;
        foreach (var digit in text) mode = digit is >= '0' and <= '7' && mode <= 0x1FF ? (mode << 3) | (digit - '0') : int.MaxValue;
        value = (UnixFileMode)mode;
        return text.Length is 3 or 4 && mode <= 0x1FF;
    }

    private static string ShowMode(UnixFileMode mode) => "0" + Convert.ToString((int)mode, 8).PadLeft(3, '0');
}
