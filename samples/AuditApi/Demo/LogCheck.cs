using System.Text.Json;
using DurableSink;

namespace AuditApi.Demo;

/// <summary>Reads a log back and compares it with what clients were told.</summary>
internal sealed class LogCheck
{
    private const int Kept = 6;

    private readonly Dictionary<Guid, List<(long Sequence, string Hash)>> _orders = [];
    private readonly Queue<LogRecord> _last = new();
    private readonly List<string> _faults = [];

    /// <summary>Everything that is wrong; empty when each acknowledged order is in the log exactly once, where its client was told.</summary>
    public IReadOnlyList<string> Faults => _faults;

    public long Events { get; private set; }

    public int Orders => _orders.Count;

    /// <summary>The last few events.</summary>
    public IEnumerable<LogRecord> Last => _last;

    public static LogCheck Run(IEnumerable<LogRecord> log, IReadOnlyCollection<OrderReceipt> acknowledged, IEnumerable<string> faults)
    {
        var check = new LogCheck();
        check._faults.AddRange(faults);
        foreach (var record in log) check.Take(record);
        foreach (var receipt in acknowledged) check.Compare(receipt);
        if (acknowledged.DistinctBy(a => a.OrderId).Count() is var distinct && distinct != acknowledged.Count)
            check._faults.Add($"{acknowledged.Count - distinct} order ids were given to more than one client");
        return check;
    }

    private void Take(LogRecord record)
    {
        if (record.Kind != LogRecordKind.Event)
        {
            _faults.Add($"{record.Kind}: events {record.Sequence} to {record.LastSequence}");
            return;
        }

        Events++;
        _last.Enqueue(record);
        if (_last.Count > Kept) _last.Dequeue();

        using var json = JsonDocument.Parse(record.Json);
        if (!json.RootElement.TryGetProperty("Customer", out _)) return; // not a placed order; others may speak of one, too
        var order = json.RootElement.GetProperty("OrderId").GetGuid();
        var here = (record.Sequence, json.RootElement.GetProperty("@hash").GetString()!);
        if (_orders.TryGetValue(order, out var places)) places.Add(here);
        else _orders.Add(order, [here]);
    }

    private void Compare(OrderReceipt order)
    {
        var told = (order.Receipt.Sequence, order.Receipt.Hash);
        if (!_orders.TryGetValue(order.OrderId, out var found))
            _faults.Add($"missing: order {order.OrderId}, acknowledged as event {told.Sequence}");
        else if (found.Count > 1)
            _faults.Add($"more than once: order {order.OrderId} is events {string.Join(", ", found.Select(at => at.Sequence))}");
        else if (found[0] != told)
            _faults.Add($"elsewhere: order {order.OrderId} was acknowledged as event {told} and is event {found[0]}");
    }
}
