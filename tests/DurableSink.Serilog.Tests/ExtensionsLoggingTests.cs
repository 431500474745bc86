using DurableSink.Tests.Storage;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Debugging;
using Xunit;

namespace DurableSink.Tests.Sinks;

/// <summary>Under Microsoft.Extensions.Logging, by Serilog's bridge; and what Serilog's own diagnostics are told.</summary>
public sealed class ExtensionsLoggingTests : SinkTest
{
    [Fact]
    public void An_event_through_the_bridge()
    {
        using (var factory = LoggerFactory.Create(builder => builder.AddSerilog(Log(), dispose: true)))
        {
            var logger = factory.CreateLogger("Shop.Orders");
            using (logger.BeginScope(new Dictionary<string, object> { ["RequestId"] = "r1" }))
                logger.LogWarning(new EventId(7, "Placed"), "Order {OrderId} of {Customer}", 42, "Ada");
        }

        var json = Assert.Single(Read(Drive)).AsObject();
        Assert.All(["@t", "@seq", "@hash", "@durable"], name => json.Remove(name));
        Captured.AssertJson(
            """
            {"@mt":"Order {OrderId} of {Customer}","@l":"Warning","OrderId":42,"Customer":"Ada","EventId":{"Id":7,"Name":"Placed"},
             "SourceContext":"Shop.Orders","RequestId":"r1"}
            """,
            json);
    }

    [Fact]
    public void An_audit_that_fails_throws_out_of_the_log_call()
    {
        using var audit = Audit(o => o.ShutdownTimeout = TimeSpan.Zero);
        using var factory = LoggerFactory.Create(builder => builder.AddSerilog(audit));
        Drive.FailNext(DriveCall.Write, Errno.EIO, count: int.MaxValue);
        var thrown = Assert.Throws<AggregateException>(() => factory.CreateLogger("Shop").LogInformation("x"));
        Assert.Contains(thrown.Flatten().InnerExceptions, inner => inner is DurableLogException);
    }

    [Fact]
    public void Notices_go_to_SelfLog_by_default()
    {
        var told = new System.Collections.Concurrent.ConcurrentQueue<string>();
        SelfLog.Enable(told.Enqueue);
        try
        {
            Drive.FailNext(DriveCall.OpenDirectory, Errno.EIO);
            using var log = Log(o => (o.Directory, o.OnNotice) = ("/selflog {0}", null));
            for (var i = 0; i < 10; i++) log.Information("x");
            Assert.Single(told, text => text.Contains("DurableSink Critical OpenFailed: ") && text.Contains("/selflog {0}"));
        }
        finally
        {
            SelfLog.Disable();
        }
    }
}
