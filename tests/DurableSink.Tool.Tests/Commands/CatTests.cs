using System.Text.Json;
using DurableSink.Tests.Segments;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.Tooling.Commands;

public sealed class CatTests : ToolTest
{
    [Fact]
    public void Shows_time_level_category_message_properties_and_exception()
    {
        Write(new DurableEvent("User {UserId} paid {Amount:0.00}")
        {
            Timestamp = new(2026, 11, 20, 8, 0, 1, 234, TimeSpan.Zero),
            Level = LogLevel.Error,
            Properties = [new("UserId", 42), new("Amount", 3.5), new("SourceContext", "Shop.Pay"), new("@at", "x")],
            Exception = new InvalidOperationException("first\nsecond"),
        });
        Assert.Equal(["2026-11-20 08:00:01.234Z ERR Shop.Pay: User 42 paid 3.50 @at=x #1", "    System.InvalidOperationException: first", "    second"], Run("cat", Dir).Lines);
    }

    [Theory]
    [InlineData("{{not}} {Id}", "{not} 7")]
    [InlineData("{Id,5}|{Id,-5}|", "    7|7    |")]
    [InlineData("{Missing} {Id", "{Missing} {Id")]
    [InlineData("}} { } {", "} { } {")]
    [InlineData("a\nb\u001b[31m\u202e", "a\\nb\\u001b[31m\\u202e")]
    public void Templates_are_filled_and_cannot_command_the_terminal(string template, string expected)
    {
        Write(new DurableEvent(template) { Properties = [new("Id", 7), new("SourceContext", "C")] });
        Assert.StartsWith(expected, Run("cat", Dir).Lines[0].Split("C: ", 2)[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_come_as_they_stand_in_the_log()
    {
        var text = new SegmentText().Commit(10).Seal();
        Plant(Sealed(text));
        var lines = Run("cat", Dir, "--json").Lines;
        Assert.Equal(Enumerable.Range(1, 10).Select(n => System.Text.Encoding.UTF8.GetString(text.Line(n))), lines);
    }

    [Theory]
    [InlineData("", "1-30")]
    [InlineData("--from-seq 25", "25-30")]
    [InlineData("--from-seq 5 --to-seq 12", "5-12")]
    [InlineData("--to-seq 1", "1-1")]
    [InlineData("--from-seq 31", "")]
    [InlineData("--limit 3", "1-3")]
    [InlineData("--from-seq 9 --limit 3", "9-11")]
    [InlineData("--since 2026-11-20T08:00:25", "25-30")]
    [InlineData("--since 2026-11-20T09:00:25+01:00", "25-30")]
    [InlineData("--until 2026-11-20T08:00:02Z", "1-2")]
    [InlineData("--since 2026-11-20T08:00:09 --until 2026-11-20T08:00:12", "9-12")]
    [InlineData("--since 2026-11-21", "")]
    [InlineData("--since 10s", "20-30")]
    public void Chooses_by_number_and_time(string options, string expected)
    {
        Clock = new StandingClock(FixedTime.Start.AddSeconds(30));
        Plant(Three());
        Assert.Equal(expected, Numbers(Run(["cat", Dir, "--json", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)])));
    }

    [Fact]
    public void Segments_outside_of_a_time_are_not_read()
    {
        Plant(Three());
        var middle = Path.Combine(Dir, Three()[1].Name);
        var bytes = File.ReadAllBytes(middle);
        bytes.AsSpan(bytes.Length / 4, 64).Fill((byte)'x');
        File.WriteAllBytes(middle, bytes);
        Assert.Contains("not there", Run("cat", Dir).Out);
        var ran = Run("cat", Dir, "--json", "--since", "2026-11-20T08:00:22");
        Assert.Equal(("22-30", ""), (Numbers(ran), ran.Error)); // no word of the damage
    }

    [Fact]
    public void A_clock_that_stepped_hides_nothing()
    {
        foreach (var hour in new[] { 10, 8, 9, 7 })
            Write(new DurableEvent("m") { Timestamp = new(2026, 11, 20, hour, 0, 0, TimeSpan.Zero) }, new DurableEvent("m") { Timestamp = new(2026, 11, 20, hour, 30, 0, TimeSpan.Zero) });
        var shown = Run("cat", Dir, "--since", "2026-11-20T08:15", "--until", "2026-11-20T09:15");
        Assert.Equal(["08:30 #4", "09:00 #5"], shown.Lines.Select(l => $"{l[11..16]} {l.Split(' ')[^1]}"));
    }

    [Fact]
    public void Filters_by_level_category_and_property()
    {
        Write(
            Event("Shop.Orders", LogLevel.Debug, 1), Event("Shop.Orders.Pay", LogLevel.Warning, 2), Event("Shop.Web", LogLevel.Critical, 3),
            Event("Other", LogLevel.Information, 2));
        Assert.Equal("2-4", Numbers(Run("cat", Dir, "--json", "--level", "information")));
        Assert.Equal("2-3", Numbers(Run("cat", Dir, "--json", "--level", "Warning")));
        Assert.Equal("3-3", Numbers(Run("cat", Dir, "--json", "--level", "Fatal")));
        Assert.Equal("1-2", Numbers(Run("cat", Dir, "--json", "--category", "Shop.Orders")));
        Assert.Equal("2-2", Numbers(Run("cat", Dir, "--json", "--category", "Shop", "--property", "User=2")));
        Assert.Equal("2-2", Numbers(Run("cat", Dir, "--json", "--property", "User=2", "--property", "@l=Warning")));
        Assert.Equal("", Numbers(Run("cat", Dir, "--json", "--property", "User=02")));
    }

    [Fact]
    public void What_is_missing_is_said_between_the_events_and_beside_the_lines()
    {
        Plant(Sealed(new SegmentText(11, "bbbbbbbb").Commit(2).Seal()), Active(new SegmentText(31, "cccccccc").Commit(1)));
        var shown = Run("cat", Dir).Lines;
        Assert.StartsWith("-- events 1 to 10 are not there", shown[0], StringComparison.Ordinal);
        Assert.StartsWith("-- events 13 to 30 are not there", shown[3], StringComparison.Ordinal);
        var ran = Run("cat", Dir, "--json");
        Assert.Equal(3, ran.Lines.Length);
        Assert.Equal(2, ran.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(["-- event 13 is not there: removed, or lost to damage (durable-log verify tells which)"], Run("cat", Dir, "--from-seq", "13", "--to-seq", "13").Lines);
    }

    [Fact]
    public void Reads_single_files_wherever_they_lie_and_whatever_their_state()
    {
        var sealedOne = new SegmentText(1, "aaaaaaaa").Commit(10).Seal();
        var broken = sealedOne.Exact();
        broken[sealedOne.Lines[4].Offset + 90] ^= 1;
        Plant(Sealed(sealedOne), Active(new SegmentText(11, "bbbbbbbb").Commit(5), 8192), (sealedOne.Name.Damaged, broken));
        File.Copy(Path.Combine(Dir, sealedOne.Name.Sealed), Temp["copy.txt"]);
        Assert.Equal("1-10", Numbers(Run("cat", "--json", Temp["copy.txt"])));
        Assert.Equal("6-10", Numbers(Run("cat", "--json", "--from-seq", "6", Path.Combine(Dir, sealedOne.Name.Sealed))));
        Assert.Equal("11-15", Numbers(Run("cat", "--json", Path.Combine(Dir, "orders-00000000000000000011-bbbbbbbb.clef.active"))));
        var ran = Run("cat", "--json", Path.Combine(Dir, sealedOne.Name.Damaged));
        Assert.Equal(9, ran.Lines.Length);
        Assert.Contains("event 4 is not there", ran.Error);
    }

    [Fact]
    public void Reading_changes_nothing_in_the_directory()
    {
        Plant(Three());
        var before = Snapshot();
        Run("cat", Dir);
        Run("ls", Dir);
        Assert.Equal(before, Snapshot());
    }

    private static (string Name, byte[] Bytes)[] Three() =>
    [
        Sealed(new SegmentText(1, "aaaaaaaa").Commit(10).Seal()), Sealed(new SegmentText(11, "bbbbbbbb").Commit(10).Seal()),
        Active(new SegmentText(21, "cccccccc").Commit(10)),
    ];

    private static DurableEvent Event(string category, LogLevel level, int user) =>
        new("m") { Level = level, Properties = [new("SourceContext", category), new("User", user)] };

    private static string Numbers(Ran ran)
    {
        Assert.Equal(0, ran.Exit);
        var numbers = ran.Lines.Select(l => JsonDocument.Parse(l).RootElement.GetProperty("@seq").GetInt64()).ToList();
        if (numbers.Count == 0) return "";
        Assert.Equal(numbers, numbers.Order().Distinct());
        return $"{numbers[0]}-{numbers[^1]}";
    }
}
