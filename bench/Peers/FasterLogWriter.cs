using DurableSink.Bench.Durable;
using DurableSink.Bench.Events;
using FASTER.core;

namespace DurableSink.Bench.Peers;

/// <summary>FasterLog with a thread that commits whenever something waits; its fast commit writes no metadata of its own.</summary>
internal sealed class FasterLogWriter : IAwaitableWriter
{
    private readonly FasterLogSettings _settings;
    private readonly FasterLog _log;
    private readonly Thread _committer;
    private readonly SemaphoreSlim _arrived = new(0);
    private long _commits;
    private volatile bool _isClosing;

    public FasterLogWriter(string folder, bool isFastCommit)
    {
        _settings = new(folder) { FastCommitMode = isFastCommit, LogChecksum = isFastCommit ? LogChecksumType.PerEntry : LogChecksumType.None };
        _log = new(_settings);
        _committer = new(Run) { IsBackground = true };
        _committer.Start();
    }

    public long? Flushes => Interlocked.Read(ref _commits);

    /// <summary>Its own task has no result, so there is one around it.</summary>
    public async ValueTask<long> WriteAsync(long n)
    {
        var end = _log.Enqueue(OrderLine.Of(n)) + 1;
        if (_arrived.CurrentCount == 0) _arrived.Release();
        await _log.WaitForCommitAsync(end);
        return end;
    }

    public void Dispose()
    {
        _isClosing = true;
        _arrived.Release();
        _committer.Join();
        _log.Dispose();
        _settings.Dispose();
        _arrived.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            _arrived.Wait();
            if (_isClosing) return;
            if (_log.TailAddress == _log.CommittedUntilAddress) continue;
            _log.Commit(spinWait: true);
            Interlocked.Increment(ref _commits);
        }
    }
}
