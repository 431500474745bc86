using DurableSink.Bench.Durable;
using DurableSink.Bench.Events;

namespace DurableSink.Bench.Peers;

/// <summary>SQLite, a row and its transaction for each event. One connection behind a lock: better than one for each thread.</summary>
internal sealed class SqliteRows(string folder) : IBlockingWriter
{
    private readonly Lock _lock = new();
    private readonly Sqlite _table = new(Path.Combine(folder, "log.db"));
    private long _commits;

    public long? Flushes => Interlocked.Read(ref _commits);

    public void Write(long n)
    {
        var line = OrderLine.Of(n);
        lock (_lock)
        {
            _table.Insert(line);
            _commits++;
        }
    }

    public void Dispose() => _table.Dispose();
}

/// <summary>SQLite, one transaction for all that wait.</summary>
internal sealed class SqliteGroups : GroupCommitter
{
    private readonly Sqlite _table;

    public SqliteGroups(string folder)
    {
        _table = new(Path.Combine(folder, "log.db"));
        Start();
    }

    public override void Dispose()
    {
        base.Dispose();
        _table.Dispose();
    }

    protected override void Commit(IEnumerable<byte[]> lines)
    {
        _table.Begin();
        foreach (var line in lines) _table.Insert(line);
        _table.Commit();
    }
}
