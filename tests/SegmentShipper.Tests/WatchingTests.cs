using DurableSink;
using Xunit;

namespace SegmentShipper.Tests;

public sealed class WatchingTests
{
    [Fact]
    public async Task What_is_sealed_later_is_shipped()
    {
        var lab = new ShipLab();
        lab.Options.ScanInterval = TimeSpan.FromMilliseconds(10);
        await using var log = lab.OpenLog();
        using var shipper = lab.Open();
        await using var running = new Running(shipper);
        for (var i = 1; i <= 5; i++)
        {
            await ShipLab.AppendAsync(log);
            await shipper.WaitForShippedAsync(i, ShipLab.Token);
            Assert.Equal(ShipLab.SequencesOn(lab.Target), Enumerable.Range(1, i).Select(n => (long)n));
        }
    }

    [Fact]
    public async Task Who_waits_for_an_event_gets_its_segment_sealed_and_shipped()
    {
        var lab = new ShipLab();
        lab.Options.ScanInterval = TimeSpan.FromHours(1);
        await using var log = lab.OpenLog();
        using var shipper = lab.Open(log);
        await using var running = new Running(shipper);
        var sequence = log.Append(DurableEvent.Create("Event"));
        await shipper.WaitForShippedAsync(sequence, ShipLab.Token);
        Assert.Equal([1], ShipLab.SequencesOn(lab.Target));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => shipper.WaitForShippedAsync(2, ShipLab.Token));
    }

    [Fact]
    public async Task Those_who_wait_at_the_same_time_share_a_segment()
    {
        var lab = new ShipLab();
        await using var log = lab.OpenLog();
        using var shipper = lab.Open(log);
        await using var running = new Running(shipper);
        await Task.WhenAll(Enumerable.Range(0, 50).Select(async i =>
        {
            await Task.Yield();
            await shipper.WaitForShippedAsync(log.Append(DurableEvent.Create("Event {I}", i)), ShipLab.Token);
        }));
        Assert.Equal(50, ShipLab.SequencesOn(lab.Target).Count);
        Assert.InRange(lab.Stored().Count, 1, 25);
    }

    [Fact]
    public async Task Who_waits_for_an_event_that_was_set_aside_is_told()
    {
        var lab = new ShipLab();
        await lab.WriteAsync(2);
        lab.Target.Plant($"{ShipLab.Objects}/{ShippingTests.KeyOf(lab, lab.Sealed()[0])}", "something else"u8);
        using (var shipper = lab.Open())
        {
            await using var running = new Running(shipper);
            var failure = await Assert.ThrowsAsync<NotShippedException>(() => shipper.WaitForShippedAsync(1, ShipLab.Token));
            Assert.Contains("set aside", failure.Message, StringComparison.Ordinal);
            await shipper.WaitForShippedAsync(2, ShipLab.Token);
        }

        using var next = lab.Open();
        await using var runningNext = new Running(next);
        await Assert.ThrowsAsync<NotShippedException>(() => next.WaitForShippedAsync(1, ShipLab.Token)); // also by the next shipper
    }

    [Fact]
    public async Task A_directory_that_was_removed_and_made_anew_is_shipped_on()
    {
        var lab = new ShipLab();
        await using var log = lab.OpenLog();
        await ShipLab.AppendAsync(log);
        using var shipper = lab.Open(log);
        await shipper.ShipAsync(ShipLab.Token);
        lab.Drive.RemoveDirectory(ShipLab.Root);
        for (var i = 0; i < 3; i++) await ShipLab.AppendAsync(log);
        await shipper.ShipAsync(ShipLab.Token);
        Assert.Equal(0, shipper.Status.UnshippedSegments);
        Assert.Contains(4, ShipLab.SequencesOn(lab.Target));
        Assert.Contains("SHIP", ShipLab.FilesOf(lab.Drive, ShipLab.Root));
    }

    [Fact]
    public async Task The_log_counts_what_is_left_of_it()
    {
        var lab = new ShipLab();
        await using var log = lab.OpenLog();
        for (var i = 0; i < 4; i++) await ShipLab.AppendAsync(log);
        Assert.Equal(4, log.State().SealedSegments);
        using var shipper = lab.Open(log);
        await shipper.ShipAsync(ShipLab.Token);
        Assert.Equal(1, log.State().SealedSegments);
    }

    [Fact]
    public async Task Who_waits_for_a_shipper_that_ends_is_told()
    {
        var lab = new ShipLab();
        await lab.WriteAsync(1);
        var shipper = lab.Open();
        var wait = shipper.WaitForShippedAsync(1, ShipLab.Token);
        shipper.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => wait);
    }

    [Fact]
    public async Task A_store_that_is_down_is_told_once_and_tried_again_until_it_is_up()
    {
        var lab = new ShipLab();
        (lab.Options.ScanInterval, lab.Options.MaxRetryDelay) = (TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(20));
        await lab.WriteAsync(3);
        var attempts = 0;
        lab.Store.BeforePut = _ => Interlocked.Increment(ref attempts) < 20 ? throw ScriptedStore.Down() : Task.CompletedTask;
        using var shipper = lab.Open();
        await using var running = new Running(shipper);
        await shipper.WaitForShippedAsync(3, ShipLab.Token);
        while (shipper.Status.LastFailure is not null) await Task.Delay(5, ShipLab.Token);
        Assert.Equal(["ShippingFails", "ShippingRecovered"], lab.Notices.Select(n => n.Name));
    }

    [Fact]
    public async Task A_segment_that_fails_for_ever_does_not_keep_the_others_from_being_shipped()
    {
        var lab = new ShipLab();
        (lab.Options.ScanInterval, lab.Options.Parallel) = (TimeSpan.FromMilliseconds(10), 1);
        await lab.WriteAsync(12);
        var first = lab.Sealed()[0];
        lab.Store.BeforePut = key => key.Contains(first, StringComparison.Ordinal) ? throw new InvalidOperationException("a store's own bug") : Task.CompletedTask;
        using var shipper = lab.Open();
        await using var running = new Running(shipper);
        while (shipper.Status.UnshippedSegments != 1) await Task.Delay(5, ShipLab.Token);
        Assert.Equal(Enumerable.Range(2, 11).Select(n => (long)n), ShipLab.SequencesOn(lab.Target));
        Assert.Equal(12, lab.Sealed().Count);
        Assert.Contains("a store's own bug", shipper.Status.LastFailure!, StringComparison.Ordinal);
    }

    /// <summary>A shipper that runs until disposed, and then ended by cancellation and nothing else.</summary>
    private sealed class Running : IAsyncDisposable
    {
        private readonly CancellationTokenSource _ends = new();
        private readonly Task _run;

        public Running(DirectoryShipper shipper) => _run = shipper.RunAsync(_ends.Token);

        public async ValueTask DisposeAsync()
        {
            await _ends.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _run);
            _ends.Dispose();
        }
    }
}
