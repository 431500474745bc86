using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.Commit;

/// <summary>Drops are told, and not in a flood.</summary>
public sealed class DropReportTests : CommitTest
{
    [Fact]
    public void Drops_between_events_that_are_accepted_are_told_once_a_minute_and_at_the_end()
    {
        var clock = new FakeClock();
        using (var log = Open(FsyncPolicy.Always, o => o.TimeProvider = clock))
        {
            void DropAndAccept()
            {
                Assert.Equal(0, log.AppendLine(new byte[log.MaxBodyBytes + 1], waitDurable: false, told: false));
                log.Append(Event(1));
            }

            for (var i = 0; i < 100; i++) DropAndAccept();
            Assert.StartsWith("1 event was dropped. Further ones are counted, and told once a minute. The event takes ", Assert.Single(Notices).Message, StringComparison.Ordinal);

            clock.Advance(TimeSpan.FromMinutes(1));
            for (var i = 0; i < 50; i++) DropAndAccept();
            Assert.StartsWith("100 events were dropped since this was told last, 101 in all. ", Notices.Last().Message, StringComparison.Ordinal);
        }

        Assert.StartsWith("49 events were dropped since this was told last, 150 in all. ", Notices.Last().Message, StringComparison.Ordinal);
        Assert.Equal(3, Notices.Count);
        Assert.All(Notices, notice => Assert.Equal((LogLevel.Error, "EventsDropped"), (notice.Level, notice.Name)));
    }
}
