using System.Security.Cryptography;
using DurableSink.Storage;
using Microsoft.Extensions.Logging;

namespace DurableSink.Commit;

/// <summary>
/// The place where a log's buffers outlive its process. Those that earlier runs left are taken at opening, and removed once what is in them
/// is durable; this run has new ones of its own. All are named by the log's id and the run's, and stamped with the machine's start and the
/// very directory: a copy of a log, or another machine, has nothing to do with them.
/// </summary>
internal sealed class KeptBuffers : IDisposable
{
    /// <summary>What the names of all logs' buffers begin with; the log's id follows, and the run's.</summary>
    public const string Prefix = "durablesink-";

    private readonly string _place;
    private readonly string _directory;
    private readonly string _logId;
    private readonly string _stamp;
    private readonly string _run = RandomNumberGenerator.GetHexString(8, lowercase: true);
    private readonly Action<DurableNotice> _notify;
    private readonly ISharedMemory? _memory;
    private readonly bool _keeps;
    private int _made;
    private bool _isRefusalTold;

    public KeptBuffers(ILogStorage storage, ILogDirectory directory, DurableLogOptions options, string logId, Action<DurableNotice> notify)
    {
        _keeps = !options.KeepsNoBuffer;
        _place = _keeps ? options.BufferDirectory! : DurableLogOptions.DefaultBufferDirectory;
        (_logId, _directory, _notify) = (logId, directory.Path, notify);
        _stamp = StampOf(logId, directory, storage);
        try
        {
            _memory = storage.OpenSharedMemory(_place);
            TakeLeft();
        }
        catch (DurableIOException e)
        {
            if (_keeps) Refused(e);
        }
    }

    /// <summary>What the buffers of a log carry that is opened in this directory, while the machine runs as it does now.</summary>
    public static string StampOf(string logId, ILogDirectory directory, ILogStorage storage) => $"DurableSink 1 {logId} {directory.Identity} {storage.BootId}";

    /// <summary>What earlier runs left, a list of buffers each.</summary>
    public IReadOnlyList<IReadOnlyList<KeptBuffer>> Left { get; private set; } = [];

    /// <summary>Whether anybody needs to know the log's last event.</summary>
    public bool NeedsLastEvent => (_keeps && _memory != null) || Left.Count > 0;

    /// <summary>A buffer with so much room, which begins at <see cref="KeptBuffer.Start"/>. Null where it cannot be had: that is told once, and
    /// memory of the process alone must do (D10).</summary>
    public KeptBuffer? TryCreate(int room, (long Sequence, ulong Hash) released)
    {
        if (!_keeps || _memory == null) return null;
        try
        {
            var block = _memory.Create($"{Prefix}{_logId}-{_run}{(_made == 0 ? "" : $"-{_made}")}", KeptBuffer.Start + room);
            _made++;
            return KeptBuffer.Create(block, _stamp, _directory, released);
        }
        catch (DurableIOException e)
        {
            Refused(e);
            return null;
        }
    }

    /// <summary>What earlier runs left is in the log, or refused.</summary>
    public void DeleteLeft()
    {
        foreach (var buffer in Left.SelectMany(run => run)) buffer.Delete();
        Left = [];
    }

    /// <summary>What earlier runs left stays where it is not in the log yet.</summary>
    public void Dispose()
    {
        foreach (var buffer in Left.SelectMany(run => run)) buffer.Dispose();
        Left = [];
        _memory?.Dispose();
    }

    private void TakeLeft()
    {
        var mine = Prefix + _logId + "-";
        var runs = new Dictionary<string, List<KeptBuffer>>();
        foreach (var name in _memory!.List().Where(name => name.StartsWith(mine, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            if (_memory.TryTake(name) is not { } block) continue; // a living process's: of a copy of this log
            var run = name[mine.Length..].Split('-')[0];
            if (KeptBuffer.Open(block, _stamp) is { } buffer) (runs.TryGetValue(run, out var known) ? known : runs[run] = []).Add(buffer);
            else block.Dispose(); // another directory's, or of another start of the machine
        }

        Left = [.. runs.Values];
    }

    private void Refused(DurableIOException reason)
    {
        if (_isRefusalTold) return;
        _isRefusalTold = true;
        _notify(new(LogLevel.Warning, "BufferNotKept",
            $"Events that are accepted and not durable yet are in this process's memory only: it loses them if it is killed. {reason.Message}. " +
            $"Make room on '{_place}' (a container's /dev/shm is 64 MiB unless told otherwise), set BufferDirectory to another tmpfs, or to none to accept that.", reason));
    }
}
