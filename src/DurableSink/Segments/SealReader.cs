using DurableSink.Storage;

namespace DurableSink.Segments;

/// <summary>Reads what a sealed segment says of itself, without reading the rest (rule 9).</summary>
internal static class SealReader
{
    private const int LongestLine = 64 << 10; // of a header or a seal

    /// <summary>The seal in the file's last line; null where that is none.</summary>
    public static SegmentSeal? Read(ILogFile file)
    {
        using var window = new SegmentWindow(file, LongestLine + AlignedMemory.Alignment);
        var start = Math.Max(0, window.Length - (LongestLine));
        var bytes = window.From(start, (int)(window.Length - start)).TrimEnd(LineTrailer.Newline);
        return SegmentSeal.TryRead(bytes[(bytes.LastIndexOf(LineTrailer.Newline) + 1)..], out var seal) ? seal : null;
    }

    /// <summary>The header in the file's first line; null where that is none.</summary>
    public static SegmentHeader? ReadHeader(ILogFile file)
    {
        using var window = new SegmentWindow(file, LongestLine + AlignedMemory.Alignment);
        var bytes = window.From(0, LongestLine);
        var end = bytes.IndexOf(LineTrailer.Newline);
        return end > 0 && SegmentHeader.TryRead(bytes[..end], file.Path, out var header) ? header : null;
    }
}
