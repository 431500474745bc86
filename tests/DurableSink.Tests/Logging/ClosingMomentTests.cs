using DurableSink.Hosting;
using DurableSink.Tests.Commit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.Logging;

/// <summary>Log calls from many threads while provider, host or log end: none throws, none hangs, and what was accepted is there.</summary>
public sealed class ClosingMomentTests
{
    private const int Threads = 4;

    [Theory]
    [InlineData(FsyncPolicy.Batch, false)]
    [InlineData(FsyncPolicy.Batch, true)]
    [InlineData(FsyncPolicy.Always, false)]
    [InlineData(FsyncPolicy.Always, true)]
    public async Task While_the_container_is_disposed(FsyncPolicy policy, bool async)
    {
        using var app = new DriveApp(o => o.Fsync = policy);
        using var load = new Load(app.Logger());
        var log = app.Log;
        var logged = load.Logged();
        if (async) await app.Services.DisposeAsync();
        else Soon.Done(Soon.Run(app.Services.Dispose));
        load.End();
        AssertWhole(app, log, logged);
        Assert.All(app.Notices, n => Assert.StartsWith("Events", n.Name, StringComparison.Ordinal)); // calls that were under way then
        Assert.InRange(app.Notices.Count, 0, 2 * Threads + 1);
    }

    [Theory]
    [InlineData(FsyncPolicy.Batch)]
    [InlineData(FsyncPolicy.Always)]
    public void While_the_log_closes_and_the_provider_goes_on(FsyncPolicy policy)
    {
        using var app = new DriveApp(o => o.Fsync = policy);
        using var load = new Load(app.Logger());
        var log = app.Log;
        var logged = load.Logged();
        Soon.Done(Soon.Run(app.Services.GetRequiredService<DurableLogPool>().Dispose));
        load.End();
        AssertWhole(app, log, logged);
        Assert.All(app.Notices, n => Assert.StartsWith("Events", n.Name, StringComparison.Ordinal)); // dropped, and perhaps accepted by a call that still waited
        Assert.InRange(app.Notices.Count, 1, 2 * Threads + 1); // no flood
    }

    [Fact]
    public async Task While_a_host_stops()
    {
        var drive = new Storage.SimulatedDrive(seed: 1);
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton(_ => DriveApp.OnDrive(drive));
        builder.Logging.AddDurableFile(DriveApp.Choose);
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        using var load = new Load(host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Shop.Orders"));
        var log = host.Services.GetRequiredService<DurableLog>();
        var logged = load.Logged();
        await host.StopAsync(TestContext.Current.CancellationToken);
        await ((IAsyncDisposable)host).DisposeAsync();
        load.End();
        AssertWhole(DriveApp.Read(drive), log, logged);
    }

    [Fact]
    public void A_second_disposal_does_nothing_more()
    {
        using var app = new DriveApp();
        var logger = app.Logger();
        logger.LogInformation("x");
        var provider = Assert.Single(app.Services.GetServices<ILoggerProvider>());
        for (var i = 0; i < 2; i++)
        {
            provider.Dispose();
            Soon.Done(((IAsyncDisposable)provider).DisposeAsync());
            app.Services.Dispose();
        }

        logger.LogInformation("after");
        Assert.Single(DriveApp.Read(app.Drive));
        Assert.Empty(app.Notices);
    }

    private static void AssertWhole(DriveApp app, DurableLog log, int[] logged) => AssertWhole(DriveApp.Read(app.Drive), log, logged);

    /// <summary>Of each thread all that it had logged before, and no event without those that the thread logged before it.</summary>
    private static void AssertWhole(IReadOnlyList<System.Text.Json.JsonElement> events, DurableLog log, int[] logged)
    {
        var load = events.Where(e => e.TryGetProperty("Thread", out _)).ToList();
        for (var thread = 0; thread < Threads; thread++)
        {
            var numbers = load.Where(e => e.GetProperty("Thread").GetInt32() == thread).Select(e => e.GetProperty("N").GetInt32()).ToList();
            Assert.Equal(Enumerable.Range(0, numbers.Count), numbers);
            Assert.InRange(numbers.Count, logged[thread], int.MaxValue);
        }

        Assert.Equal(log.LastSequence, events.Count);
        Assert.Equal(log.LastSequence, log.DurableSequence);
    }

    /// <summary>Threads that log until they are told to end.</summary>
    private sealed class Load : IDisposable
    {
        private readonly int[] _logged = new int[Threads];
        private readonly Task[] _threads;
        private volatile bool _ends;

        public Load(ILogger logger)
        {
            _threads = [.. Enumerable.Range(0, Threads).Select(thread => Soon.Run(() =>
            {
                for (var n = 0; !_ends; n++)
                {
                    logger.LogInformation("{Thread} {N}", thread, n);
                    Volatile.Write(ref _logged[thread], n + 1);
                }
            }))];
        }

        /// <summary>What each thread has logged for sure, once all are under way.</summary>
        public int[] Logged()
        {
            Soon.Is(() => _logged.All(n => n > 20));
            return [.. _logged];
        }

        /// <summary>After some more calls each ends; what one threw is thrown here.</summary>
        public void End()
        {
            int[] now = [.. _logged];
            Soon.Is(() => Enumerable.Range(0, Threads).All(i => Volatile.Read(ref _logged[i]) > now[i] + 10 || _threads[i].IsCompleted));
            _ends = true;
            foreach (var thread in _threads) Soon.Done(thread);
        }

        public void Dispose() => _ends = true;
    }
}
