using System.Diagnostics.Metrics;

namespace DurableSink.Bench.Measuring;

/// <summary>Adds up the engine's count of flushes while it exists. Events are counted by the producers: to hear of each would cost time
/// on the path that is measured.</summary>
internal sealed class EngineCounters : IDisposable
{
    private const string Flushes = "durablesink.flushes";

    private readonly MeterListener _listener = new();
    private long _flushes;
    private bool _published;

    public EngineCounters()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name != "DurableSink" || instrument.Name != Flushes) return;
            _published = true;
            listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) =>
        {
            if (instrument.IsObservable) Interlocked.Exchange(ref _flushes, value);
            else Interlocked.Add(ref _flushes, value);
        });
        _listener.Start();
    }

    /// <summary>Flushes so far; null where the engine does not count them.</summary>
    public long? FlushesSoFar()
    {
        _listener.RecordObservableInstruments();
        return _published ? Interlocked.Read(ref _flushes) : null;
    }

    public void Dispose() => _listener.Dispose();
}
