using System.Text;
using DurableSink.Commit;
using DurableSink.Segments;
using DurableSink.Tests.Segments;
using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.Commit;

/// <summary>What stands in memory that outlives the process, and which of it follows the log.</summary>
public sealed class KeptMemoryTests : IDisposable
{
    private readonly SimulatedMemory _memory = new();

    public void Dispose() => _memory.Dispose();

    [Fact]
    public void Of_each_line_that_is_not_final_the_body_is_known_by_its_hash()
    {
        using var buffer = Kept("one", released: (1, 2));
        for (var n = 2; n <= 20; n++) buffer.NoteUnfinished(n, Encoding.UTF8.GetBytes($"body {n}"));
        Assert.Equal(
            Enumerable.Range(2, 19).Select(n => KeyValuePair.Create((long)n, KeptBuffer.HashOfBody(Encoding.UTF8.GetBytes($"body {n}")))),
            buffer.Unfinished().OrderBy(known => known.Key));
        Assert.Equal((1L, 2UL), buffer.Released);
        Assert.Equal(("stamp", "/log"), (buffer.Stamp, buffer.Directory));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Of_two_runs_with_the_same_number_the_one_that_follows_the_log_is_taken(bool foreignFirst)
    {
        var mine = Line(6, "mine");
        using var right = Kept("right", released: (5, 55), mine);
        using var foreign = Kept("foreign", released: (5, 56), Line(6, "foreign"), Line(7, "foreign"));
        List<IReadOnlyList<KeptBuffer>> left = foreignFirst ? [[foreign], [right]] : [[right], [foreign]];
        var restore = new KeptRestore(left, (5, 55));
        var taken = new List<byte[]>();
        Assert.Equal(1, restore.AppendTo(body =>
        {
            taken.Add(body.ToArray());
            return 6;
        }));
        Assert.Equal(mine[..LineTrailer.BodyLength(mine)], Assert.Single(taken));
        Assert.Equal(1, restore.Refused); // the foreign 7
    }

    private static byte[] Line(long sequence, string salt) => new SegmentText(sequence).Event(sequence, salt: salt).Line(sequence);

    private KeptBuffer Kept(string name, (long Sequence, ulong Hash) released, params byte[][] lines)
    {
        var buffer = KeptBuffer.Create(_memory.Create(name, KeptBuffer.Start + 4096), "stamp", "/log", released);
        var room = buffer.Memory.Span[KeptBuffer.Start..];
        foreach (var line in lines)
        {
            line.CopyTo(room);
            room[line.Length] = LineTrailer.Newline;
            room = room[(line.Length + 1)..];
        }

        return buffer;
    }
}
