using System.Security.Cryptography;
using Xunit;

namespace SegmentShipper.Tests.Conformance;

/// <summary>What every <see cref="IObjectStore"/> must do. An implementation's tests derive from it; each test gets keys of its own.</summary>
public abstract class ObjectStoreConformance
{
    private readonly string _prefix = $"conformance/{Guid.NewGuid():N}";

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A store to test, or a skip that says why there is none. More than one may be made of one place.</summary>
    protected abstract IObjectStore Store();

    /// <summary>Whether the store keeps <see cref="ObjectContent.Metadata"/>.</summary>
    protected abstract bool KeepsMetadata { get; }

    /// <summary>Whether the store lets one of several racing writers win (else the last of them does, where nothing was before).</summary>
    protected virtual bool IsAtomic => true;

    [Fact]
    public async Task What_was_put_is_described_and_read()
    {
        await using var store = Store();
        var bytes = Bytes(100_000);
        Assert.Equal(PutResult.Created, await store.PutIfAbsentAsync(Key("a/b=c/d-e.clef"), Content(bytes), Token));

        var found = await store.HeadAsync(Key("a/b=c/d-e.clef"), Token);
        Assert.Equal(bytes.Length, found!.Length);
        Assert.Equal(KeepsMetadata ? "deadbeef" : null, found.Metadata.GetValueOrDefault("segment-id"));
        if (found.Md5 is { } md5) Assert.Equal(Convert.ToHexStringLower(MD5.HashData(bytes)), md5);
        Assert.Equal(bytes, await ReadAsync(store, "a/b=c/d-e.clef"));
    }

    [Fact]
    public async Task What_is_not_there_is_not_described()
    {
        await using var store = Store();
        Assert.Null(await store.HeadAsync(Key("none"), Token));
        Assert.Null(await store.HeadAsync(Key("no/such/place"), Token));
    }

    [Fact]
    public async Task What_is_not_there_cannot_be_read()
    {
        await using var store = Store();
        var failure = await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.OpenReadAsync(Key("none"), Token));
        Assert.Equal(ObjectStoreError.NotFound, failure.Error);
    }

    [Fact]
    public async Task D6_what_is_there_is_never_replaced()
    {
        await using var store = Store();
        var first = Bytes(5_000);
        Assert.Equal(PutResult.Created, await store.PutIfAbsentAsync(Key("x"), Content(first), Token));
        Assert.Equal(PutResult.Exists, await store.PutIfAbsentAsync(Key("x"), Content(Bytes(7_000)), Token));
        Assert.Equal(PutResult.Exists, await store.PutIfAbsentAsync(Key("x"), Content(first), Token));
        Assert.Equal(first, await ReadAsync(store, "x"));
    }

    [Fact]
    public async Task D6_of_several_writers_one_wins()
    {
        if (!IsAtomic) Assert.Skip("This store refuses conditional writes; who writes a segment's key is alone by the directory's lock.");
        var contents = Enumerable.Range(0, 8).Select(i => Bytes(20_000 + i)).ToList();
        var results = await Task.WhenAll(contents.Select(async content =>
        {
            await using var store = Store();
            return await store.PutIfAbsentAsync(Key("race"), Content(content), Token);
        }));

        Assert.Single(results, PutResult.Created);
        await using var reader = Store();
        Assert.Equal(contents[Array.IndexOf(results, PutResult.Created)], await ReadAsync(reader, "race"));
    }

    [Fact]
    public async Task Bytes_that_are_not_the_announced_ones_never_become_visible()
    {
        await using var store = Store();
        var sent = Bytes(9_000);
        var announced = Content(Bytes(9_000));
        await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.PutIfAbsentAsync(Key("wrong"), new()
        {
            Stream = new MemoryStream(sent),
            Length = sent.Length,
            Sha256 = announced.Sha256,
            Md5 = announced.Md5,
            ContentType = announced.ContentType,
        }, Token));
        Assert.Null(await store.HeadAsync(Key("wrong"), Token));
    }

    [Fact]
    public async Task A_put_that_was_given_up_is_not_seen_in_part()
    {
        await using var store = Store();
        using var ends = new CancellationTokenSource();
        var bytes = Bytes(3 << 20);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await store.PutIfAbsentAsync(Key("given-up"), Content(bytes, new StreamThatCancels(bytes, ends)), ends.Token));
        Assert.Null(await store.HeadAsync(Key("given-up"), Token));
        Assert.Equal(PutResult.Created, await store.PutIfAbsentAsync(Key("given-up"), Content(bytes), Token));
        Assert.Equal(bytes, await ReadAsync(store, "given-up"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData((17 << 20) + 5)]
    public async Task Any_length_arrives_whole(int length)
    {
        await using var store = Store();
        var bytes = Bytes(length);
        Assert.Equal(PutResult.Created, await store.PutIfAbsentAsync(Key($"length-{length}"), Content(bytes), Token));
        Assert.Equal(length, (await store.HeadAsync(Key($"length-{length}"), Token))!.Length);
        Assert.Equal(bytes, await ReadAsync(store, $"length-{length}"));
    }

    [Fact]
    public async Task What_was_put_is_listed_in_the_order_of_keys()
    {
        await using var store = Store();
        string[] names = ["a-b/z", "a.b", "a/b=c/1", "a/b=c/2", "a/d", "b"];
        foreach (var name in names.Reverse()) await store.PutIfAbsentAsync(Key(name), Content(Bytes(name.Length)), Token);
        var all = await ListAsync(store, _prefix);
        Assert.Equal(names.Select(Key), all.Select(found => found.Key));
        Assert.Equal(names.Select(name => (long)name.Length), all.Select(found => found.Length));
        Assert.Equal(["a/b=c/1", "a/b=c/2", "a/d"], (await ListAsync(store, Key("a"))).Select(found => found.Key[(_prefix.Length + 1)..]));
        Assert.Empty(await ListAsync(store, Key("none")));
        Assert.Empty(await ListAsync(store, Key("b")));
        Assert.Superset(all.ToHashSet(), (await ListAsync(store, null)).ToHashSet());
    }

    protected static async Task<List<ListedObject>> ListAsync(IObjectStore store, string? folder)
    {
        var all = new List<ListedObject>();
        await foreach (var found in store.ListAsync(folder, Token)) all.Add(found);
        return all;
    }

    protected static ObjectContent Content(byte[] bytes, Stream? stream = null) => new()
    {
        Stream = stream ?? new MemoryStream(bytes),
        Length = bytes.Length,
        Sha256 = SHA256.HashData(bytes),
        Md5 = MD5.HashData(bytes),
        ContentType = "application/x-ndjson",
        Metadata = new Dictionary<string, string> { ["segment-id"] = "deadbeef" },
    };

    protected static byte[] Bytes(int length) => length == 0 ? [] : RandomNumberGenerator.GetBytes(length);

    protected string Key(string name) => $"{_prefix}/{name}";

    protected async Task<byte[]> ReadAsync(IObjectStore store, string name)
    {
        await using var stream = await store.OpenReadAsync(Key(name), Token);
        using var all = new MemoryStream();
        await stream.CopyToAsync(all, Token);
        return all.ToArray();
    }

    /// <summary>Cancels when half of it was read.</summary>
    private sealed class StreamThatCancels(byte[] bytes, CancellationTokenSource ends) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count)
        {
            if (Position > Length / 2) ends.Cancel();
            return base.Read(buffer, offset, count);
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position > Length / 2) ends.Cancel();
            cancellationToken.ThrowIfCancellationRequested();
            return base.ReadAsync(buffer, cancellationToken);
        }
    }
}
