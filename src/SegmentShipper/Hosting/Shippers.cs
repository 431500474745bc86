using DurableSink;
using DurableSink.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace SegmentShipper.Hosting;

/// <summary>All that is shipped by a container.</summary>
internal sealed class Shippers(IEnumerable<ShipperName> names, IOptionsMonitor<SegmentShipperOptions> options, IServiceProvider services)
    : ISegmentShipper, IAsyncDisposable, IDisposable
{
    // Made here, so that the container disposes it after us.
    private readonly DurableLogPool? _pool = services.GetService<DurableLogPool>();
    private readonly List<IObjectStore> _stores = [];
    private volatile IReadOnlyList<ShippedLog> _logs = [];

    public IReadOnlyList<ShippedLog> Logs => _logs;

    public IReadOnlyList<LogShipping> Status =>
        [.. _logs.Select(one => one.Status is { } status ? new LogShipping(one.Log.LogName, one.Log.Directory, status) : null).OfType<LogShipping>()];

    public Task WaitForShippedAsync(AuditReceipt receipt, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(receipt);
        return Find(one => one.Log.LogId == receipt.LogId, $"of id {receipt.LogId}").WaitForShippedAsync(receipt.Sequence, cancellationToken);
    }

    public Task WaitForShippedAsync(string logName, long sequence, CancellationToken cancellationToken = default) =>
        Find(one => one.Log.LogName == logName, $"named '{logName}'").WaitForShippedAsync(sequence, cancellationToken);

    public IAuditLog Acknowledging(IAuditLog log)
    {
        ArgumentNullException.ThrowIfNull(log);
        return new ShippedAuditLog(log, this);
    }

    /// <summary>Begins to ship, once all logs are open.</summary>
    /// <exception cref="OptionsValidationException">All that is wrong with the options.</exception>
    public void Start()
    {
        var open = _pool?.Logs ?? [];
        var all = names.Select(added => options.Get(added.Name)).ToList();
        Check(all, [.. open.Select(log => log.LogName)]);
        var named = all.SelectMany(one => one.Logs).ToHashSet(StringComparer.Ordinal);
        var logs = new List<ShippedLog>();
        foreach (var chosen in all)
        {
            var store = StoreOf(chosen);
            _stores.Add(store);
            logs.AddRange(open
                .Where(log => chosen.Logs.Count == 0 ? !named.Contains(log.LogName) : chosen.Logs.Contains(log.LogName))
                .Select(log => new ShippedLog(log, store, chosen)));
        }

        _logs = logs;
        foreach (var log in logs) log.Start();
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(_logs.Select(log => log.StopAsync(cancellationToken)));

    /// <summary>For a container that is disposed without waiting: nothing in it comes back to the caller's context.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    public async ValueTask DisposeAsync()
    {
        foreach (var log in _logs) await log.DisposeAsync().ConfigureAwait(false);
        foreach (var store in _stores) await store.DisposeAsync().ConfigureAwait(false);
        _logs = [];
        _stores.Clear();
    }

    private static void Check(List<SegmentShipperOptions> all, List<string> open)
    {
        var failures = new List<string>();
        if (open.Count == 0) failures.Add("There is no durable log to ship: add one with AddDurableFile or AddDurableAudit.");
        foreach (var unknown in all.SelectMany(one => one.Logs).Where(log => !open.Contains(log)))
            failures.Add($"Logs has '{unknown}', which is no log of this application. Known: {string.Join(", ", open)}.");
        foreach (var twice in all.SelectMany(one => one.Logs.Distinct()).GroupBy(log => log).Where(group => group.Count() > 1))
            failures.Add($"The log '{twice.Key}' is named by {twice.Count()} shippers. A log has one: what is to be in two places is replicated by the store.");
        if (all.Count(one => one.Logs.Count == 0) > 1)
            failures.Add("More than one shipper names no Logs, which means all that no other one names: name them.");
        if (failures.Count > 0) throw new OptionsValidationException(Microsoft.Extensions.Options.Options.DefaultName, typeof(SegmentShipperOptions), failures);
    }

    private ShippedLog Find(Func<ShippedLog, bool> which, string what) => _logs.FirstOrDefault(which)
        ?? throw new InvalidOperationException($"No log {what} is shipped here. Shipped: {string.Join(", ", _logs.Select(one => $"'{one.Log.LogName}'"))}.");

    private IObjectStore StoreOf(SegmentShipperOptions chosen)
    {
        if (chosen.Store is { } make) return make(services);
        return chosen.TargetDirectory is { } directory ? new DirectoryObjectStore(directory) : new S3ObjectStore(chosen.S3);
    }
}
