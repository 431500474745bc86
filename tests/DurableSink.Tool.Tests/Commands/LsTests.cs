using DurableSink.Tests.Segments;
using Xunit;

namespace DurableSink.Tests.Tooling.Commands;

public sealed class LsTests : ToolTest
{
    [Fact]
    public void Shows_each_segment_with_its_numbers_times_and_size()
    {
        Plant(Sealed(new SegmentText(1, "aaaaaaaa").Commit(10).Seal()), Active(new SegmentText(11, "bbbbbbbb").Commit(5), 8192));
        var ran = Run("ls", Dir);
        Assert.Equal(0, ran.Exit);
        Assert.Contains($"Log 'orders' ({SegmentText.LogId}) in {Dir}", ran.Out);
        Assert.Matches(@"sealed +1 +10 +10 +2026-11-20T08:00:01Z +2026-11-20T08:00:10Z +\d+  orders-00000000000000000001-aaaaaaaa.clef\n", ran.Out);
        Assert.Matches(@"active +11 +15 +5 +2026-11-20T08:00:11Z +2026-11-20T08:00:15Z +\d+  orders-00000000000000000011-bbbbbbbb.clef.active\n", ran.Out);
        Assert.Contains("2 segments, 15 events, ", ran.Out);
    }

    [Fact]
    public void Shows_what_was_shipped_where_anything_was()
    {
        var segment = new SegmentText(1, "aaaaaaaa").Commit(1).Seal();
        Plant(Sealed(segment), Sealed(new SegmentText(2, "bbbbbbbb").Commit(1).Seal()));
        Assert.DoesNotContain("SHIPPED", Run("ls", Dir).Out);
        Plant((segment.Name.Sealed + ".shipped", []));
        Assert.Matches(@"SHIPPED +FILE", Run("ls", Dir).Out);
        Assert.Matches(@" yes +orders-00000000000000000001-aaaaaaaa.clef\n", Run("ls", Dir).Out);
        Assert.Matches(@" - +orders-00000000000000000002-bbbbbbbb.clef\n", Run("ls", Dir).Out);
    }

    [Fact]
    public void Names_damaged_files_and_segments_without_a_seal()
    {
        var text = new SegmentText(1, "aaaaaaaa").Commit(3);
        Plant((text.Name.Damaged, text.Active()), (new SegmentText(4, "bbbbbbbb").Name.Sealed, new SegmentText(4, "bbbbbbbb").Commit(3).Active()));
        var ran = Run("ls", Dir);
        Assert.Matches(@"damaged +1 +- .*-aaaaaaaa.clef.damaged\n", ran.Out);
        Assert.Matches(@"no-seal +4 +- .*-bbbbbbbb.clef\n", ran.Out);
    }

    [Fact]
    public void A_log_without_events_says_so()
    {
        Write();
        var ran = Run("ls", Dir);
        Assert.Equal((0, ""), (ran.Exit, ran.Error));
        Assert.Contains("No segments yet", ran.Out);
        Assert.Contains("Last opened by host", ran.Out);
    }

    [Fact]
    public void What_is_no_log_is_told_in_one_line_with_the_remedy()
    {
        Directory.CreateDirectory(Temp["empty"]);
        Directory.CreateDirectory(Temp["parent"]);
        Directory.Move(MakeLog(), Temp["parent/orders"]);
        Assert.Equal($"durable-log: '{Temp["empty"]}' is empty: neither the file LOG nor segments (*.clef) are there. Name a log's directory.\n", Failed(Temp["empty"]));
        Assert.Equal($"durable-log: '{Temp["parent"]}' holds no log: neither the file LOG nor segments (*.clef) are there. Did you mean '{Temp["parent/orders"]}'?\n", Failed(Temp["parent"]));
        Assert.Equal($"durable-log: '{Temp["none"]}' does not exist. Name a log's directory: the one with the file LOG.\n", Failed(Temp["none"]));
    }

    [Fact]
    public void Names_that_a_log_gives_itself_cannot_command_the_terminal()
    {
        Plant();
        File.WriteAllText(Path.Combine(Dir, "LOG"), """{"Format":1,"LogId":"\u001b[2J","LogName":"a\u001b]0;b","Created":""}""");
        var ran = Run("ls", Dir);
        Assert.DoesNotContain('\u001b', ran.Out);
        Assert.Contains("\\u001b[2J", ran.Out);
    }

    private string MakeLog()
    {
        Write();
        return Dir;
    }

    private string Failed(string directory)
    {
        var ran = Run("ls", directory);
        Assert.Equal((3, ""), (ran.Exit, ran.Out));
        return ran.Error;
    }
}
