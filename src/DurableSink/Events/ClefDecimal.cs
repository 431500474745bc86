namespace DurableSink.Events;

/// <summary>
/// Decimals, as <see cref="decimal.ToString()"/> writes them by the invariant culture, trailing zeros included. Amounts are in most events
/// of a business, and their digits as an integer are cheaper than the framework's way over a number of 96 bits.
/// </summary>
internal static class ClefDecimal
{
    public static void Write(EventLine line, decimal value)
    {
        Span<int> parts = stackalloc int[4];
        decimal.GetBits(value, parts);
        var digits = (ulong)(uint)parts[1] << 32 | (uint)parts[0];
        var scale = parts[3] >> 16 & 0xFF;
        if (parts[2] != 0 || digits == 0 || scale > 18) ClefValue.WriteNumber(line, value); // zero has a sign that is not written
        else
        {
            if (value < 0) line.Write((byte)'-');
            Write(line, digits, scale);
        }
    }

    private static void Write(EventLine line, ulong digits, int scale)
    {
        if (scale == 0)
        {
            ClefValue.WriteNumber(line, digits);
            return;
        }

        var (whole, fraction) = Math.DivRem(digits, PowerOfTen(scale));
        ClefValue.WriteNumber(line, whole);
        var text = line.GetSpan(scale + 1)[..(scale + 1)];
        text[0] = (byte)'.';
        for (var i = scale; i > 0; i--) (fraction, text[i]) = (fraction / 10, (byte)('0' + fraction % 10));
        line.Advance(scale + 1);
    }

    private static ulong PowerOfTen(int exponent)
    {
        var power = 1UL;
        for (; exponent > 0; exponent--) power *= 10;
        return power;
    }
}
