using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using DurableSink.Storage;

namespace DurableSink.Commit;

/// <summary>
/// The commit buffer's memory where it outlives the process: a page that says whose it is and what was let go of, a table, and room for
/// batches. Accepted events are found in it again by their lines, each of which checks itself; only what the lines cannot tell is written
/// beside them. Written under the commit lock.
/// </summary>
internal sealed class KeptBuffer : IDisposable
{
    /// <summary>Where the room for batches begins.</summary>
    public const int Start = AlignedMemory.Alignment + Entries * EntryBytes;

    private const int Entries = 8192; // no more batches than that wait at once: each takes a block at least
    private const int EntryBytes = 16;
    private const int TurnAt = 2048;
    private const int ReleasedAt = 2056; // twice: number and hash
    private const int StampBytes = 512;
    private const int DirectoryAt = 2304;

    private readonly SharedBlock _block;
    private int _nextEntry;

    private KeptBuffer(SharedBlock block) => _block = block;

    public AlignedMemory Memory => _block.Memory;

    private Span<byte> Bytes => _block.Memory.Span;

    /// <summary>The hash by which an event is known wherever its line stands: of its body, without the trailer.</summary>
    public static ulong HashOfBody(ReadOnlySpan<byte> body) => XxHash3.HashToUInt64(body);

    /// <summary>A new one. <paramref name="directory"/> is for whoever finds it without its log; <paramref name="released"/> is the last event that is
    /// durable, and its body's hash.</summary>
    public static KeptBuffer Create(SharedBlock block, string stamp, string directory, (long Sequence, ulong Hash) released)
    {
        var buffer = new KeptBuffer(block);
        buffer.Release(released.Sequence, released.Hash);
        if (Encoding.UTF8.GetByteCount(directory) <= AlignedMemory.Alignment - DirectoryAt - 2) WriteText(buffer.Bytes[DirectoryAt..], directory);
        WriteText(buffer.Bytes, stamp); // last: without it, it is nobody's
        return buffer;
    }

    /// <summary>Any that a process left, whosever it was. It is longer than <see cref="Start"/>.</summary>
    public static KeptBuffer OpenAny(SharedBlock block) => new(block);

    /// <summary>One that another process left; null where it is not one of this stamp.</summary>
    public static KeptBuffer? Open(SharedBlock block, string stamp) =>
        block.Memory.Length > Start && new KeptBuffer(block) is var buffer && buffer.Stamp == stamp ? buffer : null;

    /// <summary>Whose it is: see <see cref="KeptBuffers.StampOf"/>.</summary>
    public string Stamp => ReadText(Bytes[..StampBytes]);

    /// <summary>The path of the log's directory when it was made; empty where that is not known. Nothing rests on it.</summary>
    public string Directory => DirectoryIn(Bytes[..AlignedMemory.Alignment]);

    /// <summary>The same of one that nobody took: of its first page.</summary>
    public static string DirectoryIn(ReadOnlySpan<byte> page) => ReadText(page[DirectoryAt..]);

    /// <summary>
    /// An event was added whose line is not final: <c>@durable</c> in it, and so its hash, are set again until it is written, and the process
    /// may end in the middle of that. Its body is final.
    /// </summary>
    public void NoteUnfinished(long sequence, ReadOnlySpan<byte> body)
    {
        var entry = Bytes.Slice(AlignedMemory.Alignment + _nextEntry * EntryBytes, EntryBytes);
        _nextEntry = (_nextEntry + 1) % Entries;
        BinaryPrimitives.WriteInt64LittleEndian(entry, sequence);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], HashOfBody(body));
    }

    /// <summary>Events up to this one are durable, and their memory will be used again.</summary>
    public void Release(long sequence, ulong hash)
    {
        ref var turn = ref MemoryMarshal.AsRef<long>(Bytes[TurnAt..]);
        var next = 1 - Volatile.Read(ref turn);
        var both = MemoryMarshal.Cast<byte, ulong>(Bytes.Slice(ReleasedAt + (int)next * 16, 16));
        (both[0], both[1]) = ((ulong)sequence, hash);
        Volatile.Write(ref turn, next);
    }

    /// <summary>The last event that was let go of, and its body's hash.</summary>
    public (long Sequence, ulong Hash) Released
    {
        get
        {
            var turn = MemoryMarshal.AsRef<long>(Bytes[TurnAt..]) & 1;
            var both = MemoryMarshal.Cast<byte, ulong>(Bytes.Slice(ReleasedAt + (int)turn * 16, 16));
            return ((long)both[0], both[1]);
        }
    }

    /// <summary>The bodies' hashes of events whose lines may not be whole.</summary>
    public Dictionary<long, ulong> Unfinished()
    {
        var known = new Dictionary<long, ulong>();
        for (var i = 0; i < Entries; i++)
        {
            var entry = Bytes.Slice(AlignedMemory.Alignment + i * EntryBytes, EntryBytes);
            if (BinaryPrimitives.ReadInt64LittleEndian(entry) is > 0 and var sequence) known[sequence] = BinaryPrimitives.ReadUInt64LittleEndian(entry[8..]);
        }

        return known;
    }

    private static void WriteText(Span<byte> room, string text)
    {
        var length = Encoding.UTF8.GetBytes(text, room[2..]);
        BinaryPrimitives.WriteUInt16LittleEndian(room, (ushort)length); // last: half of it is none
    }

    private static string ReadText(ReadOnlySpan<byte> room) =>
        BinaryPrimitives.ReadUInt16LittleEndian(room) is var length && length <= room.Length - 2 ? Encoding.UTF8.GetString(room.Slice(2, length)) : "";

    /// <summary>It is not needed any more.</summary>
    public void Delete() => _block.Delete();

    /// <summary>It stays for whoever opens the log next.</summary>
    public void Dispose() => _block.Dispose();
}
