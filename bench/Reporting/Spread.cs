using System.Globalization;

namespace DurableSink.Bench.Reporting;

/// <summary>A figure over all rounds.</summary>
internal readonly record struct Spread(double Median, double Least, double Greatest)
{
    public static Spread Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        var median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new(median, sorted[0], sorted[^1]);
    }

    public Spread Times(double factor) => new(Median * factor, Least * factor, Greatest * factor);

    /// <summary><c>median (least..greatest)</c>, each by the format.</summary>
    public string ToString(string format) =>
        $"{Median.ToString(format, CultureInfo.InvariantCulture)} " +
        $"({Least.ToString(format, CultureInfo.InvariantCulture)}..{Greatest.ToString(format, CultureInfo.InvariantCulture)})";
}
