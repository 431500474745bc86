using System.Security.Cryptography;
using System.Text;

namespace DurableSink.Tests.Tooling.Commands;

/// <summary>A segment with another event in it, made by somebody who knows the format and has no key: every hash in it is right.</summary>
internal static class Forgery
{
    public static byte[] Of(byte[] segment)
    {
        var lines = Encoding.UTF8.GetString(segment).Split('\n');
        lines[1] = WithHash(lines[1].Replace("\"Event {N}", "\"Evens {N}", StringComparison.Ordinal));
        var before = string.Join('\n', lines[..^2]) + "\n";
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(before)));
        var seal = lines[^2];
        var at = seal.IndexOf("\"Sha256\":\"", StringComparison.Ordinal) + "\"Sha256\":\"".Length;
        return Encoding.UTF8.GetBytes(before + WithHash(seal[..at] + sha256 + seal[(at + sha256.Length)..]) + "\n");
    }

    private static string WithHash(string line)
    {
        var body = line[..line.LastIndexOf(",\"@hash\"", StringComparison.Ordinal)];
        return $"{body},\"@hash\":\"{System.IO.Hashing.XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(body)):x16}\"}}";
    }
}
