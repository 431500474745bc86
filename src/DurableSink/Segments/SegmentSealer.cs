using DurableSink.Storage;

namespace DurableSink.Segments;

/// <summary>
/// Ends a segment (rule 8): seal line, flush, exact length, fsync, key file, durable rename. The seal begins
/// at a block boundary: no block that holds an acknowledged event is written again for it, so a sealing that fails harms nothing. Under
/// <see cref="TailBlockMode.Pad"/> it ends at one too: writes are whole blocks, and cutting the last one to its length would make the
/// file shorter than a follower by offset has read (D7).
/// </summary>
internal sealed class SegmentSealer(ILogDirectory directory, SealedChain chain, DriveGate gate, TailBlockMode tailBlock, TimeProvider time)
{
    private const int Block = AlignedMemory.Alignment;

    /// <summary>Seals the active segment. On return its sealed name is durable (D4).</summary>
    public void Seal(ILogFile file, SegmentName name, SegmentScan scan)
    {
        var (length, sha256) = WriteSeal(file, scan);
        Finish(file, name, scan, length);
        chain.Add(name.Sealed, sha256);
    }

    /// <summary>Finishes a sealing that was cut short after its seal line: exact length, fsync, key file, rename, directory fsync.</summary>
    public void Finish(ILogFile file, SegmentName name, SegmentScan scan, long length)
    {
        gate.Run(file.Path, () =>
        {
            file.Truncate(length);
            file.FlushAll();
        });
        KeyFile.Write(directory, gate, time, name, scan.Header!.LogId, file, scan.Keyed);
        gate.Run(file.Path, () =>
        {
            directory.Rename(name.Active, name.Sealed);
            directory.Flush();
        });
    }

    /// <summary>Returns the file's exact length and the SHA-256 of all of it.</summary>
    private (long Length, string Sha256) WriteSeal(ILogFile file, SegmentScan scan)
    {
        var start = (scan.ValidEnd + Block - 1) / Block * Block;
        Span<byte> filler = stackalloc byte[(int)(start - scan.ValidEnd)];
        filler.Fill(LineTrailer.Newline);
        scan.Sha256.AppendData(filler);
        var fallback = scan.Header!.Time;
        var seal = new SegmentSeal
        {
            SegmentId = scan.Header.SegmentId,
            Count = scan.Count,
            FirstSequence = scan.Header.FirstSequence,
            LastSequence = scan.LastSequence,
            MinTime = scan.MaxTicks < 0 ? fallback : Timestamps.FromTicks(scan.MinTicks),
            MaxTime = scan.MaxTicks < 0 ? fallback : Timestamps.FromTicks(scan.MaxTicks),
            Sha256 = Convert.ToHexStringLower(scan.Sha256.GetCurrentHash()),
            Previous = chain.Previous(scan.Header.PreviousSegmentId),
            Time = time.GetUtcNow(),
        };
        var line = seal.ToLine(tailBlock == TailBlockMode.Pad ? Block : 1, chain.Key);
        scan.Sha256.AppendData(line);
        using var memory = AlignedMemory.Allocate(line.Length);
        memory.Span.Fill(LineTrailer.Newline);
        line.CopyTo(memory.Span);
        gate.Run(file.Path, () =>
        {
            file.Write(start, memory.Span);
            file.Flush();
        });
        return (start + line.Length, Convert.ToHexStringLower(scan.Sha256.GetHashAndReset()));
    }
}
