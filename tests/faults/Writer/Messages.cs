using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DurableSink.Faults;

/// <summary>What users are told of their own mistakes: provokes each, and prints type, message and notices as a JSON line.</summary>
internal sealed class Messages(string work)
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<string> _notices = [];

    /// <summary>The files and directories that a case needs are made by the check that runs this.</summary>
    public static int Print(string work)
    {
        var messages = new Messages(work);
        messages.Say("parent missing", () => messages.Open("new/parents/log"));
        messages.Say("directory not writable", () => messages.Open("read-only"));
        messages.Say("parent not writable", () => messages.Open("read-only/log"));
        messages.Say("file in its place", () => messages.Open("file"));
        messages.Say("file in the parent's place", () => messages.Open("file/log"));
        messages.Say("name of 300 characters", () => messages.Open(new string('n', 300)));
        messages.Say("path of 5000 characters", () => messages.Open(string.Join('/', Enumerable.Repeat("0123456789", 455))));
        messages.Say("tmpfs", () => messages.Open("/dev/shm/" + Path.GetFileName(work)));
        messages.Say("tmpfs, DirectIO=Require", () => messages.Open("/dev/shm/" + Path.GetFileName(work), o => o.DirectIO = DirectIOMode.Require));
        messages.Say("proc", () => messages.Open("/proc/log"));
        messages.Say("sys", () => messages.Open("/sys/log"));
        messages.Say("LOG of another log", () => messages.Open("other-log"));
        messages.Say("LOG of a newer format", () => messages.Open("newer-log"));
        messages.Say("LOG is garbage", () => messages.Open("garbage-log"));
        messages.Say("LOG is empty", () => messages.Open("empty-log"));
        messages.Say("LOG is JSON of another kind", () => messages.Open("json-log"));
        messages.Say("SegmentBytes 0", () => messages.Open("options", o => o.SegmentBytes = 0));
        messages.Say("SegmentBytes 1 TiB", () => messages.Open("tebibyte", o => o.SegmentBytes = 1L << 40));
        messages.Say("SegmentBytes 2 TiB", () => messages.Open("options", o => o.SegmentBytes = 2L << 40));
        messages.Say("BatchWindow negative", () => messages.Open("options", o => o.BatchWindow = TimeSpan.FromMilliseconds(-5)));
        messages.Say("BatchWindow negative, configured", () => messages.Configure("BatchWindow", "-5ms"));
        messages.Say("SegmentBytes 2 TiB, configured", () => messages.Configure("SegmentBytes", "2TiB"));
        messages.Say("unknown key", () => messages.Configure("SegmentSize", "1MiB"));
        messages.Say("event of 5 MiB, Append", messages.AppendHugeEvent);
        messages.Say("event of 5 MiB, ILogger", messages.LogHugeEvent);
        messages.Say("log disposed twice, then Append", messages.AppendAfterDispose);
        messages.Say("log disposed, then AppendAsync", messages.AppendAsyncAfterDispose);
        messages.Say("log disposed, then Flush", messages.FlushAfterDispose);
        messages.Say("provider disposed twice, then Log", messages.LogAfterDispose);
        return 0;
    }

    private void Say(string name, Action provoke)
    {
        _notices.Clear();
        Exception? error = null;
        try
        {
            provoke();
        }
        catch (Exception e) // that is what is printed
        {
            error = e;
        }

        Console.WriteLine(JsonSerializer.Serialize(new { @case = name, type = error?.GetType().Name, message = error?.Message, notices = _notices }, Plain));
    }

    private void Open(string path, Action<DurableLogOptions>? configure = null)
    {
        var options = new DurableLogOptions { Directory = Path.Combine(work, path), LogName = "faults", LockTimeout = TimeSpan.Zero, OnNotice = Note };
        configure?.Invoke(options);
        using var log = DurableLog.Open(options);
        log.Append(DurableEvent.Create("Order {OrderId}", 1));
        log.Flush();
    }

    private void Configure(string key, string value)
    {
        using var app = App.Build(Path.Combine(work, "options"), new Dictionary<string, string?> { ["Logging:DurableFile:" + key] = value }, Note);
        app.GetRequiredService<DurableLog>();
    }

    private void AppendHugeEvent()
    {
        using var log = OpenGood();
        log.Append(Huge());
    }

    private void LogHugeEvent()
    {
        var directory = Path.Combine(work, "shortened");
        using (var app = App.Build(directory, new Dictionary<string, string?>(), Note))
#pragma warning disable CA1848, CA2254 // the call of an application
            app.GetRequiredService<ILoggerFactory>().CreateLogger("Orders").LogInformation("Order {OrderId}: {Text}", 1, Text());
#pragma warning restore CA1848, CA2254
        foreach (var record in new DurableLogReader(directory).Read())
        {
            using var line = JsonDocument.Parse(record.Json);
            _notices.Add($"a line of {record.Json.Length} bytes with {string.Join(", ", line.RootElement.EnumerateObject().Select(p => p.Name))}");
        }
    }

    private void AppendAfterDispose()
    {
        var log = OpenGood();
        log.Dispose();
        log.Dispose();
        log.Append(DurableEvent.Create("Order {OrderId}", 1));
    }

    private void AppendAsyncAfterDispose()
    {
        var log = OpenGood();
        log.Dispose();
        log.AppendAsync(DurableEvent.Create("Order {OrderId}", 1)).AsTask().GetAwaiter().GetResult();
    }

    private void FlushAfterDispose()
    {
        var log = OpenGood();
        log.Append(DurableEvent.Create("Order {OrderId}", 1));
        log.Dispose();
        log.Flush();
    }

    private void LogAfterDispose()
    {
        var app = App.Build(Path.Combine(work, "provider"), new Dictionary<string, string?>(), Note);
        var provider = app.GetServices<ILoggerProvider>().OfType<DurableSink.Logging.DurableFileLoggerProvider>().Single();
        var logger = app.GetRequiredService<ILoggerFactory>().CreateLogger("Orders");
#pragma warning disable CA1848, CA2254 // the calls of an application
        logger.LogInformation("Order {OrderId}", 1);
        provider.Dispose();
        provider.Dispose();
        logger.LogInformation("Order {OrderId}", 2);
        app.Dispose();
        logger.LogInformation("Order {OrderId}", 3);
#pragma warning restore CA1848, CA2254
        _notices.Add($"{new DurableLogReader(Path.Combine(work, "provider")).Read().Count()} events in the log");
    }

    private DurableLog OpenGood() => DurableLog.Open(new()
    {
        Directory = Path.Combine(work, "good"),
        LogName = "faults",
        LockTimeout = TimeSpan.Zero,
        OnNotice = Note,
    });

    private static DurableEvent Huge() => DurableEvent.Create("Order {OrderId}: {Text}", 1, Text());

    private static string Text() => new('x', 5 << 20);

    private void Note(DurableNotice notice) => _notices.Add($"{notice.Level} {notice.Name}: {notice.Message}");
}
