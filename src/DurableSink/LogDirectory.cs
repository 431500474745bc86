using System.Globalization;
using DurableSink.Storage;
using Microsoft.Extensions.Logging;

namespace DurableSink;

/// <summary>The directory of an open log, and the lock that makes this its one writer (D8).</summary>
internal sealed class LogDirectory : IDisposable
{
    private const string LockName = "LOCK";
    private const int MaxInstances = 100;
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    private readonly IDisposable _lock;

    private LogDirectory(ILogDirectory files, IDisposable heldLock)
    {
        Files = files;
        _lock = heldLock;
    }

    public ILogDirectory Files { get; }

    /// <summary>Opens and locks the directory, or, where another process holds it and the options say so, one of its own below it.</summary>
    public static LogDirectory Open(DurableLogOptions options, ILogStorage storage, Action<DurableNotice> notify)
    {
        var files = storage.OpenDirectory(options.Directory!, Settings(options), create: true);
        try
        {
            DirectoryAdvice.Require(files, options);
            if (TryLock(files, options, options.LockTimeout, out var holder) is { } heldLock)
            {
                DirectoryAdvice.Advise(files, options, notify);
                return new(files, heldLock);
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
            if (TryLock(files, options, TimeSpan.Zero, out _) is { } heldLock) return new(files, heldLock);
            files.Dispose();
        }

        throw new DurableLogException($"The log directory '{parent}' and {MaxInstances - 1} instance directories below it are all in use.");
    }

    private static IDisposable? TryLock(ILogDirectory files, DurableLogOptions options, TimeSpan timeout, out string holder)
    {
        var time = options.TimeProvider;
        var started = time.GetTimestamp();
        var me = string.Create(CultureInfo.InvariantCulture,
            $"host {Environment.MachineName}, process {Environment.ProcessId}, since {time.GetUtcNow():yyyy-MM-ddTHH:mm:ssZ}");
        using var never = new ManualResetEventSlim();
        while (true)
        {
            if (files.TryLock(LockName, me, out holder) is { } heldLock) return heldLock;
            var left = timeout - time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero) return null;
            never.Wait(left < PollInterval ? left : PollInterval); // flock tells nobody when it is free
        }
    }

    private static DirectorySettings Settings(DurableLogOptions options) => new(options.DirectIO, options.FileMode, options.DirectoryMode);
}
