using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using DurableSink.Hosting;
using DurableSink.Segments;
using DurableSink.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.Logging;

/// <summary>A container whose log is a real one on a simulated drive: what was logged is read back, and each line is checked.</summary>
internal sealed class DriveApp : IDisposable
{
    private const string Root = "/log";

    public DriveApp(Action<DurableFileOptions>? configure = null, Action<ILoggingBuilder>? build = null)
    {
        var services = new ServiceCollection();
        services.AddSingleton(_ => OnDrive(Drive)); // made by the container: what it is given it does not dispose
        services.AddLogging(builder =>
        {
            builder.SetMinimumLevel(LogLevel.Trace);
            build?.Invoke(builder);
            builder.AddDurableFile(options =>
            {
                Choose(options);
                options.OnNotice = Keep;
                configure?.Invoke(options);
            });
        });
        Services = services.BuildServiceProvider();
    }

    public SimulatedDrive Drive { get; } = new(seed: 1);

    public ConcurrentQueue<DurableNotice> Notices { get; } = new();

    public ServiceProvider Services { get; }

    public DurableLog Log => Services.GetRequiredService<DurableLog>();

    public ILogger Logger(string category = "Shop.Orders") => Services.GetRequiredService<ILoggerFactory>().CreateLogger(category);

    private void Keep(DurableNotice notice)
    {
        if (notice.Name != "Opened") Notices.Enqueue(notice);
    }

    /// <summary>For a container of a test's own: its logs are on the drive.</summary>
    public static DurableLogPool OnDrive(SimulatedDrive drive) => new(options => DurableLogTarget.Of(DurableLog.OpenOn(drive, options)));

    public static void Choose(DurableFileOptions options)
    {
        (options.Directory, options.LogName) = (Root, "app");
        (options.BatchWindow, options.Preallocation) = (TimeSpan.FromMilliseconds(1), PreallocationMode.None);
        (options.LockTimeout, options.ShutdownTimeout) = (TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    /// <summary>Closes the log, and reads it.</summary>
    public IReadOnlyList<JsonElement> Read()
    {
        Dispose();
        return Read(Drive);
    }

    /// <summary>The events on the drive. Each line is one strict JSON object of allowed length with the right trailer and no top-level
    /// name twice.</summary>
    public static IReadOnlyList<JsonElement> Read(SimulatedDrive drive, int maxEventBytes = 256 << 10)
    {
        var events = new List<JsonElement>();
        foreach (var record in new DurableLogReader(Root, drive).Read())
        {
            Assert.Equal(LogRecordKind.Event, record.Kind);
            var line = record.Json.Span;
            Assert.InRange(line.Length + 1, 1, maxEventBytes);
            Assert.True(line.IndexOfAny((byte)'\n', (byte)0) < 0, "a line break or NUL within a line");
            Assert.True(LineTrailer.TryRead(line, out var sequence, out _), "no valid trailer");
            Assert.Equal(events.Count + 1, sequence);
            new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(line);
            using var json = JsonDocument.Parse(record.Json); // strict, nested 64 deep at most: as most readers have it
            var names = json.RootElement.EnumerateObject().Select(member => member.Name).ToList();
            Assert.Equal(names.Distinct(StringComparer.Ordinal), names);
            events.Add(json.RootElement.Clone());
        }

        return events;
    }

    public void Dispose() => Services.Dispose();
}
