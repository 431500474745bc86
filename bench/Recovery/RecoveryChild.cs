using System.Diagnostics;
using System.Globalization;
using DurableSink.Bench.Events;
using DurableSink.Storage;

namespace DurableSink.Bench.Recovery;

/// <summary>What runs in a process of its own: making a log, opening one, reading one. Answers in one line on standard output.</summary>
internal static class RecoveryChild
{
    public const string MakeActive = "recovery-make-active";
    public const string MakeSealed = "recovery-make-sealed";
    public const string Open = "recovery-open";
    public const string Read = "recovery-read";
    public const string ReadRaw = "recovery-read-raw";

    private const string LogName = "bench";

    /// <summary>Null where the command line asks for none of this.</summary>
    public static int? TryRun(string[] args)
    {
        if (args is not [var command, var directory, .. var rest]) return null;
        switch (command)
        {
            case MakeActive: LeaveActive(directory, Number(rest[0])); return 0;
            case MakeSealed: LeaveSealed(directory, (int)Number(rest[0])); return 0;
            case Open: OpenOnce(directory); return 0;
            case Read: ReadAll(directory); return 0;
            case ReadRaw: ReadBytes(directory); return 0;
            default: return null;
        }
    }

    /// <summary>Fills one segment, says so, and waits to be killed.</summary>
    private static void LeaveActive(string directory, long bytes)
    {
        var log = DurableLog.Open(Options(directory));
        for (var n = 0L; !HasGrownTo(bytes); n += 10_000)
        {
            for (var i = 0; i < 10_000; i++) log.Append(Order.Event(n + i));
            log.Flush();
        }

        Console.WriteLine("ready");
        using var never = new ManualResetEventSlim();
        never.Wait();

        bool HasGrownTo(long length) => Directory.EnumerateFiles(directory, "*.active").Any(f => new FileInfo(f).Length >= length);
    }

    private static void LeaveSealed(string directory, int segments)
    {
        using var log = DurableLog.Open(Options(directory));
        for (var n = 0; n < segments; n++)
        {
            for (var i = 0; i < 10; i++) log.Append(Order.Event(n));
            log.SealAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private static void OpenOnce(string directory)
    {
        var started = Stopwatch.GetTimestamp();
        using var log = DurableLog.Open(Options(directory));
        var elapsed = Stopwatch.GetElapsedTime(started);
        var report = log.RecoveryReport;
        Answer(report.Duration.TotalSeconds, elapsed.TotalSeconds, report.Segments.Count, report.LastSequence, log.IsDirectIO ? 1 : 0);
    }

    private static void ReadAll(string directory)
    {
        var started = Stopwatch.GetTimestamp();
        long events = 0, bytes = 0;
        foreach (var record in new DurableLogReader(directory).Read())
        {
            events++;
            bytes += record.Json.Length + 1;
        }

        var elapsed = Stopwatch.GetElapsedTime(started);
        Answer(elapsed.TotalSeconds, events, bytes);
    }

    /// <summary>The sealed files' bytes, and nothing done with them: what the drive gives.</summary>
    private static void ReadBytes(string directory)
    {
        using var files = LogStorage.ForThisPlatform().OpenDirectory(directory, DirectorySettings.ForReading, create: false);
        using var memory = AlignedMemory.Allocate(1 << 20);
        var started = Stopwatch.GetTimestamp();
        foreach (var name in files.List().Where(f => f.EndsWith(".clef", StringComparison.Ordinal)))
        {
            using var file = files.Open(name, Access.Segment, write: false);
            for (long offset = 0, length = file.Length; offset < length;) offset += file.Read(offset, memory.Span);
        }

        Answer(Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    private static DurableLogOptions Options(string directory) => new()
    {
        Directory = directory,
        LogName = LogName,
        SegmentBytes = 1L << 40,
        SegmentAge = TimeSpan.FromDays(1),
        BlockTimeout = TimeSpan.FromMinutes(1),
    };

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static void Answer(params double[] values) =>
        Console.WriteLine(string.Join(' ', values.Select(v => v.ToString("R", CultureInfo.InvariantCulture))));
}
