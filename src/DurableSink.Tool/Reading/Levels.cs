namespace DurableSink.Tooling.Reading;

/// <summary>Levels by the names that Serilog writes and that .NET's logging knows.</summary>
internal static class Levels
{
    public const int Information = 2;

    public const string Allowed = "Verbose (Trace), Debug, Information, Warning, Error or Fatal (Critical)";

    /// <summary>Three letters each, by rank.</summary>
    public static IReadOnlyList<string> Short { get; } = ["VRB", "DBG", "INF", "WRN", "ERR", "FTL"];

    /// <summary>Their rank, 0 to 5; -1 for any other name.</summary>
    public static int Rank(string name) => name.ToUpperInvariant() switch
    {
        "VERBOSE" or "TRACE" => 0,
        "DEBUG" => 1,
        "INFORMATION" or "INFO" => Information,
        "WARNING" or "WARN" => 3,
        "ERROR" => 4,
        "FATAL" or "CRITICAL" => 5,
        _ => -1,
    };

    /// <summary>An event's rank. One without a level is at Information, and so is one whose level nobody knows.</summary>
    public static int RankOf(ClefEvent e) => e.String("@l"u8) is { } level && Rank(level) is >= 0 and var rank ? rank : Information;
}
