using System.Text;
using DurableSink.Tests.Segments;
using Xunit;

namespace DurableSink.Tests.Tooling.Commands;

public sealed class ExportTests : ToolTest
{
    [Fact]
    public void All_events_come_in_order_without_headers_seals_and_blank_lines()
    {
        var (first, second) = (new SegmentText(1, "aaaaaaaa").Commit(10).Seal(), new SegmentText(11, "bbbbbbbb").Commit(5));
        Plant(Sealed(first), Active(second, 8192));
        var ran = Run("export", Dir);
        Assert.Equal(0, ran.Exit);
        Assert.Equal(string.Concat(Enumerable.Range(1, 15).Select(n => Encoding.UTF8.GetString(n <= 10 ? first.Line(n) : second.Line(n)) + "\n")), ran.Out);
        Assert.Contains("the last 5 events may not be durable yet", ran.Error);
    }

    [Fact]
    public void Plain_events_are_what_was_logged()
    {
        var time = new DateTimeOffset(2026, 11, 20, 8, 0, 0, TimeSpan.Zero);
        Write(new DurableEvent("Order {Id}") { Timestamp = time, Properties = [new("Id", 1), new("@seq", 5), new("Text", ",\"@seq\":7,\"@hash\":\"0123456789abcdef\"}")] }, new DurableEvent("x") { Timestamp = time });
        Assert.Equal(
            """
            {"@t":"2026-11-20T08:00:00.0000000Z","@mt":"Order {Id}","Id":1,"@@seq":5,"Text":",\"@seq\":7,\"@hash\":\"0123456789abcdef\"}"}
            {"@t":"2026-11-20T08:00:00.0000000Z","@mt":"x"}

            """.ReplaceLineEndings("\n"), Run("export", Dir, "--plain").Out);
    }

    [Fact]
    public void An_exported_log_can_be_written_again_and_is_the_same()
    {
        Plant(Sealed(new SegmentText(1, "aaaaaaaa").Commit(10).Commit(10).Seal()));
        var plain = Run("export", Dir, "--plain").Out;
        foreach (var (input, i) in new[] { plain, Run("export", Dir).Out }.Select((t, i) => (t, i)))
        {
            Assert.Equal(0, RunWith(input, "write", Temp[$"again{i}"]).Exit);
            Assert.Equal(plain, Run("export", Temp[$"again{i}"], "--plain").Out);
        }
    }

    [Fact]
    public void A_file_is_made_and_never_replaced()
    {
        Write(DurableEvent.Create("m"), DurableEvent.Create("m"));
        var ran = Run("export", Dir, "--from-seq", "2", "-o", Temp["out"]);
        Assert.Equal((0, "", ""), (ran.Exit, ran.Out, ran.Error));
        Assert.Equal(Run("export", Dir, "--from-seq", "2").Out, File.ReadAllText(Temp["out"]));
        var again = Run("export", Dir, "-o", Temp["out"]);
        Assert.Equal((3, $"durable-log: '{Temp["out"]}' exists. Remove it, or choose another name.\n"), (again.Exit, again.Error));
        Assert.Single(File.ReadAllLines(Temp["out"]));
    }

    [Fact]
    public void A_file_that_could_not_be_finished_is_removed()
    {
        Assert.Equal(3, Run("export", Temp["none"], "-o", Temp["out"]).Exit);
        Assert.False(File.Exists(Temp["out"]));
    }

    [Fact]
    public void What_is_missing_is_said_beside_the_lines()
    {
        Plant(Sealed(new SegmentText(11, "bbbbbbbb").Commit(2).Seal()));
        var ran = Run("export", Dir);
        Assert.Equal(2, ran.Lines.Length);
        Assert.Contains("events 1 to 10 are not there", ran.Error);
    }
}
