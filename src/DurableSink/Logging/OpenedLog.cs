using DurableSink.Events;
using DurableSink.Hosting;
using Microsoft.Extensions.Logging;

namespace DurableSink.Logging;

/// <summary>The open log and what the options say of the events that go into it.</summary>
internal sealed class OpenedLog(ILineTarget target, DurableFileOptions options, PropertyCapture capture)
{
    public ILineTarget Target => target;

    public PropertyCapture Capture => capture;

    public TimeProvider TimeProvider { get; } = options.TimeProvider;

    public int MaxEventBytes { get; } = options.MaxEventBytes;

    /// <summary>Events of the category from this level on are durable before the call returns.</summary>
    public LogLevel WaitsFrom(string category)
    {
        if (options.Fsync == FsyncPolicy.Always) return LogLevel.Trace;
        foreach (var prefix in options.AlwaysCategories)
            if (category.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                return LogLevel.Trace;
        return options.AlwaysLevel;
    }

    public bool Tells(string category) => Tells(options, category);

    /// <summary>An exception out of a log call of the framework's kills what does not expect it: timers, requests, stopping.</summary>
    public static bool Tells(DurableFileOptions options, string category) =>
        options.ThrowOnFailure && !IsWithin(category, "Microsoft") && !IsWithin(category, "System");

    /// <summary>Whether the category is the name or below it.</summary>
    public static bool IsWithin(string category, string name) =>
        category.StartsWith(name, StringComparison.Ordinal) && (category.Length == name.Length || category[name.Length] == '.');
}
