namespace SegmentShipper.Tests;

/// <summary>A store that does what a test says before, after or instead of the real one.</summary>
internal sealed class ScriptedStore(IObjectStore inner) : IObjectStore
{
    /// <summary>Before a put; may throw.</summary>
    public Func<string, Task>? BeforePut { get; set; }

    /// <summary>After a put that succeeded, before its answer; may throw, as when an answer is lost.</summary>
    public Func<string, Task>? AfterPut { get; set; }

    public Func<string, ObjectDescription?, ObjectDescription?>? OnHead { get; set; }

    /// <summary>Each call in order, as <c>put key</c>.</summary>
    public List<string> Calls { get; } = [];

    public string Location => inner.Location;

    public async ValueTask<PutResult> PutIfAbsentAsync(string key, ObjectContent content, CancellationToken cancellationToken = default)
    {
        Note($"put {key}");
        if (BeforePut is { } before) await before(key);
        var result = await inner.PutIfAbsentAsync(key, content, cancellationToken);
        if (AfterPut is { } after) await after(key);
        return result;
    }

    public async ValueTask<ObjectDescription?> HeadAsync(string key, CancellationToken cancellationToken = default)
    {
        Note($"head {key}");
        var found = await inner.HeadAsync(key, cancellationToken);
        return OnHead is { } change ? change(key, found) : found;
    }

    public ValueTask<Stream> OpenReadAsync(string key, CancellationToken cancellationToken = default)
    {
        Note($"read {key}");
        return inner.OpenReadAsync(key, cancellationToken);
    }

    public IAsyncEnumerable<ListedObject> ListAsync(string? folder, CancellationToken cancellationToken = default)
    {
        Note($"list {folder}");
        return inner.ListAsync(folder, cancellationToken);
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    public static ObjectStoreException Down() => new(ObjectStoreError.Unreachable, "The store is down (simulated).");

    private void Note(string call)
    {
        lock (Calls) Calls.Add(call);
    }
}
