using DurableSink.Segments;
using DurableSink.Storage;

namespace DurableSink.Tooling.Stats;

/// <summary>
/// What one durable write costs in a directory: 4 KiB at a time into room that was written ahead, as a log under Always does it. Makes a
/// file that the next opening of the log would delete, and deletes it itself.
/// </summary>
internal static class DriveProbe
{
    private const int Block = AlignedMemory.Alignment;
    private const int Room = 1 << 20;
    private const int Most = 20_000;

    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(2);

    public static ProbeResult Run(string path, TimeProvider time, ILogStorage storage, CancellationToken stop)
    {
        var settings = new DirectorySettings(DirectIOMode.Auto, UnixFileMode.UserRead | UnixFileMode.UserWrite, default);
        using var directory = storage.OpenDirectory(path, settings, create: false);
        var name = SegmentName.NewSpare("probe");
        using var file = directory.Create(name, Access.Segment);
        try
        {
            using var memory = AlignedMemory.Allocate(Room);
            memory.Span.Fill(LineTrailer.Newline);
            file.Write(0, memory.Span);
            file.FlushAll();
            var latencies = new List<TimeSpan>();
            var started = time.GetTimestamp();
            while (latencies.Count < Most && time.GetElapsedTime(started) < Duration)
            {
                stop.ThrowIfCancellationRequested();
                var before = time.GetTimestamp();
                Write(file, latencies.Count * Block % Room, memory.Span[..Block]);
                latencies.Add(time.GetElapsedTime(before));
            }

            latencies.Sort();
            return new(latencies, file.IsDirect, directory.FileSystem);
        }
        finally
        {
            directory.Delete(name);
        }
    }

    private static void Write(ILogFile file, long offset, ReadOnlySpan<byte> block)
    {
        if (file.TryWriteDurable(offset, block)) return;
        file.Write(offset, block);
        file.Flush();
    }
}

/// <summary>How long each write took, shortest first.</summary>
internal sealed record ProbeResult(IReadOnlyList<TimeSpan> Latencies, bool IsDirect, string FileSystem)
{
    public TimeSpan At(double share) => Latencies[(int)Math.Min(Latencies.Count * share, Latencies.Count - 1)];

    /// <summary>How many one caller after the other gets done in a second.</summary>
    public double Rate => Latencies.Count / Math.Max(Latencies.Sum(l => l.TotalSeconds), 1e-9);
}
