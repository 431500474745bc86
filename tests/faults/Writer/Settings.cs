using System.Globalization;

namespace DurableSink.Faults;

/// <summary>How the writer works: its own options, and <c>--set NAME=VALUE</c> for any of the log's, as in configuration.</summary>
internal sealed class Settings
{
    public int Threads { get; private set; } = 4;

    /// <summary>Length of the text in each event.</summary>
    public int EventBytes { get; private set; } = 200;

    /// <summary>Pause of each thread after each call; zero for none.</summary>
    public TimeSpan Pace { get; private set; }

    /// <summary>Every so-manieth call waits for durability, under every policy.</summary>
    public int AskEvery { get; private set; } = 4;

    /// <summary>How long those calls wait before they are cancelled; zero for as long as it takes.</summary>
    public TimeSpan CancelAfter { get; private set; }

    /// <summary>Whether events go through <c>ILogger</c>, who tells nobody, instead of <see cref="DurableLog"/>.</summary>
    public bool IsLogger { get; private set; }

    /// <summary>The log's options by name.</summary>
    public Dictionary<string, string?> Log { get; } = [];

    public static Settings Parse(ReadOnlySpan<string> args)
    {
        var settings = new Settings();
        for (var i = 0; i < args.Length; i += 2)
        {
            var value = i + 1 < args.Length ? args[i + 1] : throw new ArgumentException($"{args[i]} needs a value");
            switch (args[i])
            {
                case "--threads": settings.Threads = Number(value); break;
                case "--event-bytes": settings.EventBytes = Number(value); break;
                case "--pace-ms": settings.Pace = TimeSpan.FromMilliseconds(Number(value)); break;
                case "--ask-every": settings.AskEvery = Number(value); break;
                case "--cancel-after-ms": settings.CancelAfter = TimeSpan.FromMilliseconds(Number(value)); break;
                case "--door": settings.IsLogger = value == "logger" || (value == "log" ? false : throw new ArgumentException("--door: log or logger")); break;
                case "--set" when value.Split('=', 2) is [var name, var text]: settings.Log["Logging:DurableFile:" + name] = text; break;
                default: throw new ArgumentException($"unknown option {args[i]} {value}");
            }
        }

        return settings;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
