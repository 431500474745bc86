using System.Security.Cryptography;

namespace SegmentShipper.S3;

/// <summary>The check of the transport that every S3-compatible server knows (Content-MD5). Nothing rests on it that is attacked.</summary>
internal static class Md5
{
    public static byte[] Of(ReadOnlySpan<byte> bytes)
    {
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        md5.AppendData(bytes);
        return md5.GetHashAndReset();
    }
}
