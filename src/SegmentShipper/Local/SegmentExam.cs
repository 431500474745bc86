using System.Security.Cryptography;
using DurableSink;
using DurableSink.Segments;
using DurableSink.Storage;

namespace SegmentShipper.Local;

/// <summary>Reads a sealed segment before it is shipped: what leaves the disk for good is what was sealed, or it does not leave.</summary>
internal static class SegmentExam
{
    private const int Step = 1 << 20;

    /// <exception cref="SegmentFaultException">It is not what its name and seal say.</exception>
    /// <exception cref="DurableIOException">It cannot be read.</exception>
    public static SegmentFacts Read(ILogDirectory directory, SegmentName name, string? logId)
    {
        // Through the page cache: it is read once more to be sent, and dropped from there then.
        using var file = directory.Open(name.Sealed, Access.Plain, write: false);
        SegmentHeader header;
        try
        {
            header = SealReader.ReadHeader(file) ?? throw new SegmentFaultException("its first line is no segment header");
        }
        catch (DurableLogException newer) when (newer is not DurableIOException)
        {
            throw new SegmentFaultException(newer.Message);
        }

        if (header.Name != name) throw new SegmentFaultException($"its header names '{header.Name.Sealed}'");
        if (logId is not null && header.LogId != logId) throw new SegmentFaultException($"it belongs to log {header.LogId}, the directory to {logId}");
        var seal = SealReader.Read(file, out var sealStart) ?? throw new SegmentFaultException("its last line is no seal");
        if (seal.SegmentId != name.Id) throw new SegmentFaultException($"its seal is that of segment {seal.SegmentId}");
        var (bytes, sealedHash) = Hash(new LogFileStream(file), sealStart);
        if (Convert.ToHexStringLower(sealedHash) != seal.Sha256)
            throw new SegmentFaultException($"its content has SHA-256 {Convert.ToHexStringLower(sealedHash)}, its seal says {seal.Sha256}");
        return new(header, seal, bytes);
    }

    /// <summary>Hashes a stream to its end, and disposes it.</summary>
    public static ObjectBytes Hash(Stream stream) => Hash(stream, 0).Bytes;

    private static (ObjectBytes Bytes, byte[] HashBefore) Hash(Stream stream, long before)
    {
        using var owned = stream;
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        using var memory = AlignedMemory.Allocate((int)Math.Min(Step, stream.Length + 1));
        var (length, hashBefore) = (0L, Array.Empty<byte>());
        while (true)
        {
            if (length == before) hashBefore = sha256.GetCurrentHash();
            var wanted = length < before ? (int)Math.Min(memory.Length, before - length) : memory.Length;
            var piece = memory.Span[..stream.Read(memory.Span[..wanted])];
            if (piece.IsEmpty) break;
            sha256.AppendData(piece);
            md5.AppendData(piece);
            length += piece.Length;
        }

        return (new(length, sha256.GetHashAndReset(), md5.GetHashAndReset()), hashBefore);
    }
}
