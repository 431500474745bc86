using DurableSink.Storage;

namespace DurableSink.Segments;

/// <summary>Reads what a sealed segment says of itself, without reading the rest (rule 9).</summary>
internal static class SealReader
{
    private const int Usual = 2 * AlignedMemory.Alignment; // nearly all seals and headers are shorter
    private const int Most = 64 << 10; // no seal is longer

    /// <summary>The seal in the file's last line; null where that is none.</summary>
    public static SegmentSeal? Read(ILogFile file) => Read(file, out _);

    /// <summary>The same, with the offset of that line: what is before it is what the seal's hash covers.</summary>
    public static SegmentSeal? Read(ILogFile file, out long sealStart)
    {
        using var window = new SegmentWindow(file, Usual + AlignedMemory.Alignment);
        for (var wanted = Usual; ; wanted = Most)
        {
            var start = Math.Max(0, window.Length - wanted);
            var bytes = window.From(start, (int)(window.Length - start)).TrimEnd(LineTrailer.Newline);
            var line = bytes.LastIndexOf(LineTrailer.Newline) + 1;
            if (line == 0 && start > 0 && wanted < Most) continue; // it begins before
            sealStart = start + line;
            return SegmentSeal.TryRead(bytes[line..], out var seal) ? seal : null;
        }
    }

    /// <summary>The header in the file's first line; null where that is none. One that names many missing ranges is long.</summary>
    public static SegmentHeader? ReadHeader(ILogFile file)
    {
        using var window = new SegmentWindow(file, Usual + AlignedMemory.Alignment);
        for (var wanted = Usual; ; wanted *= 2)
        {
            var bytes = window.From(0, wanted);
            if (!bytes.StartsWith(SegmentHeader.Mark)) return null;
            var end = bytes.IndexOf(LineTrailer.Newline);
            if (end > 0) return SegmentHeader.TryRead(bytes[..end], file.Path, out var header) ? header : null;
            if (bytes.Length < wanted || wanted > SegmentScanner.LongestLine) return null;
        }
    }
}
