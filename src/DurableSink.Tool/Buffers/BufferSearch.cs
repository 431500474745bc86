using System.Globalization;
using DurableSink.Commit;
using DurableSink.Segments;
using DurableSink.Storage;
using DurableSink.Tooling.Recovering;

namespace DurableSink.Tooling.Buffers;

/// <summary>
/// Looks at the buffers in a place, and removes those that are asked to go. One of a log that is there is judged, by the engine's own rules, and removed
/// under that log's lock: an opening that came at the same moment would take a buffer that is looked at for a living process's, and not restore it.
/// </summary>
internal sealed class BufferSearch(string place, Func<FoundBuffer, bool> isToGo, Surroundings world)
{
    private const string LockFile = "LOCK";

    public List<FoundBuffer> Run()
    {
        using var memory = world.Storage.OpenSharedMemory(place);
        using var files = world.Storage.OpenDirectory(place, DirectorySettings.ForReading, create: false);
        var found = new List<FoundBuffer>();
        foreach (var log in memory.List().Where(IsBuffer).Order(StringComparer.Ordinal).GroupBy(name => (LogId: IdIn(name), Directory: DirectoryOf(files, name))))
            found.AddRange(Look(memory, log.Key.LogId, log.Key.Directory, [.. log]));
        return found;
    }

    private List<FoundBuffer> Look(ISharedMemory memory, string logId, string directory, List<string> names)
    {
        using var log = OpenLog(logId, directory);
        using var held = log?.TryLock(LockFile, Me, out _);
        if (log is not null && held is null) return [.. names.GroupBy(RunOf).Select(run => Found(run.Key, BufferState.InUse, directory, null, run))];
        var (runs, inUse) = (new List<(string Name, List<string> Names, List<KeptBuffer> Buffers)>(), new List<FoundBuffer>());
        try
        {
            foreach (var run in names.GroupBy(RunOf))
            {
                var buffers = run.Select(memory.TryTake).OfType<SharedBlock>().Select(KeptBuffer.OpenAny).ToList();
                if (buffers.Count == run.Count()) runs.Add((run.Key, [.. run], buffers));
                else
                {
                    buffers.ForEach(buffer => buffer.Dispose());
                    inUse.Add(Found(run.Key, BufferState.InUse, directory, null, run));
                }
            }

            return [.. inUse, .. Judge(log, logId, directory, runs)];
        }
        finally
        {
            foreach (var buffer in runs.SelectMany(run => run.Buffers)) buffer.Dispose();
        }
    }

    private IEnumerable<FoundBuffer> Judge(ILogDirectory? log, string logId, string directory, List<(string Name, List<string> Names, List<KeptBuffer> Buffers)> runs)
    {
        var stamp = log is null ? "" : KeptBuffers.StampOf(logId, log, world.Storage);
        var mine = runs.Where(run => run.Buffers.TrueForAll(buffer => buffer.Stamp == stamp)).ToList();
        var (last, restorable) = (0L, 0L);
        if (log is not null && mine.Count > 0)
        {
            last = DryRecovery.LastSequence(log, world.Time);
            restorable = last;
            new KeptRestore(mine.Select(run => run.Buffers), DurableLog.ReadLastEvent(log.Path, world.Storage, last)).AppendTo(_ => ++restorable);
        }

        foreach (var run in runs)
        {
            var isMine = mine.Contains(run);
            var beyond = isMine ? Beyond(run.Buffers, last) : Beyond(run.Buffers, run.Buffers.Max(buffer => buffer.Released.Sequence));
            var state = !isMine ? BufferState.Orphaned : beyond.Count == 0 ? BufferState.Needless : beyond.Min() <= restorable ? BufferState.Restorable : BufferState.Refused;
            var found = Found(run.Name, state, directory, beyond.Count, run.Names);
            if (isToGo(found))
            {
                run.Buffers.ForEach(buffer => buffer.Delete());
                found = found with { IsRemoved = true };
            }

            yield return found;
        }
    }

    private static HashSet<long> Beyond(IEnumerable<KeptBuffer> buffers, long last) =>
        [.. buffers.SelectMany(buffer => new KeptEvents(buffer, last + 1).Sequences)];

    /// <summary>The log's directory, if it still is one of that log.</summary>
    private ILogDirectory? OpenLog(string logId, string directory)
    {
        if (!Directory.Exists(directory)) return null;
        var log = world.Storage.OpenDirectory(directory, DirectorySettings.ForReading, create: false);
        if (log.List().Contains(LogIdentity.FileName) && LogIdentity.Read(log).LogId == logId) return log;
        log.Dispose();
        return null;
    }

    private FoundBuffer Found(string name, BufferState state, string directory, long? events, IEnumerable<string> names)
    {
        var files = names.Select(each => new FileInfo(Path.Combine(place, each))).Where(file => file.Exists).ToList();
        return new(name, state, directory, events, files.Sum(file => file.Length), files.Count == 0 ? world.Time.GetUtcNow() : files.Min(file => file.LastWriteTimeUtc));
    }

    /// <summary>Without taking it. Empty where it is not known, or not to be read.</summary>
    private static string DirectoryOf(ILogDirectory files, string name)
    {
        try
        {
            using var file = files.Open(name, Access.Plain, write: false);
            var page = new byte[AlignedMemory.Alignment];
            return file.Read(0, page) == page.Length ? KeptBuffer.DirectoryIn(page) : "";
        }
        catch (DurableIOException)
        {
            return ""; // another user's, or gone meanwhile
        }
    }

    private bool IsBuffer(string name) =>
        name.StartsWith(KeptBuffers.Prefix, StringComparison.Ordinal) && name.Split('-').Length is 3 or 4 && new FileInfo(Path.Combine(place, name)) is { Exists: true, Length: > KeptBuffer.Start };

    private static string IdIn(string name) => name.Split('-')[1];

    private static string RunOf(string name) => string.Join('-', name.Split('-')[..3]);

    private string Me => string.Create(CultureInfo.InvariantCulture, $"host {Environment.MachineName}, process {Environment.ProcessId}, since {world.Time.GetUtcNow():yyyy-MM-ddTHH:mm:ssZ}");
}
