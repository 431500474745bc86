using DurableSink.Storage;
using Xunit;

namespace DurableSink.Tests.Storage;

public sealed class SimulatedPowerCutTests : SimulatedDriveTest
{
    [Fact]
    public void What_was_not_flushed_is_seen_but_lost()
    {
        var file = DurableFile();
        file.Write(0, Blocks('a'));
        Assert.Equal("a4096", Runs(Drive));
        Assert.Equal("", AfterCut());
        Assert.Equal("a4096", AfterCut(CutMode.All));
        file.Flush();
        Assert.Equal("a4096", AfterCut());
    }

    [Fact]
    public void An_overwrite_that_is_lost_leaves_the_old_content()
    {
        var file = DurableFile();
        file.Write(0, Blocks('a', 2));
        file.Flush();
        file.Write(Block, Blocks('b'));
        Assert.Equal("a4096 b4096", Runs(Drive));
        Assert.Equal("a8192", AfterCut());
    }

    [Fact]
    public void A_prefix_is_in_order_and_by_sector()
    {
        var file = DurableFile();
        file.Write(0, Blocks('o', 2));
        file.Flush();
        file.Write(Block, Blocks('a'));
        file.Write(0, Blocks('b'));
        var outcomes = Outcomes(CutMode.Prefix);
        Assert.Equal(17, outcomes.Count); // 0 to 16 sectors
        Assert.Contains("o8192", outcomes);
        Assert.Contains("o4096 a512 o3584", outcomes);
        Assert.Contains("b512 o3584 a4096", outcomes);
        Assert.Contains("b4096 a4096", outcomes);
        Assert.DoesNotContain(outcomes, o => o!.Contains('b', StringComparison.Ordinal) && !o.EndsWith(" a4096", StringComparison.Ordinal));
    }

    [Fact]
    public void Any_subset_of_sectors_may_survive()
    {
        var file = DurableFile();
        file.Write(0, Blocks('o'));
        file.Flush();
        file.Write(0, Blocks('b'));
        var outcomes = Outcomes(CutMode.Random);
        Assert.True(outcomes.Count > 50, $"Only {outcomes.Count} outcomes.");
        Assert.Contains(outcomes, o => o!.StartsWith('o') && o.EndsWith("b512", StringComparison.Ordinal)); // the last without the first
        Assert.All(outcomes, o => Assert.All(o!.Split(' '), run => Assert.Equal(0, int.Parse(run[1..]) % 512)));
    }

    [Fact]
    public void A_length_may_survive_without_its_data_which_reads_as_zeros_and_the_other_way_round()
    {
        var file = DurableFile();
        file.Write(0, Blocks('a'));
        var outcomes = Outcomes(CutMode.Random);
        Assert.Contains("", outcomes);
        Assert.Contains(".4096", outcomes);
        Assert.Contains("a4096", outcomes);
        Assert.All(outcomes, o => Assert.True(o!.Length == 0 || o.Split(' ').Sum(run => int.Parse(run[1..])) == Block));
    }

    [Fact]
    public void The_same_seed_leaves_the_same()
    {
        var file = DurableFile();
        file.Write(0, Blocks('a', 4));
        foreach (var mode in Enum.GetValues<CutMode>()) Assert.Equal(AfterCut(mode, seed: 7), AfterCut(mode, seed: 7));
    }

    [Fact]
    public void A_name_that_was_not_flushed_is_lost_with_its_data()
    {
        var directory = Open();
        var file = directory.Create("a", Access.Segment);
        file.Write(0, Blocks('a'));
        file.FlushAll();
        Assert.Null(AfterCut());
        directory.Flush();
        Assert.Equal("a4096", AfterCut());
    }

    [Fact]
    public void A_rename_that_was_not_flushed_is_lost()
    {
        DurableFile().Dispose();
        var directory = Open();
        directory.Rename("a", "b");
        Assert.Equal(["b"], directory.List());
        var before = Drive.PowerCut(CutMode.None, 0);
        Assert.Equal(["a"], OpenOn(before).List());
        directory.Flush();
        Assert.Equal(["b"], OpenOn(Drive.PowerCut(CutMode.None, 0)).List());
    }

    [Fact]
    public void A_deletion_that_was_not_flushed_is_undone()
    {
        var file = DurableFile();
        file.Write(0, Blocks('a'));
        file.Flush();
        var directory = Open();
        directory.Delete("a");
        Assert.Null(Runs(Drive));
        Assert.Equal("a4096", AfterCut());
        directory.Flush();
        Assert.Null(AfterCut());
    }

    [Fact]
    public void Names_survive_each_for_itself()
    {
        var directory = Open();
        directory.Create("a", Access.Segment).Dispose();
        directory.Create("b", Access.Segment).Dispose();
        var outcomes = Enumerable.Range(0, 100)
            .Select(seed => string.Concat(OpenOn(Drive.PowerCut(CutMode.Random, seed)).List().Order())).ToHashSet();
        Assert.Equal(["", "a", "ab", "b"], outcomes.Order());
    }

    [Fact]
    public void A_cut_of_a_file_needs_FlushAll()
    {
        var file = DurableFile();
        file.Write(0, Blocks('a', 2));
        file.Flush();
        file.Truncate(100);
        file.Flush();
        Assert.Equal("a100", Runs(Drive));
        Assert.Equal("a8192", AfterCut());
        file.FlushAll();
        Assert.Equal("a100", AfterCut());
    }

    [Fact]
    public void What_was_cut_off_does_not_come_back_when_the_file_grows_again()
    {
        var file = DurableFile(access: Access.Plain);
        file.Write(0, Blocks('a'));
        file.Truncate(100);
        file.Write(1000, "x"u8);
        Assert.Equal("a100 .900 x1", Runs(Drive));
        file.Flush(); // the length that reaches the x goes along, and the cut before it
        Assert.Equal("a100 .900 x1", AfterCut());
    }

    [Fact]
    public void A_process_crash_keeps_what_is_seen_and_frees_the_lock_but_hardens_nothing()
    {
        var file = DurableFile();
        file.Write(0, Blocks('a'));
        Open().Create("b", Access.Segment).Dispose();
        Assert.NotNull(Open().TryLock("LOCK", "me", out _));

        var after = Drive.ProcessCrash();
        Assert.Equal("a4096", Runs(after));
        var directory = OpenOn(after);
        Assert.Equal(["LOCK", "a", "b"], directory.List().Order(StringComparer.Ordinal));
        Assert.NotNull(directory.TryLock("LOCK", "you", out _));
        Assert.Equal(["a"], OpenOn(after.PowerCut(CutMode.None, 0)).List());

        using var again = directory.Open("a", Access.Segment, write: true);
        again.Flush(); // hardens what the crashed process wrote
        Assert.Equal("a4096", Runs(after.PowerCut(CutMode.None, 0)));
        Assert.Equal("", AfterCut()); // and the drive before the crash knows nothing of it
    }
}
