using DurableSink.Configuration;
using DurableSink.Diagnostics;
using Microsoft.Extensions.Logging;

namespace DurableSink.Hosting;

/// <summary>
/// The logs of one container, which owns them: doors borrow. Created before any door, it is disposed after all of them. A directory is
/// opened once (D8), and shared by all who ask for it with the same options.
/// </summary>
internal sealed class DurableLogPool(Func<DurableLogOptions, ILineTarget> open) : IDisposable, IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly List<Entry> _logs = [];
    private bool _isDisposed;

    /// <summary>The logs that are open, in the order in which they were opened.</summary>
    public IReadOnlyList<DurableLog> Logs
    {
        get
        {
            lock (_gate) return [.. _logs.Select(entry => entry.Log.Log)];
        }
    }

    /// <summary>The log of a directory, opened if need be.</summary>
    public ILineTarget Open(DurableLogOptions options)
    {
        var directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.Directory!));
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_logs.Find(log => log.Directory == directory) is { } known)
            {
                if (Difference(known.Options, options) is { } difference) throw new InvalidOperationException(
                    $"The log directory '{directory}' is open in this process with {difference}. " +
                    "Make the options equal, or give one of the logs a directory of its own.");
                return known.Log;
            }

            var log = open(options);
            _logs.Add(new Entry(directory, options, log));
            return log;
        }
    }

    public void Dispose()
    {
        foreach (var entry in TakeAll())
        {
            try
            {
                entry.Log.Dispose();
            }
            catch (Exception failure)
            {
                Report(entry, failure);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var entry in TakeAll())
        {
            try
            {
                await entry.Log.DisposeAsync().ConfigureAwait(false);
            }
            catch (Exception failure)
            {
                Report(entry, failure);
            }
        }
    }

    /// <summary>The last one opened first; later calls find none.</summary>
    private List<Entry> TakeAll()
    {
        lock (_gate)
        {
            _isDisposed = true;
            List<Entry> all = [.. Enumerable.Reverse(_logs)];
            _logs.Clear();
            return all;
        }
    }

    /// <summary>Which option two openings of one directory differ in; null where they can share it.</summary>
    internal static string? Difference(DurableLogOptions open, DurableLogOptions asked)
    {
        foreach (var option in OptionTable.Log)
        {
            if (option.Name == nameof(DurableLogOptions.Directory)) continue; // the same, perhaps in other words
            if (option.Show(open) != option.Show(asked)) return $"{option.Name} = {option.Show(open)}, not {option.Show(asked)}";
        }

        if (open is DurableAuditOptions audit && asked is DurableAuditOptions other)
        {
            foreach (var option in OptionTable.Keys)
            {
                if (option.Show(audit) != option.Show(other)) return $"{option.Name} = {option.Show(audit)}, not {option.Show(other)}";
            }
        }

        return ReferenceEquals(open.TimeProvider, asked.TimeProvider) ? null : "another TimeProvider";
    }

    /// <summary>One log that fails to close must not keep the next one from closing, nor the application from stopping.</summary>
    private static void Report(Entry entry, Exception failure) => Telling.Notify(
        entry.Options,
        new(LogLevel.Error, "CloseFailed", $"The log in '{entry.Directory}' could not be closed: {failure.Message}", failure));

    private sealed record Entry(string Directory, DurableLogOptions Options, ILineTarget Log);
}
