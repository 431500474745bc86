using DurableSink.Storage;
using Xunit;

namespace DurableSink.Tests.Storage;

public sealed class SimulatedFaultTests : SimulatedDriveTest
{
    [Fact]
    public void Every_call_of_a_file_and_a_directory_fails_on_demand()
    {
        var file = DurableFile();
        file.Write(0, Blocks('a'));
        var directory = Open();
        var into = AlignedMemory.Allocate(Block);
        var calls = new (DriveCall, string, Action)[]
        {
            (DriveCall.Write, "pwrite", () => file.Write(0, Blocks('b'))),
            (DriveCall.WriteDurable, "pwritev2", () => file.TryWriteDurable(0, Blocks('b'))),
            (DriveCall.Flush, "fdatasync", file.Flush),
            (DriveCall.FlushAll, "fsync", file.FlushAll),
            (DriveCall.Read, "pread", () => file.Read(0, into.Span)),
            (DriveCall.Truncate, "ftruncate", () => file.Truncate(0)),
            (DriveCall.Reserve, "fallocate", () => file.TryReserve(0, Block)),
            (DriveCall.DirectoryFlush, "fsync", directory.Flush),
            (DriveCall.Rename, "renameat2", () => directory.Rename("a", "b")),
            (DriveCall.Create, "openat", () => directory.Create("c", Access.Segment)),
            (DriveCall.Delete, "unlinkat", () => directory.Delete("a")),
            (DriveCall.Open, "openat", () => directory.Open("a", Access.Segment, write: false)),
        };
        foreach (var (call, operation, action) in calls)
        {
            var before = Drive.Calls(call);
            Drive.FailNext(call, Errno.EIO);
            var error = Assert.Throws<DurableIOException>(action);
            Assert.Equal((operation, Errno.EIO), (error.Operation, error.Errno));
            Assert.StartsWith(Root, error.Path, StringComparison.Ordinal);
            Assert.Equal(before + 1, Drive.Calls(call));
        }
        Assert.Equal("a4096", Runs(Drive)); // none of them did anything
        Assert.Equal(["a"], directory.List());
        Assert.Equal("", AfterCut());
        into.Dispose();
    }

    [Fact]
    public void Failures_are_chosen_by_name_and_number()
    {
        var (a, b) = (DurableFile("a"), DurableFile("b"));
        Drive.FailNext(DriveCall.Write, Errno.ENOSPC, count: 2, name: name => name == "c", skip: 1);
        a.Write(0, Blocks('a'));
        Open().Rename("b", "c"); // the name that stands counts
        b.Write(0, Blocks('b'));
        Assert.Equal(Errno.ENOSPC, ErrnoOf(() => b.Write(0, Blocks('b'))));
        a.Write(0, Blocks('a'));
        Assert.Equal(Errno.ENOSPC, ErrnoOf(() => b.Write(0, Blocks('b'))));
        b.Write(0, Blocks('b'));

        Drive.FailNext(DriveCall.Write, Errno.EIO, count: 100);
        Drive.FailNoMore();
        b.Write(0, Blocks('b'));
    }

    [Fact]
    public void A_failed_flush_hardens_nothing_and_the_next_one_may()
    {
        var file = DurableFile();
        file.Write(0, Blocks('a'));
        Drive.FailNext(DriveCall.Flush, Errno.EIO);
        Assert.Equal(Errno.EIO, ErrnoOf(file.Flush));
        Assert.Equal("", AfterCut());
        file.Flush();
        Assert.Equal("a4096", AfterCut());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_flush_that_loses_data_loses_every_file_s_and_the_next_one_succeeds_for_nothing(bool readsShowIt)
    {
        Drive.ReadsShowLostData = readsShowIt;
        var (a, b) = (DurableFile("a"), DurableFile("b"));
        a.Write(0, Blocks('o', 2));
        a.Flush();
        a.Write(Block, Blocks('a'));
        b.Write(0, Blocks('b'));
        Drive.FailNext(DriveCall.Flush, Errno.EIO, loseUnflushed: true);
        Assert.Equal(Errno.EIO, ErrnoOf(a.Flush));

        Assert.Equal(readsShowIt ? "o4096 a4096" : "o8192", Runs(Drive));
        Assert.Equal(readsShowIt ? "b4096" : ".4096", Runs(Drive, "b"));
        a.Flush();
        b.Flush();
        Assert.Equal("o8192", AfterCut());
        Assert.Equal(".4096", AfterCut(name: "b")); // the length was the file system's own

        a.DropCache();
        Assert.Equal("o8192", Runs(Drive));
        a.Write(Block, Blocks('c')); // what is written now is written again
        a.Flush();
        Assert.Equal("o4096 c4096", AfterCut());
    }

    [Fact]
    public void A_failing_write_may_tear()
    {
        foreach (var tear in Enum.GetValues<Tear>())
        {
            var file = DurableFile($"{tear}");
            file.Write(0, Blocks('o'));
            Drive.FailNext(DriveCall.Write, Errno.EIO, tear: tear);
            Assert.Equal(Errno.EIO, ErrnoOf(() => file.Write(0, Blocks('a'))));
        }
        Assert.Equal("o4096", Runs(Drive, $"{Tear.Nothing}"));
        Assert.Equal("a4096", Runs(Drive, $"{Tear.Everything}"));
        Assert.Matches("^(a[0-9]+ )?o[0-9]+$", Runs(Drive, $"{Tear.Prefix}")!);
        Assert.Matches("o.*a|a.*o.*a", Runs(Drive, $"{Tear.RandomSectors}")!);
        Assert.DoesNotMatch("[oa][0-9]{3}", Runs(Drive, $"{Tear.Garbage}")!);
    }

    [Fact]
    public void A_torn_write_beyond_the_end_moves_the_end_only_as_far_as_it_came()
    {
        var file = DurableFile();
        Drive.FailNext(DriveCall.Write, 0, tear: Tear.Prefix);
        var error = Assert.Throws<DurableIOException>(() => file.Write(0, Blocks('a', 4)));
        Assert.Equal(0, error.Errno);
        Assert.Contains("short write", error.Message, StringComparison.Ordinal);
        Assert.True(file.Length < 4 * Block);
        Assert.Equal(0, file.Length % 512);
    }

    [Fact]
    public void A_full_drive_takes_what_fits_then_nothing_until_there_is_room()
    {
        Drive.CapacityBytes = 3 * Block;
        var file = DurableFile();
        Assert.True(file.TryReserve(0, 2 * Block));
        Assert.Equal(0, file.Length);
        Assert.Equal(Errno.ENOSPC, ErrnoOf(() => file.TryReserve(0, 4 * Block)));

        var other = DurableFile("b");
        Assert.Equal(Errno.ENOSPC, ErrnoOf(() => other.Write(0, Blocks('b', 2)))); // one block of two fits
        Assert.Equal("b4096", Runs(Drive, "b"));
        Assert.Equal(Errno.ENOSPC, ErrnoOf(() => other.Write(Block, Blocks('b'))));
        file.Write(0, Blocks('a', 2)); // in reserved room
        other.Write(0, Blocks('c')); // over what it has
        Assert.Equal(3 * Block, Drive.UsedBytes);

        other.Dispose();
        Open().Delete("b");
        file.Write(2 * Block, Blocks('a'));
        file.Truncate(Block);
        Assert.Equal(Block, Drive.UsedBytes);
    }
}
