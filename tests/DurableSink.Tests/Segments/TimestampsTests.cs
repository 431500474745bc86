using System.Globalization;
using System.Text;
using DurableSink.Segments;
using Xunit;

namespace DurableSink.Tests.Segments;

public sealed class TimestampsTests
{
    [Theory]
    [InlineData("0001-01-01T00:00:00.0000000Z")]
    [InlineData("2024-02-29T23:59:59.9999999Z")]
    [InlineData("2026-11-20T08:00:01.1234567Z")]
    [InlineData("9999-12-31T23:59:59.9999999Z")]
    public void Every_change_of_one_byte_reads_as_the_framework_reads_it(string text)
    {
        var line = Encoding.Latin1.GetBytes($$"""{"@t":"{{text}}","@mt":"x"}""");
        for (var at = 0; at < Timestamps.Length; at++)
        {
            for (var value = 0; value < 256; value++)
            {
                var changed = (byte[])line.Clone();
                changed[7 + at] = (byte)value;
                var isTime = DateTimeOffset.TryParseExact(
                    Encoding.Latin1.GetString(changed, 7, Timestamps.Length), "yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture,
                    DateTimeStyles.AssumeUniversal, out var time);
                Assert.Equal(isTime ? time.UtcTicks : -1, Timestamps.TicksOfLine(changed));

                var times = new LineTimes();
                times.TicksOf(line);
                Assert.Equal(isTime ? time.UtcTicks : -1, times.TicksOf(changed));
                Assert.Equal(Timestamps.TicksOfLine(line), times.TicksOf(line));
            }
        }
    }

    [Fact]
    public void Lines_of_one_second_and_of_the_next_and_of_an_earlier_one_have_each_its_own_time()
    {
        var times = new LineTimes();
        Assert.Equal(-1, times.TicksOf(new byte[64])); // before any line, none begins as the last one did
        foreach (var seconds in new[] { 0, 0.0000001, 0.9999999, 1, 59.5, 3600, -1, 0, 0.5 })
        {
            var time = FixedTime.Start.AddSeconds(seconds);
            var line = Encoding.UTF8.GetBytes($$"""{"@t":"{{Timestamps.Format(time)}}","@mt":"x"}""");
            Assert.Equal(time.UtcTicks, times.TicksOf(line));
            Assert.Equal(-1, times.TicksOf(line.AsSpan(0, 7 + Timestamps.Length - 1)));
            Assert.Equal(time.UtcTicks, times.TicksOf(line.AsSpan(0, 7 + Timestamps.Length)));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"@t\":\"")]
    [InlineData("{\"@t\":\"2026-11-20T08:00:01.1234567")]
    [InlineData("{\"@T\":\"2026-11-20T08:00:01.1234567Z\",")]
    public void A_line_that_does_not_begin_with_a_time_has_none(string line) => Assert.Equal(-1, Timestamps.TicksOfLine(Encoding.UTF8.GetBytes(line)));
}
