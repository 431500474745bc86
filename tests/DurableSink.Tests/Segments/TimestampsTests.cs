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
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"@t\":\"")]
    [InlineData("{\"@t\":\"2026-11-20T08:00:01.1234567")]
    [InlineData("{\"@T\":\"2026-11-20T08:00:01.1234567Z\",")]
    public void A_line_that_does_not_begin_with_a_time_has_none(string line) => Assert.Equal(-1, Timestamps.TicksOfLine(Encoding.UTF8.GetBytes(line)));
}
