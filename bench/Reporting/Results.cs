using System.Text.Json;
using System.Text.Json.Serialization;
using DurableSink.Bench.Running;

namespace DurableSink.Bench.Reporting;

/// <summary>The figures of one case, one entry per round, in the rounds' order.</summary>
internal sealed record CaseResults(string Contender, int Producers, Kind Kind, string? Skipped, List<Figures> Rounds);

/// <summary>All that a run of one workload measured. Results of several runs of it can be put together.</summary>
internal sealed record Results(string Workload, double Seconds, string Place, string Runtime)
{
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Converters = { new JsonStringEnumConverter() } };

    [JsonInclude]
    public List<CaseResults> Cases { get; private init; } = [];

    [JsonIgnore]
    public int RoundCount => Cases.Where(c => c.Skipped == null).Select(c => c.Rounds.Count).DefaultIfEmpty().Min();

    public void Add(Case one, Figures figures) => Of(one, null).Rounds.Add(figures);

    public void Skip(Case one) => Of(one, one.Missing);

    /// <summary>Null where the case was not run.</summary>
    public CaseResults? Find(string contender, int producers) =>
        Cases.Find(c => c.Contender == contender && c.Producers == producers && c.Rounds.Count > 0);

    /// <summary>A figure over all rounds; null where it was not measured.</summary>
    public static Spread? Of(CaseResults? one, string figure) =>
        one is { Rounds.Count: > 0 } && one.Rounds.TrueForAll(r => r.ContainsKey(figure)) ? Spread.Of(one.Rounds.Select(r => r[figure])) : null;

    /// <summary>One case's figure to another's, round by round: what else the machine did fell on both.</summary>
    public static Spread? Ratio(CaseResults? one, CaseResults? other, string figure) => Compare(one, other, figure, (a, b) => a / b);

    /// <summary>The same as a difference.</summary>
    public static Spread? Difference(CaseResults? one, CaseResults? other, string figure) => Compare(one, other, figure, (a, b) => a - b);

    /// <summary>The one of a kind that does best over all rounds.</summary>
    public CaseResults? Best(Kind kind, int producers, string figure) => Best(c => c.Kind == kind && c.Producers == producers, figure, most: true);

    /// <summary>Among some, the one with the most or the least over all rounds.</summary>
    public CaseResults? Best(Func<CaseResults, bool> among, string figure, bool most) => Cases
        .Where(c => among(c) && Of(c, figure) != null)
        .MaxBy(c => Of(c, figure)!.Value.Median * (most ? 1 : -1));

    public static void Write(IEnumerable<Results> results, string file) => File.WriteAllText(file, JsonSerializer.Serialize(results, Format) + "\n");

    /// <summary>Reads files that <see cref="Write"/> made; runs of the same workload become one with the rounds of all.</summary>
    public static IReadOnlyList<Results> Read(IEnumerable<string> files)
    {
        var all = new List<Results>();
        foreach (var read in files.SelectMany(f => JsonSerializer.Deserialize<List<Results>>(File.ReadAllText(f), Format)!))
        {
            if (all.Find(r => r.Workload == read.Workload) is { } known) known.Append(read);
            else all.Add(read);
        }
        return all;
    }

    private static Spread? Compare(CaseResults? one, CaseResults? other, string figure, Func<double, double, double> compare) =>
        Of(one, figure) == null || Of(other, figure) == null ? null : Spread.Of(one!.Rounds.Zip(other!.Rounds, (a, b) => compare(a[figure], b[figure])));

    private void Append(Results more)
    {
        foreach (var other in more.Cases)
        {
            if (Cases.Find(c => c.Contender == other.Contender && c.Producers == other.Producers) is { } mine) mine.Rounds.AddRange(other.Rounds);
            else Cases.Add(other);
        }
    }

    private CaseResults Of(Case one, string? missing)
    {
        if (Cases.Find(c => c.Contender == one.Contender && c.Producers == one.Producers) is { } known) return known;
        Cases.Add(new(one.Contender, one.Producers, one.Kind, missing, []));
        return Cases[^1];
    }
}
