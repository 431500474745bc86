namespace SegmentShipper;

/// <summary>
/// Where segments go: named objects that are written once and never changed. All members may be called from any thread and at the same
/// time. An object becomes visible whole or not at all, and is durable when it was told to be created, or described.
/// <c>tests/SegmentShipper.Tests/Conformance</c> holds the suite that every implementation must pass.
/// </summary>
public interface IObjectStore : IAsyncDisposable
{
    /// <summary>Where it is, for messages: <c>s3://bucket</c>, or a directory's path. No credentials in it.</summary>
    string Location { get; }

    /// <summary>
    /// Writes an object if there is none of that key. Never replaces one, whoever else writes at the same time: of several writers one
    /// gets <see cref="PutResult.Created"/>.
    /// </summary>
    /// <param name="key">Its name: parts joined by <c>/</c>, each of letters, digits and <c>. _ - =</c>.</param>
    /// <param name="content">What it holds. It is checked on arrival against <see cref="ObjectContent.Sha256"/> or
    /// <see cref="ObjectContent.Md5"/>, as far as the store can: other bytes never become visible.</param>
    /// <param name="cancellationToken">Gives up; whether the object was made is not known then.</param>
    /// <exception cref="ObjectStoreException">It failed. Whether the object was made is not known: ask <see cref="HeadAsync"/>.</exception>
    ValueTask<PutResult> PutIfAbsentAsync(string key, ObjectContent content, CancellationToken cancellationToken = default);

    /// <summary>What the store says of an object; null where there is none.</summary>
    /// <exception cref="ObjectStoreException">The store could not be asked.</exception>
    ValueTask<ObjectDescription?> HeadAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>Reads an object's bytes. The caller disposes the stream; a failure while it reads is an <see cref="IOException"/>.</summary>
    /// <exception cref="ObjectStoreException">There is none (<see cref="ObjectStoreError.NotFound"/>), or it cannot be read.</exception>
    ValueTask<Stream> OpenReadAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>All objects whose key begins with <paramref name="folder"/> and a <c>/</c>, in the order of their keys (ordinal). What is made or goes while
    /// it is listed may be there or not.</summary>
    /// <param name="folder">Parts joined by <c>/</c>; null for all there are.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ObjectStoreException">The store could not be asked.</exception>
    IAsyncEnumerable<ListedObject> ListAsync(string? folder, CancellationToken cancellationToken = default);
}

/// <summary>An object in a listing.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Length">Bytes.</param>
public sealed record ListedObject(string Key, long Length);

/// <summary>What became of a conditional put.</summary>
public enum PutResult
{
    /// <summary>The object was made by this call.</summary>
    Created,

    /// <summary>An object of this key was there. Whose it is, this does not say: it may be one's own, of an attempt whose answer was lost.</summary>
    Exists,
}
