using System.Text.Json;
using Xunit;

namespace DurableSink.Tests.Diagnostics;

/// <summary>What opening had to repair stands in the log itself.</summary>
public sealed class RecoveryEventTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void After_a_clean_end_nothing_is_said()
    {
        using (var log = Open()) log.Append(new DurableEvent("Event"));
        using (var log = Open()) Assert.Equal(1, log.LastSequence);
    }

    [Fact]
    public void A_segment_that_a_crash_left_is_told_of_in_the_log_as_Verbose()
    {
        Crash(static bytes => bytes);
        using (var log = Open())
        {
            Assert.False(log.RecoveryReport.IsClean);
            log.Append(new DurableEvent("Next"));
        }

        var told = Events().Single(e => e.GetProperty("@seq").GetInt64() == 3);
        Assert.Equal(("Verbose", "DurableSink", 1, 0), (told.GetProperty("@l").GetString(), told.GetProperty("SourceContext").GetString(),
            told.GetProperty("Segments").GetInt32(), told.GetProperty("Missing").GetInt64()));
        Assert.Contains("Sealed", told.GetProperty("Outcomes")[0].GetString(), StringComparison.Ordinal);
        Assert.Equal([1, 2, 3, 4], Events().Select(e => e.GetProperty("@seq").GetInt64()));
    }

    [Fact]
    public void A_loss_is_told_of_in_the_log_as_an_error_that_names_what_is_missing()
    {
        Crash(static bytes =>
        {
            bytes[bytes.AsSpan().IndexOf("\"First\""u8)] ^= 1; // damage in the first event, which was acknowledged
            return bytes;
        });
        using (var log = Open()) Assert.Equal([new SequenceRange(1, 1)], log.RecoveryReport.Missing);
        var told = Events().Single(e => e.GetProperty("@mt").GetString()!.StartsWith("Log recovered", StringComparison.Ordinal));
        Assert.Equal(("Error", 1, "1-1"), (told.GetProperty("@l").GetString(), told.GetProperty("Missing").GetInt64(), told.GetProperty("MissingRanges")[0].GetString()));
    }

    private DurableLog Open() => DurableLog.Open(new() { Directory = _temp["log"], LogName = "orders", Fsync = FsyncPolicy.Always, Preallocation = PreallocationMode.None });

    /// <summary>Leaves the directory as a process that died would have, its active segment changed at will.</summary>
    private void Crash(Func<byte[], byte[]> change)
    {
        Directory.CreateDirectory(_temp["copy"]);
        using (var log = Open())
        {
            log.Append(new DurableEvent("First"));
            log.Append(new DurableEvent("Second"));
            foreach (var file in Directory.GetFiles(_temp["log"], "*.active").Append(Path.Combine(_temp["log"], "LOG")))
            {
                var bytes = File.ReadAllBytes(file);
                File.WriteAllBytes(Path.Combine(_temp["copy"], Path.GetFileName(file)), file.EndsWith(".active", StringComparison.Ordinal) ? change(bytes) : bytes);
            }
        }

        Directory.Delete(_temp["log"], recursive: true);
        Directory.Move(_temp["copy"], _temp["log"]);
    }

    private List<JsonElement> Events() =>
        [.. new DurableLogReader(_temp["log"]).Read().Where(r => r.Kind == LogRecordKind.Event).Select(r => JsonDocument.Parse(r.Json).RootElement)];
}
