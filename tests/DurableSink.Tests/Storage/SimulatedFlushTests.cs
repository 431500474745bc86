using DurableSink.Storage;
using Xunit;

namespace DurableSink.Tests.Storage;

// Rule 2, and what a flush covers.
public sealed class SimulatedFlushTests : SimulatedDriveTest
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_flush_covers_what_others_wrote_directly_only_where_the_drive_s_cache_is_flushed_as_a_whole(bool perFile)
    {
        Drive.FlushIsPerFile = perFile;
        var (a, b) = (DurableFile("a"), DurableFile("b"));
        a.Write(0, Blocks('o'));
        a.Flush();
        a.Write(0, Blocks('a'));
        b.Write(0, Blocks('b'));
        b.Flush();
        Assert.Equal("b4096", AfterCut(name: "b"));
        Assert.Equal(perFile ? "o4096" : "a4096", AfterCut(name: "a"));
    }

    [Fact]
    public void Another_file_s_length_and_page_cache_are_not_the_drive_s_to_flush()
    {
        var (direct, plain) = (DurableFile("direct"), DurableFile("plain", Access.Plain));
        plain.Write(0, Blocks('o'));
        plain.Flush();
        plain.Write(0, Blocks('p'));
        direct.Write(0, Blocks('d')); // beyond the end
        DurableFile("other").Flush();
        Assert.Equal("o4096", AfterCut(name: "plain"));
        Assert.Equal("", AfterCut(name: "direct"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_durable_write_hardens_itself_and_with_forced_unit_access_nothing_else(bool forced)
    {
        Drive.ForceUnitAccess = forced;
        var file = DurableFile();
        file.Write(0, Blocks('o', 2));
        file.Flush();
        file.Write(0, Blocks('a'));
        Assert.True(file.TryWriteDurable(Block, Blocks('b')));
        Assert.Equal((forced ? "o4096" : "a4096") + " b4096", AfterCut());
        Assert.True(file.TryWriteDurable(2 * Block, Blocks('c'))); // with the length that reaches it
        Assert.Equal((forced ? "o4096" : "a4096") + " b4096 c4096", AfterCut());
    }

    [Fact]
    public void An_older_write_never_comes_back_over_a_durable_one()
    {
        Drive.ForceUnitAccess = true;
        var file = DurableFile();
        file.Write(0, Blocks('a'));
        file.TryWriteDurable(0, Blocks('b'));
        foreach (var mode in Enum.GetValues<CutMode>()) Assert.Equal(["b4096"], Outcomes(mode));
        file.Flush();
        Assert.Equal("b4096", AfterCut());
    }

    [Fact]
    public void What_was_cut_off_never_comes_back_below_a_durable_write()
    {
        Drive.ForceUnitAccess = true;
        var file = DurableFile();
        file.Write(0, Blocks('o', 2));
        file.Flush();
        file.Write(Block, Blocks('a'));
        file.Truncate(Block);
        file.TryWriteDurable(2 * Block, Blocks('c'));
        foreach (var mode in Enum.GetValues<CutMode>()) Assert.Equal(["o4096 .4096 c4096"], Outcomes(mode));
    }

    [Fact]
    public void A_flush_of_the_drive_s_cache_does_not_overtake_a_cut()
    {
        var file = DurableFile();
        file.Write(0, Blocks('o', 2));
        file.Flush();
        file.Truncate(0);
        file.Write(0, Blocks('a'));
        DurableFile("other").Flush();
        file.FlushAll();
        Assert.Equal("a4096", AfterCut());
    }

    [Fact]
    public void Data_whose_length_was_lost_does_not_show_when_the_file_grows_again()
    {
        DurableFile().Write(0, Blocks('a'));
        DurableFile("other").Flush(); // the sectors, not the length
        var after = Drive.PowerCut(CutMode.None, 0);
        Assert.Equal("", Runs(after));
        using var file = OpenOn(after).Open("a", Access.Segment, write: true);
        file.Write(Block, Blocks('b'));
        Assert.Equal(".4096 b4096", Runs(after));
    }

    [Fact]
    public void Where_the_platform_has_no_durable_write_nothing_is_written()
    {
        Drive.SupportsDurableWrites = false;
        var file = DurableFile();
        Assert.False(file.TryWriteDurable(0, Blocks('a')));
        Assert.Equal("", Runs(Drive));
    }

    [Fact]
    public void A_flush_does_not_cover_what_is_written_while_it_runs()
    {
        var file = DurableFile();
        file.Write(0, Blocks('o', 2));
        file.Flush();
        file.Write(0, Blocks('a'));
        Drive.Called += (call, _, _, _) =>
        {
            if (call == DriveCall.Flush) file.Write(Block, Blocks('b'));
        };
        file.Flush();
        Assert.Equal("a4096 b4096", Runs(Drive));
        Assert.Equal("a4096 o4096", AfterCut());
    }

    [Fact]
    public void A_held_flush_keeps_its_caller_waiting_and_nobody_else()
    {
        var file = DurableFile();
        file.Write(0, Blocks('a'));
        using var arrived = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        Drive.Called += (call, name, _, _) =>
        {
            if (call != DriveCall.Flush || name != "a") return;
            arrived.Set();
            release.Wait(TestContext.Current.CancellationToken);
        };
        var flusher = new Thread(file.Flush);
        flusher.Start();
        arrived.Wait(TestContext.Current.CancellationToken);
        DurableFile("b").Flush();
        Assert.Equal(2, Drive.Calls(DriveCall.Flush));
        release.Set();
        flusher.Join();
        Assert.Equal("a4096", AfterCut());
    }
}
