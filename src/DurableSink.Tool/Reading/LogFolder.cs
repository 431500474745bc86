using DurableSink.Segments;
using DurableSink.Storage;

namespace DurableSink.Tooling.Reading;

/// <summary>A log's directory, opened for reading: nothing in it is ever written or locked by this.</summary>
internal sealed class LogFolder : IDisposable
{
    private const string LockFile = "LOCK";
    private const int MostOfLock = 512;

    private LogFolder(ILogDirectory files)
    {
        Files = files;
        List = new SegmentList(files);
    }

    public ILogDirectory Files { get; }

    /// <summary>As it was when the directory was opened.</summary>
    public SegmentList List { get; }

    public string Path => Files.Path;

    /// <summary>Null where the file LOG is gone.</summary>
    public LogIdentity? Identity => Files.List().Contains(LogIdentity.FileName) ? LogIdentity.Read(Files) : null;

    /// <summary>Who had it open last, or has it open now: nobody can tell by that.</summary>
    public string? LastHolder
    {
        get
        {
            if (!Files.List().Contains(LockFile)) return null;
            using var file = Files.Open(LockFile, Access.Plain, write: false);
            var bytes = new byte[Math.Min(file.Length, MostOfLock)];
            return System.Text.Encoding.UTF8.GetString(bytes, 0, file.Read(0, bytes)).Trim();
        }
    }

    /// <summary>Logs of other processes that found this one locked.</summary>
    public IReadOnlyList<string> Instances => Directory.Exists(Path)
        ? [.. Directory.EnumerateDirectories(Path, "instance-*").Select(p => System.IO.Path.GetFileName(p)).Order(StringComparer.Ordinal)]
        : [];

    /// <exception cref="ToolException">There is no log.</exception>
    public static LogFolder Open(string path, Surroundings world)
    {
        if (File.Exists(path)) throw new ToolException($"'{path}' is a file. Name the log's directory: the one with the file LOG.");
        if (!Directory.Exists(path)) throw new ToolException($"'{path}' does not exist. Name a log's directory: the one with the file LOG.");
        var files = world.Storage.OpenDirectory(System.IO.Path.GetFullPath(path), DirectorySettings.ForReading, create: false);
        var folder = new LogFolder(files);
        var list = folder.List;
        if (list.Sealed.Count + list.Active.Count + list.Damaged.Count > 0 || files.List().Contains(LogIdentity.FileName)) return folder;
        var state = files.List().Count == 0 && !Directory.EnumerateDirectories(path).Any() ? "is empty" : "holds no log";
        folder.Dispose();
        throw new ToolException($"'{path}' {state}: neither the file LOG nor segments (*.clef) are there. {Suggest(path)}");
    }

    public void Dispose() => Files.Dispose();

    private static string Suggest(string path)
    {
        var below = Directory.EnumerateDirectories(path).Where(d => File.Exists(System.IO.Path.Combine(d, LogIdentity.FileName))).Order(StringComparer.Ordinal).Take(3).ToList();
        return below.Count == 0 ? "Name a log's directory." : "Did you mean " + string.Join(", ", below.Select(d => $"'{d}'")) + "?";
    }
}
