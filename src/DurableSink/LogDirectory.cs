using System.Globalization;
using DurableSink.Segments;
using DurableSink.Storage;
using Microsoft.Extensions.Logging;

namespace DurableSink;

/// <summary>The directory of an open log, and the lock that makes this its one writer (D8).</summary>
internal sealed class LogDirectory : IDisposable
{
    private const string LockName = "LOCK";
    private const int MaxInstances = 100;
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongWait = TimeSpan.FromSeconds(1);

    private readonly DurableLogOptions _options;
    private readonly Lock _restoring = new();
    private IDisposable _lock;
    private bool _isLost;
    private bool _isMoveTold;

    private LogDirectory(ILogDirectory files, IDisposable heldLock, DurableLogOptions options)
    {
        Files = files;
        _lock = heldLock;
        _options = options;
    }

    public ILogDirectory Files { get; }

    /// <summary>Opens and locks the directory, or, where another process holds it and the options say so, one of its own below it.</summary>
    public static LogDirectory Open(DurableLogOptions options, ILogStorage storage, Action<DurableNotice> notify)
    {
        var files = storage.OpenDirectory(options.Directory!, Settings(options), create: true);
        try
        {
            DirectoryAdvice.Require(files, options);
            void TellLongWait(string of) => notify(new(LogLevel.Warning, "OpeningWaits",
                $"The log directory '{files.Path}' is in use by {of}. Opening waits up to {options.LockTimeout} (LockTimeout) until it is free."));

            if (TryLock(files, options, options.LockTimeout, TellLongWait, out var holder) is { } heldLock)
            {
                DirectoryAdvice.Advise(files, options, notify);
                return new(files, heldLock, options);
            }

            if (options.WhenLocked == LockedMode.Fail) throw new DurableLogLockedException(files.Path, holder, options.LockTimeout);
            var instance = OpenInstance(options, storage, files.Path);
            notify(new(LogLevel.Warning, "OpenedInstance",
                $"The log directory '{files.Path}' is in use by {holder}. This instance logs to '{instance.Files.Path}'."));
            DirectoryAdvice.Advise(instance.Files, options, notify);
            files.Dispose();
            return instance;
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>Somebody may have removed the directory of the open log: then it is made anew, and the log goes on in it. True when it
    /// was. Throws where another log, or another process, took its place meanwhile; to be tried again.</summary>
    public bool Restore(LogIdentity identity, Action<DurableNotice> notify)
    {
        TellIfMoved(notify);
        lock (_restoring)
        {
            if (!_isLost && !Files.IsRemoved) return false;
            _isLost = true; // until all of it is done: a directory that is not locked is not ours (D8)
            Files.Reopen();
            var heldLock = TryLock(Files, _options, TimeSpan.Zero, null, out var holder) ?? throw new DurableLogLockedException(Files.Path, holder, TimeSpan.Zero);
            try
            {
                identity.Restore(Files, _options.TimeProvider);
            }
            catch
            {
                heldLock.Dispose();
                throw;
            }

            _lock.Dispose();
            _lock = heldLock;
            _isLost = false;
        }

        notify(new(LogLevel.Critical, "DirectoryRemoved",
            $"The directory '{Files.Path}' was removed while its log was open, with all sealed segments in it. It was made anew, and the log goes on."));
        return true;
    }

    /// <summary>A directory that was moved is still ours, and locked; the path may be another log's soon (D8).</summary>
    private void TellIfMoved(Action<DurableNotice> notify)
    {
        if (!Files.IsMoved || Files.IsRemoved)
        {
            _isMoveTold = false;
            return;
        }

        if (Interlocked.Exchange(ref _isMoveTold, true)) return;
        notify(new(LogLevel.Error, "DirectoryMoved",
            $"The directory '{Files.Path}' was moved away while its log was open: the log goes on where it is now, until it is closed. " +
            "Move it back, or restart what logs to it."));
    }

    public void Dispose()
    {
        _lock.Dispose();
        Files.Dispose();
    }

    /// <summary>The first instance directory that nobody holds: one that a crashed instance left is taken over, and recovered.</summary>
    private static LogDirectory OpenInstance(DurableLogOptions options, ILogStorage storage, string parent)
    {
        for (var i = 2; i <= MaxInstances; i++)
        {
            var path = Path.Combine(parent, "instance-" + i.ToString(CultureInfo.InvariantCulture));
            var files = storage.OpenDirectory(path, Settings(options), create: true);
            if (TryLock(files, options, TimeSpan.Zero, null, out _) is { } heldLock) return new(files, heldLock, options);
            files.Dispose();
        }

        throw new DurableLogException($"The log directory '{parent}' and {MaxInstances - 1} instance directories below it are all in use.");
    }

    private static IDisposable? TryLock(ILogDirectory files, DurableLogOptions options, TimeSpan timeout, Action<string>? tellLongWait, out string holder)
    {
        var time = options.TimeProvider;
        var started = time.GetTimestamp();
        var me = string.Create(CultureInfo.InvariantCulture,
            $"host {Environment.MachineName}, process {Environment.ProcessId}, since {time.GetUtcNow():yyyy-MM-ddTHH:mm:ssZ}");
        using var never = new ManualResetEventSlim();
        while (true)
        {
            if (files.TryLock(LockName, me, out holder) is { } heldLock) return heldLock;
            var waited = time.GetElapsedTime(started);
            var left = timeout - waited;
            if (left <= TimeSpan.Zero) return null;
            if (waited >= LongWait)
            {
                tellLongWait?.Invoke(holder);
                tellLongWait = null; // once
            }

            // flock tells nobody when it is free. In whole milliseconds: less is no wait at all.
            never.Wait(left < PollInterval ? TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)) : PollInterval);
        }
    }

    private static DirectorySettings Settings(DurableLogOptions options) => new(options.DirectIO, options.FileMode, options.DirectoryMode);
}
