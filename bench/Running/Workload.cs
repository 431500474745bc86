using DurableSink.Bench.Reporting;

namespace DurableSink.Bench.Running;

/// <summary>A comparison: its cases, the columns of its table, and what is to be reached.</summary>
/// <param name="Id">Its verb on the command line.</param>
/// <param name="Title">One line above the table.</param>
/// <param name="Seconds">How long a case is measured unless the command line says otherwise.</param>
/// <param name="Cases">In the order of the table.</param>
/// <param name="Columns">The table's figures.</param>
/// <param name="Targets">Judged over all rounds; empty where there are none.</param>
internal sealed record Workload(
    string Id, string Title, double Seconds, IReadOnlyList<Case> Cases, IReadOnlyList<Column> Columns, IReadOnlyList<Target> Targets)
{
    /// <summary>Whether it measures what a new process does, with nothing to warm up.</summary>
    public bool IsCold { get; init; }

    /// <summary>How often each case is run unless the command line says otherwise.</summary>
    public int Rounds { get; init; } = BenchOptions.UsualRounds;
}
