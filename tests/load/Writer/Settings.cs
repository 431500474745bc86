using System.Globalization;

namespace DurableSink.Load;

/// <summary>How much the writer logs and how; <c>--set NAME=VALUE</c> for any of the log's options, as in configuration.</summary>
internal sealed class Settings
{
    public int Threads { get; private set; } = 1;

    /// <summary>Of each thread.</summary>
    public int Events { get; private set; } = 1000;

    /// <summary>Length of the text in each event.</summary>
    public int TextBytes { get; private set; } = 100;

    /// <summary>From one event of a thread to its next; zero for as fast as it goes.</summary>
    public TimeSpan Interval { get; private set; }

    /// <summary>Whether events go through <c>ILogger</c>, who tells nobody, instead of <see cref="DurableLog"/>.</summary>
    public bool IsLogger { get; private set; }

    /// <summary>The log's options by name.</summary>
    public Dictionary<string, string?> Log { get; } = new() { ["Logging:DurableFile:LogName"] = "load" };

    public static Settings Parse(ReadOnlySpan<string> args)
    {
        var settings = new Settings();
        for (var i = 0; i < args.Length; i += 2)
        {
            var value = i + 1 < args.Length ? args[i + 1] : throw new ArgumentException($"{args[i]} needs a value");
            switch (args[i])
            {
                case "--threads": settings.Threads = Number(value); break;
                case "--events": settings.Events = Number(value); break;
                case "--text-bytes": settings.TextBytes = Number(value); break;
                case "--interval-ms": settings.Interval = TimeSpan.FromMilliseconds(Number(value)); break;
                case "--door" when value is "log" or "logger": settings.IsLogger = value == "logger"; break;
                case "--set" when value.Split('=', 2) is [var name, var text]: settings.Log["Logging:DurableFile:" + name] = text; break;
                default: throw new ArgumentException($"unknown option {args[i]} {value}");
            }
        }

        return settings;
    }

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
