using DurableSink.Segments;

namespace SegmentShipper.Local;

/// <summary>A sealed segment that was read as a whole and is what its seal says.</summary>
internal sealed record SegmentFacts(SegmentHeader Header, SegmentSeal Seal, ObjectBytes Bytes)
{
    public SegmentName Name => Header.Name;

    /// <summary>Of the file, in hexadecimal digits.</summary>
    public string Sha256 { get; } = Convert.ToHexStringLower(Bytes.Sha256.Span);
}

/// <summary>Some bytes by their length and hashes.</summary>
internal sealed record ObjectBytes(long Length, ReadOnlyMemory<byte> Sha256, ReadOnlyMemory<byte> Md5);

/// <summary>A file named like a sealed segment is none, or not a whole one: nothing to be shipped as what it says it is.</summary>
internal sealed class SegmentFaultException(string message) : Exception(message);
