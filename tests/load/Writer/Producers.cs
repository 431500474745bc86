using Microsoft.Extensions.Logging;

namespace DurableSink.Load;

/// <summary>Threads that log events, each numbered by its thread from 1: so the log shows what is missing, twice, or out of order.</summary>
internal sealed class Producers(DurableLog log, ILogger? logger, Settings settings)
{
    private const string Template = "Order {Producer} {Number}: {Text}";

    private readonly string _text = new('.', settings.TextBytes);
    private long _refused;

    /// <summary>Events that their caller was told were not accepted.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Logs all, and returns when every call has.</summary>
    public void Run()
    {
        var threads = Enumerable.Range(0, settings.Threads).Select(p => new Thread(() => Produce(p)) { IsBackground = true, Name = $"producer {p}" }).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
    }

    private void Produce(int producer)
    {
        using var never = new ManualResetEventSlim();
        var started = TimeProvider.System.GetTimestamp();
        for (var n = 1; n <= settings.Events; n++)
        {
            Log(producer, n);
            var wait = n * settings.Interval - TimeProvider.System.GetElapsedTime(started);
            if (wait > TimeSpan.Zero) never.Wait(wait);
        }
    }

    private void Log(int producer, int number)
    {
        if (logger != null)
        {
#pragma warning disable CA1848 // the call of an application
            logger.LogInformation(Template, producer, number, _text);
#pragma warning restore CA1848
            return;
        }

        try
        {
            log.Append(DurableEvent.Create(Template, producer, number, _text));
        }
        catch (DurableLogFullException)
        {
            Interlocked.Increment(ref _refused);
        }
    }
}
