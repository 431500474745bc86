using System.Diagnostics;
using System.Runtime.InteropServices;
using DurableSink.Bench.Measuring;

namespace DurableSink.Bench.Workloads;

/// <summary>How the raw loop makes a write durable.</summary>
internal enum RawFlush
{
    /// <summary>pwritev2 with RWF_DSYNC.</summary>
    OneCall,

    /// <summary>pwrite, then fdatasync.</summary>
    Separate,
}

/// <summary>
/// The floor: one thread, one 4 KiB direct write and its flush at a time, block after block through a file that was written before,
/// so that the journal has nothing to do. C# calling the system calls.
/// </summary>
internal sealed unsafe class RawLoop(RawFlush flush) : IWorkload
{
    private const int Block = 4096;
    private const int Step = 1 << 20;
    private const int FileBytes = 64 << 20;

    public string Name => flush == RawFlush.OneCall ? "raw 4 KiB pwritev2(RWF_DSYNC)" : "raw 4 KiB pwrite, fdatasync";

    public bool IsReference => true;

    public Measurement Run(string folder, double seconds)
    {
        var file = RawCalls.OpenDirect(Path.Combine(folder, "raw"));
        var bytes = (byte*)NativeMemory.AlignedAlloc(Step, Block);
        try
        {
            new Span<byte>(bytes, Step).Fill((byte)'\n');
            for (var offset = 0; offset < FileBytes; offset += Step) RawCalls.Write(file, bytes, Step, offset);
            RawCalls.Flush(file);
            return Loop(file, bytes, seconds);
        }
        finally
        {
            NativeMemory.AlignedFree(bytes);
            RawCalls.Close(file);
        }
    }

    private Measurement Loop(int file, byte* bytes, double seconds)
    {
        var latencies = new Latencies();
        var stopper = new Stopper(seconds);
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
        return new(latencies.Count / stopper.Elapsed, Latencies.Merge([latencies]), null, Block, IsDirect: true);
    }
}
