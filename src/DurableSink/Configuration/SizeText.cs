using System.Globalization;

namespace DurableSink.Configuration;

/// <summary>Sizes in bytes.</summary>
internal static class SizeText
{
    private static readonly (string Unit, long Bytes)[] Units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
        ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000), ("", 1),
    ];

    public static bool TryParse(string text, out long value)
    {
        value = 0;
        foreach (var (unit, bytes) in Units)
        {
            if (!text.EndsWith(unit, StringComparison.OrdinalIgnoreCase)) continue;
            if (!long.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture,
                    out var count) || count > long.MaxValue / bytes)
                return false;
            value = count * bytes;
            return true;
        }

        return false;
    }

    public static string Show(long value)
    {
        for (var i = 3; i >= 0; i--)
            if (value != 0 && value % Units[i].Bytes == 0)
                return (value / Units[i].Bytes).ToString(CultureInfo.InvariantCulture) + Units[i].Unit;
        return value.ToString(CultureInfo.InvariantCulture);
    }
}
