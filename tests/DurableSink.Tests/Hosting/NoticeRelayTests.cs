using DurableSink.Hosting;
using DurableSink.Tests.Logging;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.Hosting;

public sealed class NoticeRelayTests : IDisposable
{
    private readonly StringWriter _console = new();

    public void Dispose() => _console.Dispose();

    private static DurableNotice Notice(int number) => new(LogLevel.Warning, "Test", $"notice {number}");

    [Fact]
    public void Without_a_host_a_notice_is_a_line_on_the_console()
    {
        using var relay = new NoticeRelay(hasHost: false, _console);
        relay.Notify(Notice(1));
        Assert.Equal("DurableSink: Warning: Test: notice 1" + Environment.NewLine, _console.ToString());
    }

    [Fact]
    public void With_a_host_notices_wait_for_its_start_in_bounded_number()
    {
        var told = new CapturingProvider();
        using var factory = LoggerFactory.Create(builder => builder.AddProvider(told));
        using var relay = new NoticeRelay(hasHost: true, _console);
        for (var i = 1; i <= 100; i++) relay.Notify(Notice(i));
        Assert.Empty(told.Messages);

        relay.Attach(factory);
        relay.Notify(Notice(101));
        Assert.Equal(
            [.. Enumerable.Range(1, 64).Select(i => $"DurableSink Warning notice {i}"), "DurableSink Warning 36 more notices came before the host started.", "DurableSink Warning notice 101"],
            told.Messages);
        Assert.Equal("", _console.ToString());
    }

    [Fact]
    public void A_host_that_never_starts_loses_none()
    {
        using (var relay = new NoticeRelay(hasHost: true, _console)) relay.Notify(Notice(1));
        Assert.Contains("notice 1", _console.ToString(), StringComparison.Ordinal);
    }
}
