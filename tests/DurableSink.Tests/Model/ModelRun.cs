using System.Diagnostics;

namespace DurableSink.Tests.Model;

/// <summary>Many programs, one a seed, some of them at once: what they mostly do is wait.</summary>
internal sealed class ModelRun(int firstSeed, int programs, TimeSpan time = default)
{
    private static readonly int AtOnce = 12 * Environment.ProcessorCount;

    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private int _started;
    private int _finished;
    private int _removed;
    private long _points;
    private ModelFailure? _failure;

    public int Programs => _finished;

    /// <summary>Segments that retention removed.</summary>
    public int Removed => _removed;

    /// <summary>Crash points: drives as a crash left them, each recovered and held against what was acknowledged by then.</summary>
    public long Points => _points;

    public TimeSpan Elapsed => _watch.Elapsed;

    /// <summary>The first program that failed, or null. None is begun after it, nor when the time is over.</summary>
    public ModelFailure? Run()
    {
        var threads = Enumerable.Range(0, AtOnce).Select(_ => new Thread(RunSome) { IsBackground = true, Name = "model" }).ToList();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        return _failure;
    }

    /// <summary>One program; null where it keeps the promise.</summary>
    public static ModelFailure? RunOne(int seed, IReadOnlySet<int>? steps, Action<ModelProgram>? ended = null)
    {
        using var program = new ModelProgram(seed, steps);
        try
        {
            new ModelWatch(program).Run();
            ended?.Invoke(program);
            return null;
        }
        catch (Exception e)
        {
            return new(seed, e, program);
        }
    }

    private void RunSome()
    {
        while (Volatile.Read(ref _failure) == null && (time == default || _watch.Elapsed < time))
        {
            var number = Interlocked.Increment(ref _started) - 1;
            if (number >= programs) return;
            var failure = RunOne(firstSeed + number, null, program =>
            {
                Interlocked.Add(ref _removed, program.Removed);
                Interlocked.Add(ref _points, program.Points);
            });
            Interlocked.Increment(ref _finished);
            if (failure != null) Interlocked.CompareExchange(ref _failure, failure, null);
        }
    }
}
