using System.Globalization;
using System.Text;
using DurableSink.Events;
using Xunit;

namespace DurableSink.Tests.Events;

public sealed class ClefDecimalTests
{
    [Fact]
    public void Decimals_are_written_as_the_framework_writes_them()
    {
        var random = new Random(1);
        for (var i = 0; i < 200_000; i++)
        {
            var bits = random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64);
            Same(new decimal((int)bits, (int)(bits >> 32), random.Next(3) == 0 ? random.Next() >> random.Next(32) : 0, random.Next(2) == 0, (byte)random.Next(29)));
        }
    }

    [Theory]
    [InlineData("0")]
    [InlineData("0.00")]
    [InlineData("-0.0")]
    [InlineData("0.000000000000000001")]
    [InlineData("-0.000000000000000001")]
    [InlineData("0.0000000000000000000000000001")]
    [InlineData("19.950")]
    [InlineData("18446744073709551615")]
    [InlineData("18446744073709551616")]
    [InlineData("-1.8446744073709551615")]
    [InlineData("184467440737.09551615")]
    [InlineData("1.000000000000000000")]
    [InlineData("79228162514264337593543950335")]
    public void Bounds_are_written_as_the_framework_writes_them(string text) => Same(decimal.Parse(text, CultureInfo.InvariantCulture));

    private static void Same(decimal value)
    {
        var line = EventLine.Rent();
        ClefDecimal.Write(line, value);
        Assert.Equal(value.ToString(CultureInfo.InvariantCulture), Encoding.UTF8.GetString(line.Bytes));
        EventLine.Return(line);
    }
}
