using System.Security.Cryptography;
using DurableSink;
using DurableSink.Storage;
using SegmentShipper.Local;
using SegmentShipper.Objects;

namespace SegmentShipper;

/// <summary>
/// Objects as files below a directory: a mounted share, or another drive. An object is there under its name only when it is whole and
/// durable. Metadata are not kept: a segment says itself what it is.
/// </summary>
public sealed class DirectoryObjectStore : IObjectStore
{
    private const string PartSuffix = ".part";

    private static readonly DirectorySettings Settings = new(
        DirectIOMode.Auto, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead,
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute);

    private readonly ILogStorage _storage;
    private readonly string _root;

    /// <summary>A store in <paramref name="directory"/>, which is made when the first object is.</summary>
    public DirectoryObjectStore(string directory) : this(directory, LogStorage.ForThisPlatform()) { }

    internal DirectoryObjectStore(string directory, ILogStorage storage)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        _storage = storage;
    }

    /// <summary>The directory's full path.</summary>
    public string Location => _root;

    /// <inheritdoc/>
    public async ValueTask<PutResult> PutIfAbsentAsync(string key, ObjectContent content, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        var (path, name) = PlaceOf(key);
        try
        {
            using var directory = _storage.OpenDirectory(path, Settings, create: true);
            var isThere = directory.List().Contains(name);
            if (!isThere)
            {
                var part = $".{name}.{Guid.NewGuid():N}{PartSuffix}";
                await WriteAsync(directory, part, key, content, cancellationToken).ConfigureAwait(false);
                isThere = !TryName(directory, part, name);
                Harden(path);
            }

            RemoveLeftParts(directory, name);
            return isThere ? PutResult.Exists : PutResult.Created;
        }
        catch (DurableLogException failure)
        {
            throw Failure(key, "written", failure);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ObjectDescription?> HeadAsync(string key, CancellationToken cancellationToken = default)
    {
        var (path, name) = PlaceOf(key);
        try
        {
            if (Open(path, name, toFlush: true) is not { } file) return default;
            using (file)
            {
                // Whoever made it may have died before it was durable: what is told to be there must stay there.
                file.FlushAll();
                using (var directory = _storage.OpenDirectory(path, Settings, create: false)) RemoveLeftParts(directory, name);
                Harden(path);
                return new(new ObjectDescription(file.Length, new Dictionary<string, string>()));
            }
        }
        catch (DurableLogException failure)
        {
            throw Failure(key, "looked at", failure);
        }
    }

    /// <inheritdoc/>
    public ValueTask<Stream> OpenReadAsync(string key, CancellationToken cancellationToken = default)
    {
        var (path, name) = PlaceOf(key);
        try
        {
            return Open(path, name, toFlush: false) is { } file
                ? new(new LogFileStream(file))
                : throw new ObjectStoreException(ObjectStoreError.NotFound, $"There is no object '{key}' in '{_root}'.");
        }
        catch (DurableLogException failure)
        {
            throw Failure(key, "read", failure);
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<ListedObject> ListAsync(string? folder, CancellationToken cancellationToken = default)
    {
        if (folder is not null && !ObjectKeys.IsValid(folder)) throw new ArgumentException($"'{folder}' begins no key. Allowed: parts of A-Z a-z 0-9 . _ - =, not beginning with a dot, joined by /.", nameof(folder));
        return ListBelow(folder).ToAsyncEnumerable();
    }

    /// <summary>Holds nothing open.</summary>
    public ValueTask DisposeAsync() => default;

    /// <summary>Writes a durable file that nobody looks for; leaves none where that fails.</summary>
    private static async ValueTask WriteAsync(ILogDirectory directory, string part, string key, ObjectContent content, CancellationToken cancellationToken)
    {
        using var file = directory.Create(part, Access.Plain);
        try
        {
            using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            using var into = new LogFileWriteStream(file);
            var buffer = new byte[256 << 10];
            while (await content.Stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and var count)
            {
                sha256.AppendData(buffer, 0, count);
                into.Write(buffer.AsSpan(0, count));
            }

            var hash = sha256.GetHashAndReset();
            if (into.Length != content.Length || !hash.AsSpan().SequenceEqual(content.Sha256.Span))
            {
                throw new ObjectStoreException(ObjectStoreError.Corrupted,
                    $"'{key}' was to be written to '{directory.Path}' with {content.Length} bytes, SHA-256 {Convert.ToHexStringLower(content.Sha256.Span)}, but " +
                    $"{into.Length} bytes came, {Convert.ToHexStringLower(hash)}. It was not kept.");
            }

            file.FlushAll();
            file.DropCache(); // who reads it back now reads what the drive holds
        }
        catch
        {
            Remove(directory, part);
            throw;
        }
    }

    /// <summary>False where the name is taken.</summary>
    private static bool TryName(ILogDirectory directory, string part, string name)
    {
        try
        {
            directory.Rename(part, name);
            return true;
        }
        catch (DurableIOException)
        {
            // Taken; or the part was removed by one who had taken it.
            var isTaken = directory.List().Contains(name) && !directory.IsSameFile(part, name);
            Remove(directory, part);
            if (isTaken) return false;
            throw;
        }
    }

    private IEnumerable<ListedObject> ListBelow(string? folder)
    {
        foreach (var (name, length) in EntriesOf(folder))
        {
            var key = folder is null ? name : $"{folder}/{name}";
            if (length is { } bytes) yield return new(key, bytes);
            else
                foreach (var below in ListBelow(key)) yield return below;
        }
    }

    /// <summary>Files with their lengths and directories without one, in the order of the keys that they are in.</summary>
    private List<(string Name, long? Length)> EntriesOf(string? folder)
    {
        var path = folder is null ? _root : Path.Combine([_root, .. folder.Split('/')]);
        try
        {
            using var directory = _storage.OpenDirectory(path, Settings, create: false);
            var files = directory.List().Where(ObjectKeys.IsValid).Select(name => (Name: name, Order: name, Length: LengthOf(directory, name))).Where(file => file.Length >= 0);
            var below = directory.ListDirectories().Where(ObjectKeys.IsValid).Select(name => (Name: name, Order: name + "/", Length: (long?)null));
            return [.. files.Concat(below).OrderBy(entry => entry.Order, StringComparer.Ordinal).Select(entry => (entry.Name, entry.Length))];
        }
        catch (DurableIOException missing) when (IsMissing(missing) || missing.Errno == 20) // ENOTDIR: an object of that name
        {
            return [];
        }
        catch (DurableLogException failure)
        {
            throw Failure(folder ?? "", "listed", failure);
        }
    }

    /// <summary>-1 where it is gone.</summary>
    private static long? LengthOf(ILogDirectory directory, string name)
    {
        try
        {
            using var file = directory.Open(name, Access.Plain, write: false);
            return file.Length;
        }
        catch (DurableIOException missing) when (IsMissing(missing))
        {
            return -1;
        }
    }

    private ILogFile? Open(string path, string name, bool toFlush)
    {
        try
        {
            using var directory = _storage.OpenDirectory(path, Settings, create: false);
            return directory.Open(name, Access.Segment, write: toFlush && OperatingSystem.IsWindows()); // which flushes only what it may write
        }
        catch (DurableIOException missing) when (IsMissing(missing))
        {
            return null;
        }
    }

    /// <summary>Makes all names on the way to an object durable (rules 5 and 9): a directory that was found may be as young as the object.</summary>
    private void Harden(string path)
    {
        while (true)
        {
            using (var directory = _storage.OpenDirectory(path, Settings, create: false)) directory.Flush();
            if (path.Length <= _root.Length) return;
            path = Path.GetDirectoryName(path)!;
        }
    }

    /// <summary>Parts of this object that a crash left. One that is another writer's fails there, and is tried again.</summary>
    private static void RemoveLeftParts(ILogDirectory directory, string name)
    {
        foreach (var left in directory.List().Where(file => file.StartsWith($".{name}.", StringComparison.Ordinal) && file.EndsWith(PartSuffix, StringComparison.Ordinal)))
            Remove(directory, left);
    }

    private static void Remove(ILogDirectory directory, string part)
    {
        try
        {
            directory.Delete(part);
        }
        catch (DurableIOException)
        {
            // Gone, or left for the next one: an error that made it a stray is the one to report.
        }
    }

    private (string Directory, string Name) PlaceOf(string key)
    {
        if (!ObjectKeys.IsValid(key))
            throw new ArgumentException($"'{key}' is no key. Allowed: parts of A-Z a-z 0-9 . _ - =, not beginning with a dot, joined by /.", nameof(key));
        var parts = key.Split('/');
        return (Path.Combine([_root, .. parts[..^1]]), parts[^1]);
    }

    private ObjectStoreException Failure(string key, string done, DurableLogException cause)
    {
        var errno = (cause as DurableIOException)?.Errno ?? 0;
        var error = cause is DurableIOException { IsNoRoom: true } ? ObjectStoreError.Full
            : errno is 1 or 13 or 30 ? ObjectStoreError.Denied // EPERM, EACCES, EROFS
            : cause is DurableIOException io && IsMissing(io) ? ObjectStoreError.NotFound
            : ObjectStoreError.Internal;
        return new(error, $"Object '{key}' in '{_root}' could not be {done}: {cause.Message}", cause);
    }

    private static bool IsMissing(DurableIOException e) => e.Errno == 2 || (e.Errno == 3 && OperatingSystem.IsWindows()); // ENOENT; file or path not found
}
