using System.Text.Encodings.Web;
using System.Text.Json;

namespace DurableSink.Faults;

/// <summary>
/// What the callers were told, a JSON line each, on the standard output: a file that the checks opened, not on the drive under test, and
/// written by other system calls than the log's. Times are milliseconds of the monotonic clock, the one that the checks read too.
/// </summary>
internal sealed class Ledger : IDisposable
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lock _gate = new();
    private readonly StreamWriter _file = new(Console.OpenStandardOutput());
    private readonly ITimer _timer;
    private readonly SortedDictionary<string, long> _calls = [];
    private bool _isClosed;

    public Ledger()
    {
        var often = TimeSpan.FromMilliseconds(20);
        _timer = TimeProvider.System.CreateTimer(_ => Flush(), null, often, often);
    }

    public static double Now => TimeProvider.System.GetTimestamp() * 1000.0 / TimeProvider.System.TimestampFrequency;

    /// <summary>One call of a producer and how it ended.</summary>
    public void Call(string key, string did, double started, long sequence = 0, Exception? error = null)
    {
        var fields = new Dictionary<string, object> { ["key"] = key, ["did"] = did, ["ms"] = Math.Round(Now - started, 3) };
        if (sequence > 0) fields["seq"] = sequence;
        if (error != null)
        {
            fields["type"] = error.GetType().Name;
            fields["message"] = error.Message;
        }

        Write("call", fields, did);
    }

    public void Notice(DurableNotice notice) => Write("notice", new()
    {
        ["level"] = notice.Level.ToString(),
        ["name"] = notice.Name,
        ["message"] = notice.Message,
    });

    public void Write(string what, Dictionary<string, object> fields, string? counted = null)
    {
        var line = new Dictionary<string, object> { ["at"] = Math.Round(Now, 3), ["is"] = what };
        foreach (var (name, value) in fields) line[name] = value;
        var text = JsonSerializer.Serialize(line, Plain);
        lock (_gate)
        {
            if (_isClosed) return;
            if (counted != null) _calls[counted] = _calls.GetValueOrDefault(counted) + 1;
            _file.Write(text + "\n");
        }
    }

    /// <summary>How many calls ended how, and what the meter counted.</summary>
    public void Totals(IReadOnlyDictionary<string, double> meter)
    {
        Dictionary<string, long> calls;
        lock (_gate) calls = new(_calls);
        Write("totals", new() { ["calls"] = calls, ["meter"] = meter });
    }

    public void Dispose()
    {
        _timer.Dispose();
        lock (_gate)
        {
            _isClosed = true;
            _file.Dispose();
        }
    }

    private void Flush()
    {
        lock (_gate)
        {
            if (!_isClosed) _file.Flush();
        }
    }
}
