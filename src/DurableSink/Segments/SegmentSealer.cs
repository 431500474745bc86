using DurableSink.Storage;

namespace DurableSink.Segments;

/// <summary>
/// Ends a segment (rules 8 and 9): cut what is not part of it, seal line, flush, exact length, fsync, durable rename. The seal begins
/// at a block boundary: no block that holds an acknowledged event is written again for it, so a sealing that fails harms nothing.
/// </summary>
internal sealed class SegmentSealer(ILogDirectory directory, SealedChain chain, DriveGate gate, TimeProvider time)
{
    private const int Block = AlignedMemory.Alignment;

    /// <summary>Seals the file, which is at present named <paramref name="fileName"/>. On return the sealed name is durable (D4).</summary>
    public void Seal(ILogFile file, string fileName, SegmentScan scan)
    {
        var name = scan.Header!.Name;
        var (seal, sha256) = WriteSeal(file, scan);
        Finish(file, fileName, name.Sealed, seal);
        chain.Add(name.Sealed, sha256);
    }

    /// <summary>Finishes a sealing that was cut short after its seal line: exact length, fsync, rename, directory fsync.</summary>
    public void Finish(ILogFile file, string fileName, string sealedName, long length)
    {
        gate.Run(() =>
        {
            file.Truncate(length);
            file.FlushAll();
        });
        gate.Run(() =>
        {
            directory.Rename(fileName, sealedName);
            directory.Flush();
        });
    }

    /// <summary>
    /// Rule 9: overwrites with filler what follows the segment's last line, after a copy of it was made durable as
    /// <c>.damaged</c>. Returns the number of bytes that were no filler.
    /// </summary>
    public long Cut(ILogFile file, SegmentScan scan)
    {
        if (scan.ContentEnd <= scan.ValidEnd) return 0;
        var start = scan.ValidEnd / Block * Block;
        var length = checked((int)((scan.ContentEnd - start + Block - 1) / Block * Block));
        using var memory = AlignedMemory.Allocate(length);
        var read = file.Read(start, memory.Span);
        memory.Span[read..].Fill(LineTrailer.Newline);
        int from = (int)(scan.ValidEnd - start), to = (int)(scan.ContentEnd - start);
        var bytes = to - from - memory.Span[from..to].Count(LineTrailer.Newline) - memory.Span[from..to].Count((byte)0);
        gate.Run(() => SetAside(scan.Header!.Name.DamagedTail(scan.ValidEnd), memory.Span[from..to]));
        memory.Span[from..to].Fill(LineTrailer.Newline);
        gate.Run(() =>
        {
            file.Write(start, memory.Span);
            file.Flush();
        });
        return bytes;
    }

    private void SetAside(string name, ReadOnlySpan<byte> bytes)
    {
        ILogFile copy;
        try
        {
            copy = directory.Create(name, Access.Plain);
        }
        catch (DurableIOException)
        {
            // A recovery that crashed after this copy and before the cut: the copy is written again, and is the same.
            copy = directory.Open(name, Access.Plain, write: true);
        }

        using (copy)
        {
            copy.Write(0, bytes);
            copy.Truncate(bytes.Length);
            copy.FlushAll();
        }

        directory.Flush();
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
            Previous = chain.Previous(),
            Time = time.GetUtcNow(),
        };
        var line = seal.ToLine();
        scan.Sha256.AppendData(line);
        using var memory = AlignedMemory.Allocate(line.Length);
        memory.Span.Fill(LineTrailer.Newline);
        line.CopyTo(memory.Span);
        gate.Run(() =>
        {
            file.Write(start, memory.Span);
            file.Flush();
        });
        return (start + line.Length, Convert.ToHexStringLower(scan.Sha256.GetHashAndReset()));
    }
}
