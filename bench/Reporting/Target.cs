using System.Globalization;

namespace DurableSink.Bench.Reporting;

/// <summary>Something that the figures of one run are held against.</summary>
/// <param name="What">In words, with the bound.</param>
/// <param name="Bound">The limit of the median.</param>
/// <param name="IsAtLeast">Whether the median must not be below it; else it must not be above it.</param>
/// <param name="Measured">The figure, mostly a ratio within rounds; null where a case that it needs was not run.</param>
internal sealed record Target(string What, double Bound, bool IsAtLeast, Func<Results, Spread?> Measured)
{
    public static Target AtLeast(double bound, string what, Func<Results, Spread?> measured) => new(what, bound, true, measured);

    public static Target AtMost(double bound, string what, Func<Results, Spread?> measured) => new(what, bound, false, measured);

    /// <summary>Null where it cannot be judged.</summary>
    public bool? IsMet(Results results) => Measured(results) is { } spread ? (IsAtLeast ? spread.Median >= Bound : spread.Median <= Bound) : null;

    public string Verdict(Results results) => IsMet(results) switch { true => "PASS", false => "MISS", null => "not measured" };

    public string Limit => (IsAtLeast ? "≥ " : "≤ ") + Bound.ToString(FormatOf(Bound), CultureInfo.InvariantCulture);

    public string Shown(Results results) => Measured(results) is { } spread ? spread.ToString(FormatOf(spread.Median)) : "–";

    private static string FormatOf(double value) => Math.Abs(value) >= 1000 ? "#,0" : "0.##";
}
