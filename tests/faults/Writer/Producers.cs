using Microsoft.Extensions.Logging;

namespace DurableSink.Faults;

/// <summary>
/// Threads that log numbered events, each with a key of its own, and tell the ledger how each call ended: acknowledged (durable),
/// accepted, cancelled, threw; or logged, where the door says nothing.
/// </summary>
internal sealed class Producers
{
    // Each event is an order to the checks, which read logs of orders (tests/crash).
    private const string Template = "Order {OrderId} of {Customer}: {Text}";

    private readonly ManualResetEventSlim _stop;
    private readonly List<Thread> _threads = [];
    private readonly DurableLog _log;
    private readonly ILogger? _logger;
    private readonly bool _isAlways;
    private readonly Settings _settings;
    private readonly Ledger _ledger;
    private readonly string _text;

    public Producers(DurableLog log, ILogger? logger, bool isAlways, Settings settings, Ledger ledger, ManualResetEventSlim stop)
    {
        (_log, _logger, _isAlways, _settings, _ledger, _stop) = (log, logger, isAlways, settings, ledger, stop);
        _text = new string('.', settings.EventBytes);
        for (var i = 0; i < settings.Threads; i++)
        {
            var number = i;
            _threads.Add(new Thread(() => Run(number)) { IsBackground = true, Name = $"producer {number}" });
        }
    }

    public void Start() => _threads.ForEach(t => t.Start());

    /// <summary>Whether all have ended; the ones that hang in a call are left behind.</summary>
    public bool Join(TimeSpan timeout)
    {
        var started = TimeProvider.System.GetTimestamp();
        foreach (var thread in _threads)
        {
            var left = timeout - TimeProvider.System.GetElapsedTime(started);
            if (!thread.Join(left > TimeSpan.Zero ? left : TimeSpan.Zero)) return false;
        }

        return true;
    }

    private void Run(int number)
    {
        for (var n = 1; !_stop.Wait(_settings.Pace); n++)
        {
            var key = $"{number}-{n}";
            var started = Ledger.Now;
            try
            {
                // The first thread always asks where waits are cancelled: else a hang may meet all of them in calls that nothing cancels.
                Log(key, n % _settings.AskEvery == 0 || (number == 0 && _settings.CancelAfter > TimeSpan.Zero), started);
            }
            catch (Exception e) // of any kind: what a caller is told is what is looked at
            {
                _ledger.Call(key, e is OperationCanceledException ? "cancelled" : "threw", started, error: e);
                if (e is ObjectDisposedException) return;
            }
        }
    }

    private void Log(string key, bool asks, double started)
    {
        if (_logger != null)
        {
#pragma warning disable CA2254, CA1848 // one template; the calls of an application
            _logger.LogInformation(Template, key, key, _text);
#pragma warning restore CA2254, CA1848
            _ledger.Call(key, "logged", started);
            return;
        }

        var order = DurableEvent.Create(Template, key, key, _text);
        if (!asks)
        {
            var sequence = _log.Append(order);
            _ledger.Call(key, _isAlways ? "acknowledged" : "accepted", started, sequence);
            return;
        }

        using var cancel = _settings.CancelAfter > TimeSpan.Zero ? new CancellationTokenSource(_settings.CancelAfter) : new();
        _ledger.Call(key, "acknowledged", started, _log.AppendAsync(order, cancel.Token).AsTask().GetAwaiter().GetResult());
    }
}
