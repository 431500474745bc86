using System.Diagnostics.Metrics;

namespace DurableSink.Faults;

/// <summary>The sums of the counters of meter <c>DurableSink</c>.</summary>
internal sealed class MeterTotals : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, double> _totals = [];
    private readonly MeterListener _listener = new();

    public MeterTotals()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "DurableSink" && instrument is Counter<long>) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) =>
        {
            lock (_gate) _totals[instrument.Name] = _totals.GetValueOrDefault(instrument.Name) + value;
        });
        _listener.Start();
    }

    public IReadOnlyDictionary<string, double> Read()
    {
        lock (_gate) return new Dictionary<string, double>(_totals);
    }

    public void Dispose() => _listener.Dispose();
}
