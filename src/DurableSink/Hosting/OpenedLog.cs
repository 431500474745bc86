using DurableSink.Events;
using Microsoft.Extensions.Logging;

namespace DurableSink.Hosting;

/// <summary>The open log and what a door's options say of the events that go into it.</summary>
internal sealed class OpenedLog(
    ILineTarget target, DurableLogOptions options, PropertyCapture capture, Func<string, LogLevel> waitsFrom, Func<string, bool> tells)
{
    public ILineTarget Target => target;

    public PropertyCapture Capture => capture;

    public TimeProvider TimeProvider { get; } = options.TimeProvider;

    public int MaxEventBytes { get; } = options.MaxEventBytes;

    /// <summary>Events of the category from this level on are durable before the call returns.</summary>
    public LogLevel WaitsFrom(string category) => waitsFrom(category);

    /// <summary>Whether a log call of the category throws when its event is not accepted, or not durable where it waits.</summary>
    public bool Tells(string category) => tells(category);
}
