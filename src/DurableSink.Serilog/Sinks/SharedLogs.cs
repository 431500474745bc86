using DurableSink.Hosting;

namespace DurableSink.Sinks;

/// <summary>
/// The logs that the sinks of a process have open. Serilog has no container that could own them: a directory is opened by the first
/// sink that needs it (D8), shared by all that ask for it with the same options, and closed by the last.
/// </summary>
internal sealed class SharedLogs(Func<DurableLogOptions, DurableLog> open)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, SharedLog> _logs = new(StringComparer.Ordinal);

    public static SharedLogs OfProcess { get; } = new(DurableLog.Open);

    /// <summary>The log of a directory, opened if need be; options are complete.</summary>
    /// <exception cref="InvalidOperationException">It is open with other options.</exception>
    public BorrowedLog Borrow(DurableLogOptions options)
    {
        SharedLog? log;
        lock (_gate)
        {
            if (!_logs.TryGetValue(options.Directory!, out log)) _logs[options.Directory!] = log = new SharedLog(options);
            else if (DurableLogPool.Difference(log.Options, options) is { } difference) throw new InvalidOperationException(
                $"The log directory '{options.Directory}' is open in this process with {difference}. " +
                "Make the options equal, or give one of the logs a directory of its own.");
            log.Users++;
        }

        try
        {
            return new BorrowedLog(log.Open(open), () => Return(log)); // not within the gate: another process may hold this one for a while
        }
        catch
        {
            Return(log);
            throw;
        }
    }

    /// <summary>True for the last user, who closes it. Who asks for the directory meanwhile waits for its lock, as for another process.</summary>
    private bool Return(SharedLog log)
    {
        lock (_gate)
        {
            if (--log.Users > 0) return false;
            _logs.Remove(log.Options.Directory!);
            return true;
        }
    }

    private sealed class SharedLog(DurableLogOptions options)
    {
        private readonly Lock _opening = new();
        private DurableLog? _log;

        public DurableLogOptions Options => options;

        public int Users { get; set; }

        public DurableLog Open(Func<DurableLogOptions, DurableLog> open)
        {
            // Who is told of the opening logs through another sink of the same log: that cannot be written.
            if (_opening.IsHeldByCurrentThread) throw new DurableLogException($"The log in '{options.Directory}' is being opened.");
            lock (_opening) return _log ??= open(options);
        }
    }
}
