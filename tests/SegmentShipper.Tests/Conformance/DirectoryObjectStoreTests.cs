using DurableSink.Tests;
using DurableSink.Tests.Storage;
using Xunit;

namespace SegmentShipper.Tests.Conformance;

/// <summary>A directory of the machine's file system.</summary>
public sealed class DirectoryObjectStoreTests : ObjectStoreConformance, IDisposable
{
    private readonly TempDirectory _directory = new();

    protected override bool KeepsMetadata => false;

    protected override IObjectStore Store() => new DirectoryObjectStore(_directory["objects"]);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Only_objects_are_left()
    {
        await using var store = Store();
        await store.PutIfAbsentAsync(Key("a"), Content(Bytes(10)), Token);
        await store.PutIfAbsentAsync(Key("a"), Content(Bytes(11)), Token);
        var file = Assert.Single(Directory.GetFiles(_directory.Path, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }));
        Assert.Equal(store.Location + "/" + Key("a"), file);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a/../b")]
    [InlineData("a/.b")]
    [InlineData("a b")]
    [InlineData("a//b")]
    public async Task A_key_that_could_lead_elsewhere_is_refused(string key)
    {
        await using var store = Store();
        await Assert.ThrowsAsync<ArgumentException>(async () => await store.PutIfAbsentAsync(key, Content(Bytes(1)), Token));
    }
}

/// <summary>The same on a simulated drive, and on one that renames by link and unlink.</summary>
public sealed class SimulatedObjectStoreTests : ObjectStoreConformance
{
    private readonly SimulatedDrive _drive = new(1);

    protected override bool KeepsMetadata => false;

    protected override IObjectStore Store() => new DirectoryObjectStore("/objects", _drive);
}

public sealed class SimulatedLinkObjectStoreTests : ObjectStoreConformance
{
    private readonly SimulatedDrive _drive = new(1) { RenamesByLink = true };

    protected override bool KeepsMetadata => false;

    protected override IObjectStore Store() => new DirectoryObjectStore("/objects", _drive);
}
