namespace DurableSink.Bench.Running;

/// <summary>One cell of a comparison: a contender with some number of producers.</summary>
/// <param name="Contender">Its name in the tables.</param>
/// <param name="Producers">Threads or tasks.</param>
/// <param name="Kind">What it stands for.</param>
/// <param name="Measure">Runs it once, in a process of its own, and returns its figures.</param>
/// <param name="Missing">Why it cannot run here; null where it can. It is shown as skipped.</param>
internal sealed record Case(string Contender, int Producers, Kind Kind, Func<Setup, Figures> Measure, string? Missing = null);

/// <summary>Where and for how long a case runs.</summary>
/// <param name="Folder">Empty before, removed after.</param>
/// <param name="Seconds">How long is measured; what warms up comes on top.</param>
internal sealed record Setup(string Folder, double Seconds)
{
    private const double WarmSeconds = 1;

    /// <summary>Runs the same twice: a short time, that code is compiled and the file system has its metadata, then for the time that counts.</summary>
    public Figures Warmed(Func<Setup, Figures> measure)
    {
        measure(new(Subfolder("warm"), WarmSeconds));
        Directory.Delete(Path.Combine(Folder, "warm"), recursive: true);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return measure(this with { Folder = Subfolder("run") });
    }

    private string Subfolder(string name) => Directory.CreateDirectory(Path.Combine(Folder, name)).FullName;
}
