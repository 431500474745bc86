using System.IO.Hashing;
using System.Runtime.CompilerServices;

namespace DurableSink.Segments;

/// <summary>
/// XXH3-64 with seed 0. For 129 to 240 bytes, which most lines have, as its specification has it (github.com/Cyan4973/xxHash,
/// doc/xxhash_spec.md): in half the time that the library takes, and it was the greatest part of checking a line. All else is the library's.
/// </summary>
internal static unsafe class LineHash
{
    private const ulong Prime = 0x9E37_79B1_85EB_CA87;
    private const ulong AvalanchePrime = 0x1656_6791_9E37_79F9;
    private const int Stripe = 16;
    private const int FirstStripes = 8 * Stripe;
    private const int SecretOffset = 3; // where the stripes after the first eight begin in it
    private const int LastSecretOffset = 119;

    private static ReadOnlySpan<byte> Secret =>
    [
        0xb8, 0xfe, 0x6c, 0x39, 0x23, 0xa4, 0x4b, 0xbe, 0x7c, 0x01, 0x81, 0x2c, 0xf7, 0x21, 0xad, 0x1c,
        0xde, 0xd4, 0x6d, 0xe9, 0x83, 0x90, 0x97, 0xdb, 0x72, 0x40, 0xa4, 0xa4, 0xb7, 0xb3, 0x67, 0x1f,
        0xcb, 0x79, 0xe6, 0x4e, 0xcc, 0xc0, 0xe5, 0x78, 0x82, 0x5a, 0xd0, 0x7d, 0xcc, 0xff, 0x72, 0x21,
        0xb8, 0x08, 0x46, 0x74, 0xf7, 0x43, 0x24, 0x8e, 0xe0, 0x35, 0x90, 0xe6, 0x81, 0x3a, 0x26, 0x4c,
        0x3c, 0x28, 0x52, 0xbb, 0x91, 0xc3, 0x00, 0xcb, 0x88, 0xd0, 0x65, 0x8b, 0x1b, 0x53, 0x2e, 0xa3,
        0x71, 0x64, 0x48, 0x97, 0xa2, 0x0d, 0xf9, 0x4e, 0x38, 0x19, 0xef, 0x46, 0xa9, 0xde, 0xac, 0xd8,
        0xa8, 0xfa, 0x76, 0x3f, 0xe3, 0x9c, 0x34, 0x3f, 0xf9, 0xdc, 0xbb, 0xc7, 0xc7, 0x0b, 0x4f, 0x1d,
        0x8a, 0x51, 0xe0, 0x4b, 0xcd, 0xb4, 0x59, 0x31, 0xc8, 0x9f, 0x7e, 0xc9, 0xd9, 0x78, 0x73, 0x64,
        0xea, 0xc5, 0xac, 0x83, 0x34, 0xd3, 0xeb, 0xc3,
    ];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // as what calls it
    public static ulong Of(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is < 129 or > 240 || !BitConverter.IsLittleEndian) return XxHash3.HashToUInt64(bytes);
        fixed (byte* text = bytes, secret = Secret)
        {
            var (even, odd) = (Prime * (ulong)bytes.Length, 0UL); // two sums: neither waits for the other
            for (nint at = 0; at < FirstStripes; at += 2 * Stripe)
            {
                even += Mix(text + at, secret + at);
                odd += Mix(text + at + Stripe, secret + at + Stripe);
            }

            var sum = Avalanche(even + odd);
            for (nint at = FirstStripes; at + Stripe <= bytes.Length; at += Stripe) sum += Mix(text + at, secret + at - FirstStripes + SecretOffset);
            return Avalanche(sum + Mix(text + bytes.Length - Stripe, secret + LastSecretOffset));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Mix(byte* text, byte* secret)
    {
        var (first, second) = (*(ulong*)text ^ *(ulong*)secret, *(ulong*)(text + 8) ^ *(ulong*)(secret + 8));
        return Math.BigMul(first, second, out var low) ^ low;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Avalanche(ulong sum)
    {
        sum = (sum ^ sum >> 37) * AvalanchePrime;
        return sum ^ sum >> 32;
    }
}
