using DurableSink.Segments;
using DurableSink.Storage;

namespace DurableSink.Commit;

/// <summary>
/// Rule 3: the acknowledged lines that have a byte in the segment's last, partly filled block. The next commit writes that block
/// again; if it fails, the block's content is undefined, and these lines are written to a new segment with the rest.
/// Used by the committer alone.
/// </summary>
internal sealed class TailLines
{
    private const int Block = AlignedMemory.Alignment;

    private byte[] _bytes = new byte[2 * Block];

    public int Length { get; private set; }

    public long FirstSequence { get; private set; }

    public long LastSequence { get; private set; }

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    public void Clear() => Length = 0;

    /// <summary>A flush covered the batch.</summary>
    public void Covered(Batch batch)
    {
        var end = batch.FileOffset + batch.Length;
        var tail = (int)(end / Block * Block - batch.FileOffset); // of the tail block, within the batch
        if (end % Block == 0)
        {
            Clear();
            return;
        }

        if (tail > 0 || batch.StartsSegment)
        {
            Clear();
            FirstSequence = batch.FirstSequence;
        }

        var lines = batch.NewLines;
        if (tail > batch.Prefix)
        {
            // From the line that reaches into the tail block, which may begin long before it.
            var before = lines[..(tail - batch.Prefix)];
            var start = before.LastIndexOf(LineTrailer.Newline) + 1;
            lines = lines[start..];
            FirstSequence = batch.LastSequence - lines.Count(LineTrailer.Newline) + 1; // few: all before may be many
        }

        if (Length == 0 && tail <= batch.Prefix) FirstSequence = batch.FirstSequence;
        if (_bytes.Length < Length + lines.Length) Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, Length + lines.Length));
        lines.CopyTo(_bytes.AsSpan(Length));
        Length += lines.Length;
        LastSequence = batch.LastSequence;
    }
}
