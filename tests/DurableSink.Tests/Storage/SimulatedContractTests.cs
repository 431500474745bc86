using DurableSink.Storage;
using Xunit;

namespace DurableSink.Tests.Storage;

public sealed class SimulatedContractTests : SimulatedDriveTest
{
    [Fact]
    public void A_misaligned_call_on_a_direct_file_is_a_bug()
    {
        var file = DurableFile();
        file.Write(0, Blocks('a'));
        Assert.True(file.IsDirect);
        Assert.Throws<InvalidOperationException>(() => file.Write(512, Blocks('a')));
        Assert.Throws<InvalidOperationException>(() => file.Write(0, Blocks('a')[..512]));
        Assert.Throws<InvalidOperationException>(() => file.Write(0, Blocks('a', 2).Slice(16, Block)));
        Assert.Throws<InvalidOperationException>(() => file.TryWriteDurable(512, Blocks('a')));
        Assert.Throws<InvalidOperationException>(() => file.Read(0, new byte[100]));
        Assert.Equal("a4096", Runs(Drive));
    }

    [Fact]
    public void Plain_files_and_buffered_segments_take_any_offset_and_length()
    {
        var plain = DurableFile("a", Access.Plain);
        Assert.Equal((false, 1), (plain.IsDirect, plain.Alignment));
        plain.Write(3, "xx"u8);
        Assert.Equal(".3 x2", Runs(Drive));

        Drive.IsDirect = false;
        var segment = DurableFile("b");
        Assert.Equal((false, 4096), (segment.IsDirect, segment.Alignment));
        segment.Write(0, "yy"u8);
        Assert.Equal("y2", Runs(Drive, "b"));
    }

    [Fact]
    public void Require_refuses_a_drive_without_direct_access()
    {
        Drive.IsDirect = false;
        var directory = Drive.OpenDirectory(Root, new(DirectIOMode.Require, default, default), create: true);
        Assert.Throws<DurableLogException>(() => directory.Create("a", Access.Segment));
        Assert.Empty(directory.List());
        directory.Create("b", Access.Plain);
    }

    [Fact]
    public void Reads_are_short_at_the_end()
    {
        var file = DurableFile();
        file.Write(0, Blocks('a', 2));
        file.Truncate(5000);
        using var into = AlignedMemory.Allocate(4 * Block);
        Assert.Equal(5000, file.Read(0, into.Span));
        Assert.Equal(904, file.Read(Block, into.Span));
        Assert.Equal(0, file.Read(2 * Block, into.Span));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Truncate(5001));
    }

    [Fact]
    public void Names_behave_as_in_a_real_directory()
    {
        Assert.Equal(Errno.ENOENT, ErrnoOf(() => Drive.OpenDirectory(Root, DirectorySettings.ForReading, create: false)));
        var directory = Open();
        var file = directory.Create("a", Access.Segment);
        directory.Create("taken", Access.Segment);
        Assert.Equal(Errno.EEXIST, ErrnoOf(() => directory.Create("a", Access.Segment)));
        Assert.Equal(Errno.EEXIST, ErrnoOf(() => directory.Rename("a", "taken")));
        Assert.Equal(Errno.ENOENT, ErrnoOf(() => directory.Rename("b", "c")));
        Assert.Equal(Errno.ENOENT, ErrnoOf(() => directory.Delete("b")));
        Assert.Equal(Errno.ENOENT, ErrnoOf(() => directory.Open("b", Access.Segment, write: true)));

        directory.Rename("a", "b");
        file.Write(0, Blocks('a')); // an open file follows its name
        Assert.Equal("a4096", Runs(Drive, "b"));
        Assert.Equal("/log/a", file.Path);
        using var reader = directory.Open("b", Access.Segment, write: false);
        Assert.Equal(Errno.EBADF, ErrnoOf(() => reader.Write(0, Blocks('a'))));

        Drive.OpenDirectory("/log/sub", DirectorySettings.ForReading, create: true);
        Assert.Equal(["b", "taken"], directory.List().Order(StringComparer.Ordinal));
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Length);
    }

    [Fact]
    public void A_rename_by_link_can_be_cut_in_half()
    {
        Drive.RenamesByLink = true;
        DurableFile().Dispose();
        var directory = Open();
        SimulatedDrive? half = null;
        Drive.Called += (call, _, _, _) =>
        {
            // The second flush: the new name is durable, the old one not yet gone for good.
            if (call == DriveCall.DirectoryFlush && directory.List().Count == 1) half = Drive.PowerCut(CutMode.None, 0);
        };
        directory.Rename("a", "b");
        Assert.Equal(["b"], OpenOn(Drive.PowerCut(CutMode.None, 0)).List());
        var found = OpenOn(half!);
        Assert.Equal(["a", "b"], found.List().Order(StringComparer.Ordinal));
        Assert.True(found.IsSameFile("a", "b"));
        Assert.False(directory.IsSameFile("a", "b"));
    }

    [Fact]
    public void The_lock_has_one_holder()
    {
        var directory = Open();
        var held = directory.TryLock("LOCK", "one", out _)!;
        Assert.Null(Open().TryLock("LOCK", "two", out var holder));
        Assert.Equal("one", holder);
        held.Dispose();
        using var second = Open().TryLock("LOCK", "two", out _);
        Assert.NotNull(second);
        held.Dispose(); // twice is once
        Assert.Null(Open().TryLock("LOCK", "three", out holder));
        Assert.Equal("two", holder);
        Assert.Contains("LOCK", directory.List());
    }

    [Fact]
    public void A_test_may_plant_files_and_damage()
    {
        Drive.Plant(Path(), "abc"u8);
        Assert.Equal("a1 b1 c1", AfterCut());
        Drive.Plant(Path(), "xy"u8);
        Assert.Equal("x1 y1", AfterCut());
        Assert.Null(Drive.Bytes(Path("none")));
    }

    [Fact]
    public void Two_images_have_one_fingerprint_only_where_all_that_is_found_is_the_same()
    {
        Drive.Plant(Path(), "abc"u8);
        Drive.SharedMemory.Create("kept", 8).Dispose();
        UInt128 Changed(Action<SimulatedDrive> change)
        {
            var image = Drive.PowerCut(CutMode.None, 1);
            change(image);
            return image.Fingerprint();
        }

        Assert.Equal(Changed(_ => { }), Drive.PowerCut(CutMode.All, 2).Fingerprint());
        UInt128[] different =
        [
            Drive.ProcessCrash().Fingerprint(), // with its memory
            Changed(_ => { }),
            Changed(image => image.Plant(Path(), "abd"u8)),
            Changed(image => image.Plant(Path(), "abc\0"u8)),
            Changed(image => OpenOn(image).Rename("a", "b")),
            Changed(image => image.Plant(Path("b"), "abc"u8)),
            Changed(image => image.Plant("/other/b", "abc"u8)),
            Changed(image => OpenOn(image).Open("a", Access.Segment, write: true).TryReserve(0, Block)),
            LinkedTwice(),
        ];
        Assert.Equal(different.Distinct(), different);
    }

    /// <summary>A rename by link, cut in half: one file under two names.</summary>
    private UInt128 LinkedTwice()
    {
        var linking = Drive.PowerCut(CutMode.None, 1);
        linking.RenamesByLink = true;
        UInt128? half = null;
        linking.Called += (call, _, _, _) =>
        {
            if (call == DriveCall.DirectoryFlush) half ??= linking.ProcessCrash().Fingerprint();
        };
        OpenOn(linking).Rename("a", "b");
        return half!.Value;
    }
}
