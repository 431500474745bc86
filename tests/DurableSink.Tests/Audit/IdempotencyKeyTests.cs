using System.Diagnostics;
using DurableSink.Segments;
using DurableSink.Tests.Commit;
using DurableSink.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.Audit;

/// <summary>A write under a key stands in the log once, however often it is tried, and whoever tries gets the first receipt.</summary>
public sealed class IdempotencyKeyTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void A_retry_gets_the_first_receipt_and_writes_nothing()
    {
        using var app = AuditApp.WithOrders();
        var first = Place(app, "k1", 1);
        var other = Place(app, "k2", 1); // the same content under another key is another event
        using (new Activity("retry").SetIdFormat(ActivityIdFormat.W3C).Start()) Assert.Equal(first, Place(app, "k1", 1));
        Assert.Equal(first, Place(app, "k1", 1));
        Assert.NotEqual(first, other);
        Assert.Equal([("k1", 1), ("k2", 1)], app.Read().Select(e => (e.GetProperty("IdempotencyKey").GetString()!, e.GetProperty("OrderId").GetInt32())));
        Assert.Equal(AuditOutcome.Found, app.Find(first).Outcome);
    }

    [Fact]
    public void The_key_stands_right_after_the_time_where_no_property_can()
    {
        using var app = AuditApp.WithOrders();
        Place(app, "a \"key\" \u00e4\n", 1);
        Soon.Result(app.Only.Write("{IdempotencyKey} of the user's", "own"));
        Assert.Equal([true, false], app.Records().Select(record => KeyedLine.Is(record.Json.Span)));
        Assert.Equal("a \"key\" \u00e4\n", app.Read()[0].GetProperty("IdempotencyKey").GetString());
        Assert.Equal("own", app.Read()[1].GetProperty("IdempotencyKey").GetString());
    }

    [Fact]
    public void Other_content_under_a_known_key_is_refused_and_nothing_written()
    {
        using var app = AuditApp.WithOrders();
        var keyed = app.Only.WithIdempotencyKey("k");
        var first = Soon.Result(keyed.WriteAsync(DurableEvent.Create("Order {OrderId}", 1), Cancellation));
        var conflict = Assert.Throws<IdempotencyConflictException>(() => Soon.Result(keyed.Write("Order {OrderId}", 2)));
        Assert.Equal(("k", first.Sequence), (conflict.Key, conflict.Sequence));
        Assert.Throws<IdempotencyConflictException>(() => Soon.Result(keyed.Write("Order {OrderId}!", 1)));
        Assert.Throws<IdempotencyConflictException>(() => Soon.Result(keyed.Write("Order {OrderId:000}", 1)));
        Assert.Throws<IdempotencyConflictException>(() => Soon.Result(keyed.Write("Order {OrderId}", 1, "more")));
        Assert.Throws<IdempotencyConflictException>(() => Soon.Result(keyed.WriteAsync(DurableEvent.Create("Order {OrderId}", 1) with { Level = LogLevel.Error }, Cancellation)));
        // Neither time nor exception, which a retry has others of.
        Assert.Equal(first, Soon.Result(keyed.WriteAsync(DurableEvent.Create("Order {OrderId}", 1) with { Timestamp = DateTimeOffset.UnixEpoch, Exception = new IOException() }, Cancellation)));
        Assert.Single(app.Read());
    }

    [Fact]
    public void A_property_of_the_keys_name_is_refused_with_a_key()
    {
        using var app = AuditApp.WithOrders();
        var refused = Assert.Throws<ArgumentException>(() => Soon.Result(app.Only.WithIdempotencyKey("k").Write("{IdempotencyKey}", "own")));
        Assert.Contains("'IdempotencyKey'", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, Place(app, "k", 1).Sequence); // and the key is free
    }

    [Theory]
    [InlineData("", "0 characters")]
    [InlineData(null, "idempotencyKey")]
    [InlineData("256", "256 characters")]
    [InlineData("half", "surrogate")]
    public void A_key_that_cannot_be_one_is_refused(string? key, string says)
    {
        using var app = AuditApp.WithOrders();
        key = key switch { "256" => new string('x', 256), "half" => "a\ud800b", _ => key };
        Assert.Contains(says, Assert.ThrowsAny<ArgumentException>(() => app.Only.WithIdempotencyKey(key!)).Message, StringComparison.Ordinal);
        Assert.Equal(1, Place(app, new string('x', 255), 1).Sequence);
    }

    [Fact]
    public void A_concurrent_duplicate_awaits_the_first()
    {
        using var app = AuditApp.WithOrders();
        Place(app, "before", 0);
        using var hold = new Hold(app.Drive, DriveCall.Write, DriveCall.WriteDurable);
        var first = Begin(app, "k", 1);
        hold.WaitEntered();
        var others = Enumerable.Range(0, 20).Select(_ => Begin(app, "k", 1)).ToList();
        Soon.IsNot(() => others.Exists(other => other.IsCompleted)); // D1
        hold.Release();
        Assert.All(others, other => Assert.Equal(Soon.Result(first), Soon.Result(other)));
        Assert.Equal(2, app.Read().Count);
    }

    [Fact]
    public void Many_threads_with_the_same_keys_at_once()
    {
        using var app = AuditApp.WithOrders();
        var threads = Enumerable.Range(0, 8).Select(_ => Soon.Run(() => Enumerable.Range(0, 200).Select(n => Place(app, $"k{n}", n)).ToList())).ToList();
        var receipts = threads.ConvertAll(Soon.Result);
        Assert.All(receipts, some => Assert.Equal(receipts[0], some));
        Assert.Equal(200, app.Read().Count);
        Assert.Equal(200, app.Read().Select(e => e.GetProperty("IdempotencyKey").GetString()).Distinct().Count());
    }

    [Fact]
    public void A_wait_that_was_cancelled_is_taken_up_by_the_retry()
    {
        using var app = AuditApp.WithOrders();
        Place(app, "before", 0);
        using var hold = new Hold(app.Drive, DriveCall.Write, DriveCall.WriteDurable);
        using var source = new CancellationTokenSource();
        var first = app.Only.WithIdempotencyKey("k").WriteAsync("Order {OrderId}", [1], source.Token).AsTask();
        hold.WaitEntered();
        source.Cancel();
        Assert.Equal(2, Assert.Throws<DurableOutcomeUnknownException>(() => Soon.Result(first)).Sequence);
        var retry = Begin(app, "k", 1);
        hold.Release();
        Assert.Equal(2, Soon.Result(retry).Sequence);
        Assert.Equal(2, app.Read().Count);
    }

    [Fact]
    public void After_an_outcome_in_doubt_the_retry_gets_the_event_that_the_log_kept()
    {
        using var app = AuditApp.WithOrders();
        Place(app, "before", 0);
        app.Drive.FailNext(DriveCall.Flush, Errno.EIO, count: 100);
        app.Drive.FailNext(DriveCall.WriteDurable, Errno.EIO, count: 100);
        Assert.Equal(2, Assert.Throws<DurableLogException>(() => Place(app, "k", 1)).Sequence);
        Assert.Throws<DurableLogException>(() => Place(app, "k", 1)); // still so
        app.Drive.FailNoMore();
        var receipt = Place(app, "k", 1);
        Assert.Equal(2, receipt.Sequence);
        Assert.Equal(receipt, Place(app, "k", 1));
        Assert.Equal(AuditOutcome.Found, app.Find(receipt).Outcome);
        Assert.Equal(2, app.Read().Count);
    }

    [Fact]
    public void What_was_not_accepted_leaves_the_key_free()
    {
        using var app = AuditApp.WithOrders(o => o.MaxEventBytes = 4096);
        var keyed = app.Only.WithIdempotencyKey("k");
        Assert.Throws<EventTooLargeException>(() => Soon.Result(keyed.Write("{Text}", new string('x', 5000))));
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => Soon.Result(keyed.WriteAsync("{Text}", ["cancelled"], source.Token)));
        Assert.Equal(1, Soon.Result(keyed.Write("{Text}", "short")).Sequence);
        Assert.Throws<EventTooLargeException>(() => Soon.Result(keyed.Write("{Text}", new string('x', 5000)))); // of whatever key
    }

    [Fact]
    public void A_full_buffer_leaves_the_key_free()
    {
        using var app = AuditApp.WithOrders(o => (o.BufferBytes, o.MaxEventBytes, o.WhenFull) = (64 << 10, 8 << 10, FullMode.Drop));
        Place(app, "before", 0);
        var hold = new Hold(app.Drive, DriveCall.Write, DriveCall.WriteDurable);
        var accepted = new List<Task<AuditReceipt>>();
        Task<AuditReceipt> last;
        do accepted.Add(last = app.Only.WithIdempotencyKey($"k{accepted.Count}").Write("{Text}", new string('x', 4000)));
        while (!last.IsFaulted);
        Assert.Throws<DurableLogFullException>(() => Soon.Result(last));
        hold.Dispose();
        Assert.Equal(accepted.Count, accepted[..^1].Select(Soon.Result).Max(receipt => receipt.Sequence));
        Assert.Equal(accepted.Count + 1, Soon.Result(app.Only.WithIdempotencyKey($"k{accepted.Count - 1}").Write("other content")).Sequence);
    }

    [Fact]
    public void Two_logs_do_not_know_each_others_keys_and_two_doors_to_one_log_do()
    {
        using var app = new AuditApp(builder => builder.Services.AddDurableAudit("orders", AuditApp.Choose).AddDurableAudit("payments", AuditApp.Choose)
            .AddDurableAudit("payments-too", o =>
            {
                AuditApp.Choose(o);
                (o.LogName, o.Directory) = ("payments", "/app/logs/payments");
            }));
        Assert.Equal(1, Soon.Result(app.Audit("orders").WithIdempotencyKey("k").Write("x")).Sequence);
        var payment = Soon.Result(app.Audit("payments").WithIdempotencyKey("k").Write("y"));
        Assert.Equal(payment, Soon.Result(app.Audit("payments-too").WithIdempotencyKey("k").Write("y")));
    }

    internal static AuditReceipt Place(AuditApp app, string key, int order) => Soon.Result(Begin(app, key, order));

    private static Task<AuditReceipt> Begin(AuditApp app, string key, int order) => app.Only.WithIdempotencyKey(key).Write("Order {OrderId}", order);
}
