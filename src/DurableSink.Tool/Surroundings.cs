using DurableSink.Storage;
using DurableSink.Tooling.Terminal;

namespace DurableSink.Tooling;

/// <summary>All that a command touches of the process it runs in, so that a test can stand in for it.</summary>
internal sealed record Surroundings
{
    public required Stream In { get; init; }

    public required Stream Out { get; init; }

    public required TextWriter Error { get; init; }

    /// <summary>Whether the standard output, and error, are a terminal: colours and bars go nowhere else.</summary>
    public bool IsOutTerminal { get; init; }

    public bool IsErrorTerminal { get; init; }

    /// <summary>https://no-color.org: set and not empty.</summary>
    public bool NoColor { get; init; }

    public int Width { get; init; } = 100;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Whether who read the standard output has gone.</summary>
    public Func<bool> IsReaderGone { get; init; } = () => false;

    /// <summary>Ends what has no end of its own. Never cancelled in a process: a signal ends that.</summary>
    public CancellationToken Stop { get; init; }

    public ILogStorage Storage { get; init; } = LogStorage.ForThisPlatform();

    public Paint Paint => new(IsOutTerminal && !NoColor);

    public static Surroundings OfProcess()
    {
        var isTerminal = !Console.IsOutputRedirected;
        return new()
        {
            In = Console.OpenStandardInput(),
            Out = StandardOutput.Open(),
            IsReaderGone = StandardOutput.IsReaderGone,
            Error = Console.Error,
            IsOutTerminal = isTerminal,
            IsErrorTerminal = !Console.IsErrorRedirected,
            NoColor = Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 } || Environment.GetEnvironmentVariable("TERM") == "dumb",
            Width = isTerminal && Console.WindowWidth > 0 ? Console.WindowWidth : 100,
        };
    }
}
