using System.Buffers;
using System.Text.Json;
using DurableSink;
using DurableSink.Segments;
using Microsoft.Extensions.Logging;
using SegmentShipper.Local;

namespace SegmentShipper.Digests;

/// <summary>
/// What was verified and stands in no digest yet. Each segment has a note of it, a small file beside it that is durable before the segment may go: so
/// a digest says what was read on the disk, never what a bucket was found to hold later. Thread-safe.
/// </summary>
internal sealed class DigestNotes
{
    public const string Suffix = ".undigested";
    public const int MostWaiting = 2 * DigestChain.MostSegments; // D9: where no digest can be made, files and memory do not grow for ever

    private readonly ShippedDirectory _directory;
    private readonly Action<DurableNotice> _notify;
    private readonly int _most;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (DigestedSegment Segment, string? File)> _all = []; // by key
    private bool _isFull;

    public DigestNotes(ShippedDirectory directory, Action<DurableNotice> notify, int most = MostWaiting)
    {
        (_directory, _notify, _most) = (directory, notify, most);
        foreach (var file in directory.Files.List().Where(name => name.EndsWith(Suffix, StringComparison.Ordinal)))
        {
            if (directory.ReadNote(file) is { } bytes && JsonLine.TryRead(bytes, DigestedSegment.Read, out var segment)) _all[segment.Key] = (segment, file);
            else directory.RemoveNotes([file]); // torn: its segment is still there, and is verified again
        }
    }

    public int Count
    {
        get
        {
            lock (_gate) return _all.Count;
        }
    }

    /// <summary>Returns when they are durable; where the drive has no room, they are kept in memory alone: what was shipped is to leave a full drive.
    /// What is more than may wait is told, and stands in no digest.</summary>
    /// <exception cref="DurableIOException">The drive failed.</exception>
    public void Add(IReadOnlyList<(SegmentName Name, DigestedSegment Segment)> verified)
    {
        lock (_gate)
        {
            var room = _most - _all.Count;
            var noted = verified.Where(one => _all.ContainsKey(one.Segment.Key) || room-- > 0).ToList();
            if (noted.Count < verified.Count) TellFull();
            verified = noted;
            var written = _directory.WriteNotes([.. verified.Select(one => (one.Name.Sealed + Suffix, ToBytes(one.Segment)))]);
            foreach (var (name, segment) in verified) _all[segment.Key] = (segment, written.Contains(name.Sealed + Suffix) ? name.Sealed + Suffix : null);
        }
    }

    /// <summary>The oldest in log order.</summary>
    public IReadOnlyList<DigestedSegment> Take(int most)
    {
        lock (_gate) return [.. _all.Values.Select(note => note.Segment).OrderBy(segment => segment.FirstSequence).ThenBy(segment => segment.Key, StringComparer.Ordinal).Take(most)];
    }

    /// <summary>These stand in a digest.</summary>
    public void Remove(IEnumerable<DigestedSegment> digested)
    {
        lock (_gate)
        {
            var files = new List<string>();
            foreach (var segment in digested)
            {
                if (!_all.TryGetValue(segment.Key, out var note) || note.Segment != segment) continue;
                _all.Remove(segment.Key);
                if (note.File is { } file) files.Add(file);
            }

            _directory.RemoveNotes(files);
            _isFull &= _all.Count >= _most;
        }
    }

    private void TellFull()
    {
        if (_isFull) return;
        _isFull = true;
        _notify(new(LogLevel.Critical, "DigestsFull",
            $"{_most} shipped segments of '{_directory.Files.Path}' wait for a digest, and no more are kept: what is shipped from now on stands in none until there is room. " +
            "See to the notice DigestsBroken, or ShippingFails, before this one."));
    }

    private static byte[] ToBytes(DigestedSegment segment)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes)) segment.Write(json);
        return [.. bytes.WrittenSpan, (byte)'\n'];
    }
}
