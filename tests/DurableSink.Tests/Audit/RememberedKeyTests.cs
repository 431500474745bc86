using System.Diagnostics.Metrics;
using DurableSink.Segments;
using DurableSink.Tests.Commit;
using DurableSink.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace DurableSink.Tests.Audit;

/// <summary>Which keys a log knows after a restart, a crash, a removal, an hour; and what it keeps for that.</summary>
public sealed class RememberedKeyTests
{
    private const string Root = "/app/logs/orders";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void After_a_restart_the_receipts_are_the_same()
    {
        using var first = AuditApp.WithOrders();
        var receipts = Enumerable.Range(1, 5).Select(n => IdempotencyKeyTests.Place(first, $"k{n}", n)).ToList();
        first.Dispose();
        using var second = Again(first.Drive);
        Assert.Equal(receipts, Enumerable.Range(1, 5).Select(n => IdempotencyKeyTests.Place(second, $"k{n}", n)));
        Assert.Throws<IdempotencyConflictException>(() => IdempotencyKeyTests.Place(second, "k1", 2));
        Assert.Equal(6, IdempotencyKeyTests.Place(second, "k6", 6).Sequence);
        Assert.Equal(6, second.Read().Count);
    }

    [Fact]
    public void After_a_power_cut_what_was_durable_is_known()
    {
        using var first = AuditApp.WithOrders();
        var receipts = Enumerable.Range(1, 5).Select(n => IdempotencyKeyTests.Place(first, $"k{n}", n)).ToList();
        using var second = Again(first.Drive.PowerCut(CutMode.None, 0));
        Assert.Equal(receipts, Enumerable.Range(1, 5).Select(n => IdempotencyKeyTests.Place(second, $"k{n}", n)));
    }

    [Fact]
    public void Of_an_event_whose_outcome_was_never_seen_the_log_itself_tells()
    {
        using var first = AuditApp.WithOrders();
        IdempotencyKeyTests.Place(first, "k1", 1);
        var (hold, crash) = (new Hold(first.Drive, DriveCall.Flush, DriveCall.Write, DriveCall.WriteDurable), first.Drive);
        var unseen = first.Only.WithIdempotencyKey("k2").Write("Order {OrderId}", 2);
        hold.WaitEntered(); // it is not on the drive
        using (var second = Again(crash.PowerCut(CutMode.All, 0)))
        {
            Assert.Equal(2, IdempotencyKeyTests.Place(second, "k2", 2).Sequence);
            Assert.Equal(2, second.Read().Count);
        }

        hold.Dispose();
        Soon.Result(unseen); // now it is
        using var third = Again(crash.PowerCut(CutMode.None, 0));
        Assert.Equal(Soon.Result(unseen), IdempotencyKeyTests.Place(third, "k2", 2));
        Assert.Equal(2, third.Read().Count);
    }

    [Fact]
    public async Task Removal_of_its_segment_does_not_forget_a_key()
    {
        using var first = AuditApp.WithOrders(Small);
        var receipts = new List<AuditReceipt>();
        for (var n = 1; n <= 8; n++)
        {
            receipts.Add(Large(first, n));
            await Log(first).SealAsync(Cancellation);
        }

        Soon.Is(() => first.Records() is [{ Kind: LogRecordKind.Gap }, ..]);
        Assert.Equal(receipts[0], Large(first, 1));
        first.Dispose();
        Assert.DoesNotContain(Files(first.Drive), name => name.EndsWith(".clef", StringComparison.Ordinal) && name.Contains(receipts[0].SegmentId, StringComparison.Ordinal));
        using var second = Again(first.Drive, Small);
        Assert.Equal(receipts, Enumerable.Range(1, 8).Select(n => Large(second, n)));
        Assert.Equal(9, Large(second, 9).Sequence);
    }

    [Fact]
    public async Task Keys_are_forgotten_by_age_and_their_files_removed()
    {
        var clock = new FakeClock();
        using var app = AuditApp.WithOrders(o => (o.TimeProvider, o.IdempotencyAge) = (clock, TimeSpan.FromMinutes(10)));
        Assert.Equal(1, IdempotencyKeyTests.Place(app, "k", 1).Sequence);
        await Log(app).SealAsync(Cancellation);
        clock.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(1, IdempotencyKeyTests.Place(app, "k", 1).Sequence);
        Assert.Single(KeyFiles(app.Drive));
        clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(2, IdempotencyKeyTests.Place(app, "other", 1).Sequence);
        Assert.Equal(3, IdempotencyKeyTests.Place(app, "k", 99).Sequence); // whatever it says
        await Log(app).SealAsync(Cancellation);
        Soon.Is(() => KeyFiles(app.Drive).Count == 1);
        Assert.Empty(app.Notices);
    }

    [Fact]
    public async Task Of_too_many_the_oldest_are_forgotten_which_is_told_and_counted()
    {
        var notices = new List<DurableNotice>();
        using var meter = new Counter("durablesink.idempotency_keys.forgotten");
        using var app = AuditApp.WithOrders(o => (o.IdempotencyKeys, o.OnNotice) = (3, notices.Add));
        for (var n = 1; n <= 3; n++) IdempotencyKeyTests.Place(app, $"k{n}", n);
        await Log(app).SealAsync(Cancellation);
        for (var n = 4; n <= 6; n++) IdempotencyKeyTests.Place(app, $"k{n}", n);
        Assert.Equal(4, IdempotencyKeyTests.Place(app, "k4", 4).Sequence);
        Assert.Equal(7, IdempotencyKeyTests.Place(app, "k1", 1).Sequence);
        await Log(app).SealAsync(Cancellation);
        var told = Assert.Single(notices, notice => notice.Name == "KeysForgotten");
        Assert.Contains("remembers 3 idempotency keys", told.Message, StringComparison.Ordinal);
        Assert.Equal(4, meter.Total);
        Soon.Is(() => KeyFiles(app.Drive).Count == 1); // what it holds is enough
        app.Dispose();
        using var second = Again(app.Drive, o => o.IdempotencyKeys = 3);
        Assert.Equal(7, IdempotencyKeyTests.Place(second, "k1", 1).Sequence);
        Assert.Equal(8, IdempotencyKeyTests.Place(second, "k4", 4).Sequence); // the last three were k5, k6 and k1
    }

    [Fact]
    public void A_key_file_that_is_damaged_is_written_anew_from_its_segment()
    {
        using var first = AuditApp.WithOrders();
        var receipts = Enumerable.Range(1, 3).Select(n => IdempotencyKeyTests.Place(first, $"k{n}", n)).ToList();
        first.Dispose();
        var name = Assert.Single(KeyFiles(first.Drive));
        var bytes = first.Drive.Bytes($"{Root}/{name}")!;
        foreach (var damaged in new[] { [], bytes[..(bytes.Length / 2)], Flipped(bytes, bytes.Length - 40), Flipped(bytes, 20) })
        {
            first.Drive.Plant($"{Root}/{name}", damaged);
            var notices = new List<DurableNotice>();
            using var app = Again(first.Drive.PowerCut(CutMode.None, 0), o => o.OnNotice = notices.Add);
            Assert.Equal(receipts, Enumerable.Range(1, 3).Select(n => IdempotencyKeyTests.Place(app, $"k{n}", n)));
            Assert.Contains(name, Assert.Single(notices, notice => notice.Name == "KeysRestored").Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Where_the_segment_is_gone_too_the_loss_is_told()
    {
        using var first = AuditApp.WithOrders();
        IdempotencyKeyTests.Place(first, "k", 1);
        first.Dispose();
        var name = Assert.Single(KeyFiles(first.Drive));
        first.Drive.Plant($"{Root}/{name}", Flipped(first.Drive.Bytes($"{Root}/{name}")!, 100));
        first.Drive.Remove($"{Root}/{name.Replace(".keys", ".clef", StringComparison.Ordinal)}");
        var notices = new List<DurableNotice>();
        using var app = Again(first.Drive, o => o.OnNotice = notices.Add);
        Assert.Equal(1, Soon.Result(app.Only.WithIdempotencyKey("other").Write("x")).Sequence);
        Assert.Contains("are forgotten", Assert.Single(notices, notice => notice.Name == "KeysDamaged").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_without_keys_has_no_key_files()
    {
        using var app = AuditApp.WithOrders();
        Soon.Result(app.Only.Write("Order {OrderId} {IdempotencyKey}", 1, "no key"));
        app.Dispose();
        Assert.Empty(KeyFiles(app.Drive));
    }

    private sealed class Counter : IDisposable
    {
        private readonly MeterListener _listener = new();

        public Counter(string instrument)
        {
            _listener.InstrumentPublished = (published, me) =>
            {
                if (published.Name == instrument) me.EnableMeasurementEvents(published);
            };
            _listener.SetMeasurementEventCallback<long>((_, value, _, _) => Total += value); // one log only has keys enough to forget some
            _listener.Start();
        }

        public long Total { get; private set; }

        public void Dispose() => _listener.Dispose();
    }

    private static AuditApp Again(SimulatedDrive drive, Action<DurableAuditOptions>? configure = null) => AuditApp.WithOrders(configure, drive);

    private static void Small(DurableAuditOptions o) => (o.SegmentBytes, o.MaxEventBytes, o.RetainBytes) = (64 << 10, 16 << 10, 128 << 10);

    private static AuditReceipt Large(AuditApp app, int n) =>
        Soon.Result(app.Only.WithIdempotencyKey($"k{n}").Write("Order {OrderId} {Text}", n, new string('x', 14_000)));

    private static DurableLog Log(AuditApp app) => app.Services.GetRequiredKeyedService<DurableLog>("orders");

    private static byte[] Flipped(byte[] bytes, int at)
    {
        bytes = [.. bytes];
        bytes[at] ^= 1;
        return bytes;
    }

    private static List<string> Files(SimulatedDrive drive)
    {
        using var directory = drive.OpenDirectory(Root, DurableSink.Storage.DirectorySettings.ForReading, create: false);
        return [.. directory.List()];
    }

    private static List<string> KeyFiles(SimulatedDrive drive) => [.. Files(drive).Where(name => name.EndsWith(SegmentName.KeysSuffix, StringComparison.Ordinal))];
}
