using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DurableSink.Segments;

/// <summary>Digits in lines, several at once: a scan reads millions of lines.</summary>
internal static class TextDigits
{
    /// <summary>Every number of so many digits fits.</summary>
    public const int Most = 19;

    private const int AtOnce = sizeof(ulong);
    private const ulong InEach = 0x0101_0101_0101_0101; // times a byte: that byte in all eight

    /// <summary>The number that a text of at least eight characters ends with, and of how many decimal digits: 0 where it ends with none, and
    /// more than <see cref="Most"/>, with a number that says nothing, where it is too long.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong AtEnd(ReadOnlySpan<byte> text, out int count)
    {
        count = 0;
        if (text.Length < AtOnce) return 0;
        var eight = BinaryPrimitives.ReadUInt64LittleEndian(text[^AtOnce..]) ^ InEach * '0'; // a digit is its value now; the last one is the highest byte
        var others = (eight | ((eight & InEach * 0x7F) + InEach * (0x80 - 10))) & InEach * 0x80;
        count = BitOperations.LeadingZeroCount(others) / 8;
        if (count == 0) return 0;
        var bits = 8 * (AtOnce - count);
        var number = Value(eight >> bits << bits);
        if (count < AtOnce) return number;
        for (var unit = 100_000_000UL; count <= Most && count < text.Length && (uint)(text[^(count + 1)] - '0') is var digit and <= 9; count++, unit *= 10)
            number += digit * unit;
        return number;
    }

    /// <summary>A 64-bit number as 16 lower-case hexadecimal digits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Hexadecimal(ulong value)
    {
        var bytes = Vector128.WidenLower(Vector128.CreateScalar(BinaryPrimitives.ReverseEndianness(value)).AsByte());
        var halves = bytes >> 4 | (bytes & Vector128.Create((ushort)0x0F)) << 8;
        return Vector128.Shuffle(Vector128.Create("0123456789abcdef"u8), halves.AsByte());
    }

    /// <summary>Of eight digits, the first in the lowest byte: put together to pairs, fours and the whole.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Value(ulong digits)
    {
        digits = (digits & 0x00FF_00FF_00FF_00FF) * 10 + (digits >> 8 & 0x00FF_00FF_00FF_00FF);
        digits = (digits & 0x0000_FFFF_0000_FFFF) * 100 + (digits >> 16 & 0x0000_FFFF_0000_FFFF);
        return (digits & 0xFFFF_FFFF) * 10_000 + (digits >> 32);
    }
}
