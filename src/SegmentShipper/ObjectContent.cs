namespace SegmentShipper;

/// <summary>The bytes of an object to be made, and what is said of them.</summary>
public sealed class ObjectContent
{
    /// <summary>The bytes from the first on, at their beginning; seekable. The caller of the store owns and disposes it.</summary>
    public required Stream Stream { get; init; }

    /// <summary>How many they are.</summary>
    public required long Length { get; init; }

    /// <summary>Their SHA-256, 32 bytes.</summary>
    public required ReadOnlyMemory<byte> Sha256 { get; init; }

    /// <summary>Their MD5, 16 bytes: a check of the transport that every S3-compatible server knows; nothing rests on it that is attacked.</summary>
    public required ReadOnlyMemory<byte> Md5 { get; init; }

    /// <summary>Such as <c>application/x-ndjson</c>.</summary>
    public required string ContentType { get; init; }

    /// <summary>Kept with the object where the store can (a directory cannot). Keys are lower case; all is ASCII.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
}

/// <summary>What a store says of an object.</summary>
/// <param name="Length">Bytes.</param>
/// <param name="Metadata">What was given with <see cref="ObjectContent.Metadata"/>; empty where the store keeps none.</param>
/// <param name="Md5">The MD5 of its bytes in hexadecimal digits, where the store tells it.</param>
public sealed record ObjectDescription(long Length, IReadOnlyDictionary<string, string> Metadata, string? Md5 = null);
