using Microsoft.Extensions.Configuration;

namespace DurableSink.Configuration;

/// <summary>
/// Sets options from a configuration section, by a table and without reflection. Nothing is guessed and nothing overlooked: each key
/// that is unknown or cannot be read becomes a failure.
/// </summary>
internal static class OptionBinder
{
    /// <summary>The framework's own, within the section of a logging provider.</summary>
    public const string LevelRules = "LogLevel";

    /// <param name="section">What to bind.</param>
    /// <param name="path">Where it stands, as it should be named in failures.</param>
    /// <param name="table">The options that it may set.</param>
    /// <param name="options">Set, as far as there is no failure.</param>
    /// <param name="hasLevelRules">It is a logging provider's section.</param>
    /// <returns>The failures, each naming key, value and remedy.</returns>
    public static IReadOnlyList<string> Bind<T>(IConfiguration section, string path, IReadOnlyList<Option<T>> table, T options, bool hasLevelRules = true)
    {
        var failures = new List<string>();
        foreach (var key in section.GetChildren())
        {
            if (hasLevelRules && Is(key.Key, LevelRules)) continue;
            var option = table.FirstOrDefault(option => Is(option.Name, key.Key));
            var failure = option is null ? Unknown(key, table) : option.Bind(key, options);
            if (failure is not null) failures.Add($"{path}:{key.Key} {failure}");
        }

        return failures;
    }

    private static string Unknown<T>(IConfigurationSection key, IReadOnlyList<Option<T>> table)
    {
        var nearest = table.MinBy(option => Distance(option.Name, key.Key))!.Name;
        var value = key.Value is { } text ? $" (its value is '{text}')" : "";
        return $"is no known key{value}. Did you mean {nearest}? Known: {string.Join(", ", table.Select(option => option.Name))}.";
    }

    private static bool Is(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);

    /// <summary>How many letters must be added, removed or replaced to turn one name into the other.</summary>
    private static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var replaced = diagonal + (char.ToUpperInvariant(from[i - 1]) == char.ToUpperInvariant(to[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
