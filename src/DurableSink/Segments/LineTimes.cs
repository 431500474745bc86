using System.Runtime.CompilerServices;

namespace DurableSink.Segments;

/// <summary>Reads the times of many lines, one after the other. Most are of the same second as the line before and begin as that one does: then
/// only the fraction is read.</summary>
internal struct LineTimes()
{
    private const int SecondEnd = 7 + 20; // {"@t":"yyyy-MM-ddTHH:mm:ss.
    private const int FractionDigits = 7;

    private readonly byte[] _second = new byte[SecondEnd]; // how a line of that second begins; at first, as none does
    private long _ticks;

    /// <summary>The same as <see cref="Timestamps.TicksOfLine"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // as what calls it
    public long TicksOf(ReadOnlySpan<byte> line)
    {
        if (line.Length > SecondEnd + FractionDigits && line[SecondEnd + FractionDigits] == 'Z' && line[..SecondEnd].SequenceEqual(_second.AsSpan(0, SecondEnd)) &&
            TextDigits.AtEnd(line[..(SecondEnd + FractionDigits)], out var digits) is var fraction && digits == FractionDigits) return _ticks + (long)fraction;
        var ticks = Timestamps.TicksOfLine(line);
        if (ticks < 0) return ticks;
        line[..SecondEnd].CopyTo(_second);
        _ticks = ticks - ticks % TimeSpan.TicksPerSecond;
        return ticks;
    }
}
