using System.Diagnostics;
using System.Text.Json.Serialization;
using DurableSink.Tests.Commit;
using DurableSink.Tests.Storage;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.Audit;

/// <summary>What IAuditLog writes, answers and fails with.</summary>
public sealed partial class AuditLogTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(FsyncPolicy.Always)]
    [InlineData(FsyncPolicy.Batch)]
    [InlineData(FsyncPolicy.Os)]
    public void D1_the_receipts_event_is_durable_and_found_under_every_policy(FsyncPolicy policy)
    {
        using var app = AuditApp.WithOrders(o => o.Fsync = policy);
        var receipts = Enumerable.Range(1, 10).Select(n => Soon.Result(app.Only.Write("Order {OrderId} placed by {Customer}", n, "ann"))).ToList();
        foreach (var receipt in receipts)
        {
            var cut = app.Drive.PowerCut(CutMode.None, 0);
            var finding = new DurableLogReader("/app/logs/orders", cut).Find(receipt);
            Assert.Equal(AuditOutcome.Found, finding.Outcome);
            Assert.Equal(receipt.Time, finding.Record!.Timestamp);
            Assert.Contains(receipt.SegmentId, finding.Record.Segment, StringComparison.Ordinal);
        }

        Assert.Equal(Enumerable.Range(1, 10).Select(n => (long)n), receipts.Select(receipt => receipt.Sequence));
        var read = app.Read()[2];
        Assert.Equal(("Order {OrderId} placed by {Customer}", 3, "ann"),
            (read.GetProperty("@mt").GetString(), read.GetProperty("OrderId").GetInt32(), read.GetProperty("Customer").GetString()));
        Assert.Equal(receipts[2].Hash, read.GetProperty("@hash").GetString());
        Assert.False(read.TryGetProperty("@l", out _)); // Information
    }

    [Fact]
    public void It_carries_the_ambient_activity()
    {
        using var app = AuditApp.WithOrders(o => o.TypeInfoResolver = OrderContracts.Default);
        using var activity = new Activity("order").SetIdFormat(ActivityIdFormat.W3C).Start();
        Soon.Result(app.Only.Write("x"));
        Soon.Result(app.Only.WriteObjectAsync("x", new Order(1, "ann"), Cancellation));
        Soon.Result(app.Only.WriteAsync(new DurableEvent("x"), Cancellation));
        Assert.Equal(3, app.Read().Count);
        Assert.All(app.Read(), e => Assert.Equal((activity.TraceId.ToString(), activity.SpanId.ToString()),
            (e.GetProperty("@tr").GetString(), e.GetProperty("@sp").GetString())));
    }

    [Fact]
    public void Values_formats_operators_and_null()
    {
        using var app = AuditApp.WithOrders(o => o.TypeInfoResolver = OrderContracts.Default);
        var order = new Order(7, "bob");
        Soon.Result(app.Only.Write("{@Order} {$Text} {Price:0.00} {Nothing}", order, 5, 1.5, null, "more"));
        Soon.Result(app.Only.Write("{Nothing}", null!)); // what one null value compiles to
        Soon.Result(app.Only.Write("none"));
        var read = app.Read();
        Assert.Equal("""{"OrderId":7,"Customer":"bob"}""", read[0].GetProperty("Order").GetRawText());
        Assert.Equal(("\"5\"", "1.5", "null", "\"more\"", "[\"1.50\"]"), (Raw(read[0], "Text"), Raw(read[0], "Price"), Raw(read[0], "Nothing"), Raw(read[0], "__0"), Raw(read[0], "@r")));
        Assert.Equal("null", Raw(read[1], "Nothing"));

        static string Raw(System.Text.Json.JsonElement e, string name) => e.GetProperty(name).GetRawText();
    }

    [Fact]
    public void An_event_with_level_exception_and_time_of_its_own()
    {
        using var app = AuditApp.WithOrders();
        var time = new DateTimeOffset(2020, 1, 2, 3, 4, 5, TimeSpan.FromHours(2));
        var receipt = Soon.Result(app.Only.WriteAsync(
            DurableEvent.Create("Refused {Id}", 1) with { Level = LogLevel.Warning, Timestamp = time, Exception = new InvalidOperationException("no") }, Cancellation));
        var read = Assert.Single(app.Read());
        Assert.Equal(("Warning", 1), (read.GetProperty("@l").GetString(), read.GetProperty("Id").GetInt32()));
        Assert.Contains("no", read.GetProperty("@x").GetString(), StringComparison.Ordinal);
        Assert.Equal((time, TimeSpan.Zero), (receipt.Time, receipt.Time.Offset));
        Assert.Equal(AuditOutcome.Found, app.Find(receipt).Outcome);
        Assert.Throws<ArgumentException>(Begin(() => app.Only.WriteAsync(default(DurableEvent), Cancellation).AsTask()));
    }

    [Fact]
    public void An_objects_members_fill_the_holes_of_their_names()
    {
        using var app = AuditApp.WithOrders(o => o.TypeInfoResolver = OrderContracts.Default);
        var receipt = Soon.Result(app.Only.WriteObjectAsync("Order {OrderId} placed by {Customer}", new Order(9, "line\nbreak \u2028"), Cancellation));
        var read = Assert.Single(app.Read());
        Assert.Equal((9, "line\nbreak \u2028"), (read.GetProperty("OrderId").GetInt32(), read.GetProperty("Customer").GetString()));
        Assert.Equal(AuditOutcome.Found, app.Find(receipt).Outcome);
        Soon.Result(app.Only.WriteObjectAsync("x", new Dictionary<string, int> { ["@seq"] = 5, ["b"] = 2 }, Cancellation));
        Assert.Equal(("5", "2", "2"), (app.Read()[1].GetProperty("@@seq").GetRawText(), app.Read()[1].GetProperty("b").GetRawText(), app.Read()[1].GetProperty("@seq").GetRawText()));
    }

    [Fact]
    public void An_object_that_cannot_be_written_as_it_is_is_refused_and_nothing_accepted()
    {
        using var app = AuditApp.WithOrders(o => (o.TypeInfoResolver, o.MaxEventBytes) = (OrderContracts.Default, 4096));
        Soon.Result(app.Only.Write("first"));
        Refused<InvalidOperationException>(app.Only, new Uri("http://x"), "System.Uri cannot be written: TypeInfoResolver");
        Refused<ArgumentException>(app.Only, 5, "is no object");
        Refused<ArgumentException>(app.Only, (Order?)null, "is null");
        Refused<ArgumentException>(app.Only, new Throwing(), "threw InvalidOperationException: not now");
        foreach (var length in new[] { 4096, 10_000, 1_000_000 })
        {
            var large = app.Only.WriteObjectAsync("x", new Order(1, new string('x', length)), Cancellation).AsTask();
            Assert.Equal(4096, Assert.Throws<EventTooLargeException>(() => Soon.Done(large)).Limit);
        }

        Assert.Single(app.Read());
        using var without = AuditApp.WithOrders();
        Refused<InvalidOperationException>(without.Only, new Order(1, "x"), "TypeInfoResolver is not set");
    }

    [Fact]
    public void A_cancellation_token_is_never_a_value()
    {
        using var app = AuditApp.WithOrders();
        using var source = new CancellationTokenSource();
        var token = source.Token;
        Assert.Contains("WriteAsync(template, [value, …], token)",
            Assert.Throws<ArgumentException>(Begin(() => app.Only.Write("Order {OrderId}", 1, token))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(Begin(() => app.Only.Write("Order {OrderId}", token)));
        Assert.Throws<ArgumentException>(Begin(() => app.Only.WriteAsync("Order {OrderId}", [1, token], token).AsTask()));
        Soon.Result(app.Only.WriteAsync("Order {OrderId}", [1], token));
        object?[] values = [2];
        Soon.Result(app.Only.WriteAsync("Order {OrderId}", values, token));
        Assert.Equal([1, 2], app.Read().Select(e => e.GetProperty("OrderId").GetInt32()));
        Assert.All(app.Read(), e => Assert.False(e.TryGetProperty("__0", out _)));
    }

    [Fact]
    public void Cancellation_ends_only_the_wait()
    {
        using var app = AuditApp.WithOrders();
        Soon.Result(app.Only.Write("first"));
        using var source = new CancellationTokenSource();
        using (var hold = new Hold(app.Drive, DriveCall.Write, DriveCall.WriteDurable))
        {
            var waiting = app.Only.WriteAsync("Order {OrderId}", [2], source.Token).AsTask();
            hold.WaitEntered();
            source.Cancel();
            var unknown = Assert.Throws<DurableOutcomeUnknownException>(() => Soon.Done(waiting));
            Assert.Equal((2, source.Token), (unknown.Sequence, unknown.CancellationToken));
        }

        Assert.True(app.Only.WriteAsync("never", [], source.Token).AsTask().IsCanceled); // cancelled before: not accepted
        Assert.Equal(3, Soon.Result(app.Only.Write("third")).Sequence);
        Assert.Equal(["first", "Order {OrderId}", "third"], app.Read().Select(e => e.GetProperty("@mt").GetString()));
    }

    [Fact]
    public void Failures_are_always_told()
    {
        using var app = AuditApp.WithOrders(o => (o.MaxEventBytes, o.BufferBytes, o.BlockTimeout, o.ShutdownTimeout) = (4096, 64 << 10, TimeSpan.Zero, TimeSpan.Zero));
        Soon.Result(app.Only.Write("first"));
        var large = app.Only.Write("{X}", new string('x', 5000));
        Assert.Throws<EventTooLargeException>(() => Soon.Done(large));
        foreach (var call in new[] { DriveCall.Write, DriveCall.WriteDurable, DriveCall.Flush }) app.Drive.FailNext(call, Errno.EIO, count: int.MaxValue);
        var doubtful = app.Only.Write("second");
        Assert.Equal(typeof(DurableLogException), Assert.Throws<DurableLogException>(() => Soon.Done(doubtful)).GetType());
        var more = Enumerable.Range(0, 40).Select(_ => app.Only.Write("{X}", new string('x', 3000))).ToList(); // more than there is room for
        var told = more.Select(write => Assert.ThrowsAny<DurableLogException>(() => Soon.Done(write)).GetType()).ToList();
        Assert.Equal([typeof(DurableLogException), typeof(DurableLogFullException)], told.Distinct());
    }

    [Fact]
    public void After_the_end_a_write_is_refused()
    {
        using var app = AuditApp.WithOrders();
        var audit = app.Only;
        Soon.Result(audit.Write("first"));
        app.Dispose();
        var late = audit.Write("late");
        Assert.Throws<ObjectDisposedException>(() => Soon.Done(late));
        Assert.Single(app.Read());
    }

    /// <summary>Only the call: what is wrong with it is thrown there, not out of the task.</summary>
    private static Action Begin(Func<Task> write) => () => write();

    private static void Refused<TException>(IAuditLog audit, object? payload, string why)
        where TException : Exception
    {
        var thrown = Assert.Throws<TException>(() => Write(audit, payload));
        Assert.Contains(why, thrown.Message, StringComparison.Ordinal);
    }

    private static void Write(IAuditLog audit, object? payload)
    {
        switch (payload)
        {
            case Uri uri: Soon.Result(audit.WriteObjectAsync("x", uri, Cancellation)); break;
            case int number: Soon.Result(audit.WriteObjectAsync("x", number, Cancellation)); break;
            case Throwing throwing: Soon.Result(audit.WriteObjectAsync("x", throwing, Cancellation)); break;
            default: Soon.Result(audit.WriteObjectAsync("x", (Order?)payload, Cancellation)); break;
        }
    }

    internal sealed record Order(int OrderId, string Customer);

    internal sealed class Throwing
    {
        private readonly int _first = 1;

        public int First => _first;

        public int Second => _first > 1 ? 2 : throw new InvalidOperationException("not now");
    }

    [JsonSerializable(typeof(Order))]
    [JsonSerializable(typeof(int))]
    [JsonSerializable(typeof(Throwing))]
    [JsonSerializable(typeof(Dictionary<string, int>))]
    private sealed partial class OrderContracts : JsonSerializerContext;
}
