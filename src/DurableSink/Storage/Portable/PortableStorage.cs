namespace DurableSink.Storage.Portable;

/// <summary>
/// The file systems of Windows, macOS, and every Unix whose own numbers we do not know, over <see cref="RandomAccess"/>; where the BCL
/// promises less than the platform can, by the platform's own call (<see cref="Platform"/>). docs/PLATFORMS.md compares them.
/// </summary>
internal sealed class PortableStorage(Platform? platform = null) : ILogStorage
{
    private readonly Platform _platform = platform ?? Platform.OfThisProcess();

    public string? BootId => null;

    public ISharedMemory OpenSharedMemory(string path) =>
        throw new DurableIOException("open", path, -1, 0, "files in memory that outlive a process are used on Linux only");

    public ILogDirectory OpenDirectory(string path, DirectorySettings settings, bool create)
    {
        path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        try
        {
            if (create) FindOrMake(_platform, path, settings.DirectoryMode);
            else if (!Directory.Exists(path)) throw PortableErrors.Missing("open", path);
            return new PortableDirectory(_platform, path, settings);
        }
        catch (Exception e) when (PortableErrors.IsIO(e))
        {
            throw PortableErrors.Of("open", path, -1, e);
        }
    }

    internal static void FlushDirectory(Platform platform, string path)
    {
        try
        {
            platform.FlushDirectory(path);
        }
        catch (Exception e) when (PortableErrors.IsIO(e))
        {
            throw PortableErrors.Of("flush", path, -1, e);
        }
    }

    /// <summary>The file system's name in lower case, and whether it is another machine's.</summary>
    internal static (string Name, bool IsNetwork) FileSystemOf(string path)
    {
        var root = DriveOf(path);
        try
        {
            var drive = new DriveInfo(root);
            var name = drive.DriveFormat.ToLowerInvariant();
            return (name, drive.DriveType == DriveType.Network || FileSystemKind.IsNetwork(name));
        }
        catch (ArgumentException) // not a drive of Windows: a share by its name, as a rule
        {
            var isLocal = root.StartsWith(@"\\?\", StringComparison.Ordinal) && !root.StartsWith(@"\\?\UNC\", StringComparison.OrdinalIgnoreCase);
            return (isLocal ? "unknown" : "share", !isLocal);
        }
    }

    /// <summary>What a file in the directory can still take; 0 where nobody tells.</summary>
    internal static long FreeBytes(string path)
    {
        try
        {
            return new DriveInfo(DriveOf(path)).AvailableFreeSpace;
        }
        catch (ArgumentException)
        {
            return 0;
        }
        catch (Exception e) when (PortableErrors.IsIO(e))
        {
            throw PortableErrors.Of("statfs", path, -1, e);
        }
    }

    internal static void FindOrMake(Platform platform, string path, UnixFileMode mode)
    {
        try
        {
            var parent = Path.GetDirectoryName(path);
            if (Directory.Exists(path))
            {
                if (parent != null) FlushParent(platform, parent);
                return;
            }

            if (parent != null) FindOrMake(platform, parent, mode);
            platform.CreateDirectory(path, mode);
            if (parent != null) FlushDirectory(platform, parent); // rule 5
        }
        catch (Exception e) when (PortableErrors.IsIO(e))
        {
            throw PortableErrors.Of("mkdir", path, -1, e);
        }
    }

    /// <summary>
    /// A directory that exists may have been made by a process that died before it flushed the parent (rule 5). Only this one level can
    /// be in doubt: each level was flushed before the next was made.
    /// </summary>
    private static void FlushParent(Platform platform, string parent)
    {
        try
        {
            FlushDirectory(platform, parent);
        }
        catch (DurableIOException e) when (platform.IsNotOurs(e.Errno))
        {
            // Where we may make nothing, the directory is not of our making.
        }
    }

    private static string DriveOf(string path) => OperatingSystem.IsWindows() ? Path.GetPathRoot(path)! : path;
}
