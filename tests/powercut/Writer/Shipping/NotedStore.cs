using SegmentShipper;

namespace DurableSink.PowerCut.Shipping;

/// <summary>When the target says of an object that it is there.</summary>
internal enum PutAt
{
    /// <summary>When it is whole and durable: what the rig is here to check.</summary>
    Standing,

    /// <summary>As soon as it is asked to, and a while before it is: a lie that the rig must notice (see <c>teeth</c>).</summary>
    Begun,
}

/// <summary>A target that lists each object when its put is begun, and when it stands.</summary>
internal sealed class NotedStore(IObjectStore inner, AcknowledgementFile notes, PutAt answer) : IObjectStore
{
    private static readonly TimeSpan Late = TimeSpan.FromMilliseconds(200);

    public string Location => inner.Location;

    public async ValueTask<PutResult> PutIfAbsentAsync(string key, ObjectContent content, CancellationToken cancellationToken = default)
    {
        notes.Add(ObjectNotes.Begun, key);
        if (answer == PutAt.Standing) return await PutAsync(key, content, cancellationToken);
        var bytes = new MemoryStream();
        await content.Stream.CopyToAsync(bytes, cancellationToken);
        bytes.Position = 0;
        _ = PutLateAsync(key, new() { Stream = bytes, Length = content.Length, Sha256 = content.Sha256, Md5 = content.Md5, ContentType = content.ContentType });
        return PutResult.Created;
    }

    public ValueTask<ObjectDescription?> HeadAsync(string key, CancellationToken cancellationToken = default) => inner.HeadAsync(key, cancellationToken);

    public ValueTask<Stream> OpenReadAsync(string key, CancellationToken cancellationToken = default) => inner.OpenReadAsync(key, cancellationToken);

    public IAsyncEnumerable<ListedObject> ListAsync(string? folder, CancellationToken cancellationToken = default) => inner.ListAsync(folder, cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private async ValueTask<PutResult> PutAsync(string key, ObjectContent content, CancellationToken cancellationToken)
    {
        var result = await inner.PutIfAbsentAsync(key, content, cancellationToken);
        notes.Add(ObjectNotes.Standing, key);
        return result;
    }

    private async Task PutLateAsync(string key, ObjectContent content)
    {
        await Task.Delay(Late);
        await PutAsync(key, content, default);
    }
}
