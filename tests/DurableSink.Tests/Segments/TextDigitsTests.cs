using System.Globalization;
using System.Runtime.Intrinsics;
using System.Text;
using DurableSink.Segments;
using Xunit;

namespace DurableSink.Tests.Segments;

public sealed class TextDigitsTests
{
    private const string Digits = "9182736450918273645";

    [Fact]
    public void A_number_of_each_length_is_read_behind_each_byte_that_is_no_digit()
    {
        for (var count = 0; count <= TextDigits.Most; count++)
        {
            var expected = count == 0 ? 0 : ulong.Parse(Digits.AsSpan(^count..), CultureInfo.InvariantCulture);
            for (var before = 0; before < 256; before++)
            {
                if (before is >= '0' and <= '9') continue;
                byte[] text = [.. "12345678"u8, (byte)before, .. Encoding.ASCII.GetBytes(Digits[^count..])];
                Assert.Equal((expected, count), (TextDigits.AtEnd(text, out var digits), digits));
            }
        }
    }

    [Theory]
    [InlineData("1234567", 0)]
    [InlineData("12345678", 8)]
    [InlineData("123456789", 9)]
    [InlineData("00000000000000000007", TextDigits.Most + 1)]
    [InlineData("99999999999999999999999", TextDigits.Most + 1)]
    public void Digits_alone(string text, int count)
    {
        _ = TextDigits.AtEnd(Encoding.ASCII.GetBytes(text), out var digits);
        Assert.Equal(count, digits);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0x0123456789ABCDEF)]
    [InlineData(0xFEDCBA9876543210)]
    [InlineData(ulong.MaxValue)]
    public void Sixteen_hexadecimal_digits(ulong value)
    {
        var text = new byte[16];
        TextDigits.Hexadecimal(value).CopyTo(text);
        Assert.Equal(value.ToString("x16", CultureInfo.InvariantCulture), Encoding.ASCII.GetString(text));
    }
}
