using System.Diagnostics;
using System.Runtime.InteropServices;
using DurableSink.Bench.Measuring;
using DurableSink.Bench.Running;

namespace DurableSink.Bench.Limits;

/// <summary>How the raw loop makes a write durable.</summary>
internal enum RawFlush
{
    /// <summary>pwritev2 with RWF_DSYNC.</summary>
    OneCall,

    /// <summary>pwrite, then fdatasync.</summary>
    Separate,
}

/// <summary>
/// The floor: each thread does one 4 KiB direct write and its flush at a time, block after block through a file of its own that was written
/// before, so that the journal has nothing to do. C# calling the system calls.
/// </summary>
internal static unsafe class RawLoop
{
    private const int Block = 4096;
    private const int Step = 1 << 20;
    private const int FileBytes = 64 << 20;

    public static Figures Measure(string folder, int threads, RawFlush flush, double seconds)
    {
        var latencies = Enumerable.Range(0, threads).Select(_ => new Latencies()).ToArray();
        var bytes = (byte*)NativeMemory.AlignedAlloc(Step, Block);
        var files = Enumerable.Range(0, threads).Select(n => RawCalls.OpenDirect(Path.Combine(folder, $"raw-{n}"))).ToArray();
        try
        {
            new Span<byte>(bytes, Step).Fill((byte)'\n');
            foreach (var file in files) Fill(file, bytes);
            var stopper = new Stopper(seconds);
            Threads.Run(threads, n => Loop(files[n], bytes + n * Block, flush, stopper, latencies[n]));
            return new Figures { [Figure.PerSecond] = latencies.Sum(l => l.Count) / stopper.Elapsed, [Figure.Flushes] = 1 }.With(Latencies.Merge(latencies));
        }
        finally
        {
            foreach (var file in files) RawCalls.Close(file);
            NativeMemory.AlignedFree(bytes);
        }
    }

    private static void Fill(int file, byte* bytes)
    {
        for (var offset = 0; offset < FileBytes; offset += Step) RawCalls.Write(file, bytes, Step, offset);
        RawCalls.Flush(file);
    }

    private static void Loop(int file, byte* bytes, RawFlush flush, Stopper stopper, Latencies latencies)
    {
        var offset = 0L;
        var now = Stopwatch.GetTimestamp();
        while (!stopper.IsOver(now))
        {
            var from = now;
            *(long*)bytes = from; // each write brings something new
            if (flush == RawFlush.OneCall)
            {
                RawCalls.WriteAndFlush(file, bytes, Block, offset);
            }
            else
            {
                RawCalls.Write(file, bytes, Block, offset);
                RawCalls.Flush(file);
            }
            now = Stopwatch.GetTimestamp();
            latencies.Add(from, now);
            offset = (offset + Block) % FileBytes;
        }
    }
}
