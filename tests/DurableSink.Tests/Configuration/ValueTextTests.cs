using DurableSink.Configuration;
using Xunit;

namespace DurableSink.Tests.Configuration;

public sealed class ValueTextTests
{
    [Theory]
    [InlineData("5ms", 5_0000)]
    [InlineData("250us", 2500)]
    [InlineData("1 s", 1_000_0000)]
    [InlineData("1.5H", 5400_000_0000)]
    [InlineData("2m", 120_000_0000)]
    [InlineData("1d", 86400_000_0000)]
    [InlineData("0s", 0)]
    [InlineData("00:00:05", 5_000_0000)]
    [InlineData("1:00:00.25", 3600_250_0000)]
    [InlineData("2.00:00:00", 172800_000_0000)]
    public void Reads_durations(string text, long ticks)
    {
        Assert.True(DurationText.TryParse(text, out var value));
        Assert.Equal(ticks, value.Ticks);
        Assert.True(DurationText.TryParse(DurationText.Show(value), out var shown));
        Assert.Equal(value, shown);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("")]
    [InlineData("ms")]
    [InlineData("-5ms")]
    [InlineData("1e3ms")]
    [InlineData("5:00")]
    [InlineData("-00:00:01")]
    [InlineData("99999999999d")]
    [InlineData("79228162514264337593543950336d")]
    public void Refuses_what_is_no_duration(string text) => Assert.False(DurationText.TryParse(text, out _));

    [Theory]
    [InlineData("4096", 4096)]
    [InlineData("64KiB", 65536)]
    [InlineData("64 mib", 67108864)]
    [InlineData("1GiB", 1073741824)]
    [InlineData("2TiB", 2199023255552)]
    [InlineData("64KB", 64000)]
    [InlineData("5MB", 5000000)]
    [InlineData("1GB", 1000000000)]
    [InlineData("0", 0)]
    public void Reads_sizes(string text, long bytes)
    {
        Assert.True(SizeText.TryParse(text, out var value));
        Assert.Equal(bytes, value);
        Assert.True(SizeText.TryParse(SizeText.Show(value), out var shown));
        Assert.Equal(value, shown);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("1.5MiB")]
    [InlineData("KiB")]
    [InlineData("5 bytes")]
    [InlineData("9999999999TiB")]
    public void Refuses_what_is_no_size(string text) => Assert.False(SizeText.TryParse(text, out _));

    [Theory]
    [InlineData("0640", 0b110_100_000)]
    [InlineData("640", 0b110_100_000)]
    [InlineData("777", 0b111_111_111)]
    [InlineData("1777", null)]
    [InlineData("64", null)]
    [InlineData("00640", null)]
    [InlineData("6a0", null)]
    public void Reads_modes_as_octal(string text, int? mode)
    {
        Assert.Equal(mode is not null, ValueKinds.Mode.TryParse(text, out var value));
        if (mode is not null) Assert.Equal((UnixFileMode)mode, value);
    }
}
