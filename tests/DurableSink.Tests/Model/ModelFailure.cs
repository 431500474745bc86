using System.Diagnostics;

namespace DurableSink.Tests.Model;

/// <summary>A program that broke the promise: what it did, and, shrunk, what of that is enough.</summary>
internal sealed class ModelFailure(int seed, Exception error, ModelProgram program)
{
    private const int Tries = 3; // the log's threads are real: the same steps may fail once and not the next time

    private readonly List<int> _steps = [.. program.Steps];

    public int Seed => seed;

    public string Message => error.Message;

    public string Actions { get; } = program.Actions;

    public override string ToString() => $"DURABLESINK_MODEL_SEED={seed}: {error.Message}\n{Actions}\n{error}";

    /// <summary>Leaves out steps, half of them, a quarter, one by one, while it still fails in some way, for a limited time.</summary>
    public ModelFailure Shrink(TimeSpan time)
    {
        var watch = Stopwatch.StartNew();
        var best = this;
        for (var size = Math.Max(1, _steps.Count / 2); size >= 1; size /= 2)
        {
            for (var at = 0; at < best._steps.Count && watch.Elapsed < time;)
            {
                var fewer = best._steps.Where((_, i) => i < at || i >= at + size).ToHashSet();
                if (Again(fewer) is { } failure && failure._steps.Count < best._steps.Count) best = failure;
                else at += size;
            }
        }

        return best;
    }

    private ModelFailure? Again(HashSet<int> steps)
    {
        for (var i = 0; i < Tries; i++)
            if (ModelRun.RunOne(seed, steps) is { } failure) return failure;
        return null;
    }
}
