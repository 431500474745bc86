using System.Text;
using DurableSink.Tests.Segments;
using Xunit;

namespace DurableSink.Tests.Tooling.Commands;

public sealed class RecoverTests : ToolTest
{
    [Fact]
    public void A_log_that_was_closed_has_nothing_to_recover_and_is_not_opened()
    {
        Write(DurableEvent.Create("m"));
        var before = Snapshot();
        foreach (var options in new[] { new[] { "--dry-run" }, [] })
        {
            var ran = Run(["recover", Dir, .. options]);
            Assert.Equal((0, "Nothing to recover: every segment is sealed.\n"), (ran.Exit, ran.Out));
        }

        Assert.Equal(before.Split('\n').Where(f => !f.StartsWith("LOCK", StringComparison.Ordinal)), Snapshot().Split('\n').Where(f => !f.StartsWith("LOCK", StringComparison.Ordinal)));
    }

    [Fact]
    public void What_a_crash_left_is_shown_then_sealed()
    {
        Plant(Active(new SegmentText().Commit(10), 8192), ("orders-aaaaaaaa.spare", new byte[4096]));
        var before = Snapshot();
        var shown = Run("recover", Dir, "--dry-run");
        Assert.Equal(0, shown.Exit);
        Assert.Contains("seal      orders-00000000000000000001-aaaaaaaa.clef.active: 10 events", shown.Out);
        Assert.Contains("delete    1 spare of another run", shown.Out);
        Assert.Contains("It would end with event 10\n", shown.Out);
        Assert.Equal(before, Snapshot());

        var done = Run("recover", Dir);
        Assert.Equal((0, ""), (done.Exit, done.Error));
        Assert.Contains("Done:\n  seal      orders-00000000000000000001-aaaaaaaa.clef.active: 10 events", done.Out);
        Assert.Contains("orders-00000000000000000001-aaaaaaaa.clef", Directory.EnumerateFiles(Dir).Select(Path.GetFileName));
        Assert.Equal(0, Run("verify", Dir).Exit);
        Assert.StartsWith("Nothing to recover", Run("recover", Dir).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_shown_is_what_is_done()
    {
        var text = new SegmentText().Commit(10).Commit(10);
        var bytes = text.Active(4096);
        bytes[text.Lines[4].Offset + 90] ^= 1;
        Plant((text.Name.Active, bytes));
        var shown = Run("recover", Dir, "--dry-run");
        var done = Run("recover", Dir);
        Assert.Equal((2, 2), (shown.Exit, done.Exit));
        Assert.Equal(Facts(shown), Facts(done)[..2]); // shown, then done
        Assert.Equal(Facts(shown), Facts(done)[2..]);
        Assert.Contains("missing   event 4, for good", done.Out);

        // The salvage's random id aside.
        static string[] Facts(Ran ran) => [.. ran.Lines.Where(l => l.StartsWith("  salvage", StringComparison.Ordinal) || l.StartsWith("  missing", StringComparison.Ordinal)).Select(l => l.Split(';')[0])];
    }

    [Fact]
    public void A_damaged_segment_with_idempotency_keys_is_shown_as_it_will_be_done()
    {
        using (var log = DurableLog.Open(new() { Directory = Temp["source"], LogName = "orders" }))
        {
            for (var n = 0; n < 100; n++)
                log.AppendLine(Encoding.UTF8.GetBytes($$"""{"@t":"2026-11-20T08:00:00.0000000Z","IdempotencyKey":"k{{n}}","@mt":"m","N":{{n}}"""), waitDurable: false, told: true);
            log.Flush();
            Directory.CreateDirectory(Dir);
            foreach (var file in Directory.EnumerateFiles(Temp["source"], "*.active").Append(Temp["source/LOG"])) File.Copy(file, Path.Combine(Dir, Path.GetFileName(file)));
        }

        var active = Directory.EnumerateFiles(Dir, "*.active").Single();
        var bytes = File.ReadAllBytes(active);
        bytes[bytes.AsSpan().IndexOf("\"N\":50,"u8)] ^= 1;
        File.WriteAllBytes(active, bytes);
        var shown = Run("recover", Dir, "--dry-run");
        Assert.Contains("  salvage   ", shown.Out);
        Assert.Contains("  missing   event 51, for good", shown.Out);
        Assert.Equal((2, 2), (shown.Exit, Run("recover", Dir).Exit));
        Assert.Single(Directory.EnumerateFiles(Dir, "*.keys"));
    }

    [Fact]
    public void An_open_log_is_left_alone()
    {
        using var log = DurableLog.Open(new() { Directory = Dir, LogName = "orders" });
        log.Append(DurableEvent.Create("m"));
        foreach (var options in new[] { new[] { "--dry-run" }, [] })
        {
            var ran = Run(["recover", Dir, .. options]);
            Assert.Equal((3, ""), (ran.Exit, ran.Out));
            Assert.Matches("is in use by host .*: the log is open, and there is nothing to recover", ran.Error);
        }
    }

    [Fact]
    public void Where_there_is_no_log_none_is_made()
    {
        Directory.CreateDirectory(Dir);
        Assert.Equal(3, Run("recover", Dir).Exit);
        Assert.Empty(Directory.EnumerateFiles(Dir));
    }

    [Fact]
    public void A_copy_without_LOG_and_LOCK_is_judged_without_making_them()
    {
        var text = new SegmentText().Commit(10);
        Directory.CreateDirectory(Dir);
        File.WriteAllBytes(Path.Combine(Dir, text.Name.Active), text.Active());
        Assert.Equal(0, Run("recover", Dir, "--dry-run").Exit);
        Assert.Single(Directory.EnumerateFiles(Dir));
    }
}
