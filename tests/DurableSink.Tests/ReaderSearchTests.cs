using DurableSink.Segments;
using DurableSink.Storage;
using DurableSink.Tests.Segments;
using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests;

/// <summary>A reader that begins in the middle of a great sealed segment searches by number, and misses nothing by it.</summary>
public sealed class ReaderSearchTests
{
    private const int Events = 40_000; // 8 MB

    private static readonly SegmentText Text = new SegmentText().Commit(Events / 2).Commit(Events / 2).Seal();

    [Theory]
    [InlineData(2)]
    [InlineData(777)]
    [InlineData(20_000)]
    [InlineData(20_001)]
    [InlineData(39_999)]
    [InlineData(40_000)]
    public void Reads_from_a_number_on_without_reading_what_stands_before(long from)
    {
        var drive = LogLab.Drive((Text.Name.Sealed, Text.Exact()));
        Assert.Equal((from, Events), Ends(drive, from));
        using var directory = LogLab.Open(drive);
        using var place = new ReadingPlace(Text.Name, directory.Open(Text.Name.Sealed, Access.Segment, write: false), isSealed: true);
        place.SkipTo(from);
        Assert.InRange(place.Lines()[0].Sequence, Math.Max(1, from - 1000), from);
    }

    [Fact]
    public void Damage_in_the_way_of_the_search_hides_nothing()
    {
        var bytes = Text.Exact();
        for (var sequence = 1; sequence < Events; sequence += 100) bytes[Text.Lines[sequence].Offset + 90] ^= 1;
        var drive = LogLab.Drive((Text.Name.Sealed, bytes));
        foreach (var from in new[] { 2, 5_000, 19_950, 20_002, 30_050 })
        {
            var records = new DurableLogReader(LogLab.Root, drive).Read(LogPosition.FromSequence(from)).ToList();
            Assert.Equal(Enumerable.Range(from, Events - from + 1).Count(n => n % 100 != 1), records.Count(r => r.Kind == LogRecordKind.Event));
            Assert.Equal((from, Events), (records[0].Sequence, records[^1].Sequence));
        }
    }

    [Fact]
    public void Wiped_blocks_in_the_way_of_the_search_hide_nothing()
    {
        var bytes = Text.Exact();
        bytes.AsSpan(bytes.Length / 2 - 200_000, 400_000).Fill(LineTrailer.Newline);
        var drive = LogLab.Drive((Text.Name.Sealed, bytes));
        Assert.Equal((5_000, Events), Ends(drive, 5_000));
        Assert.Equal((35_000, Events), Ends(drive, 35_000));
    }

    [Theory]
    [InlineData(70_000, 0xFF)] // as blocks that the drive does not give
    [InlineData(400_000, 0xFF)]
    [InlineData(3 << 20, 0xFF)] // longer than what is read at once
    [InlineData(400_000, 0)]
    public void A_damaged_stretch_ends_no_reading_however_long(int length, byte filler)
    {
        var bytes = Text.Exact();
        bytes.AsSpan(bytes.Length / 2, length).Fill(filler);
        Assert.Equal((1, Events), Ends(LogLab.Drive((Text.Name.Sealed, bytes)), 1));
    }

    [Fact]
    public void A_stretch_longer_than_the_longest_line_ends_no_reading()
    {
        var bytes = Text.Exact();
        var stretch = new byte[SegmentScanner.LongestLine + (3 << 20)]; // more than a look for the end of a line sees
        stretch.AsSpan().Fill(0xFF);
        Assert.Equal((1, Events), Ends(LogLab.Drive((Text.Name.Sealed, [.. bytes[..(bytes.Length / 2)], .. stretch, .. bytes[(bytes.Length / 2)..]])), 1));
    }

    [Fact]
    public void Damage_to_line_after_line_ends_no_reading()
    {
        var bytes = Text.Exact();
        for (var sequence = 10_000; sequence < 20_000; sequence++) bytes[Text.Lines[sequence].Offset + 90] ^= 1;
        Assert.Equal((1, Events), Ends(LogLab.Drive((Text.Name.Sealed, bytes)), 1));
    }

    /// <summary>The first and the last number, where all between come in order or as gaps.</summary>
    private static (long First, long Last) Ends(SimulatedDrive drive, long from)
    {
        long first = 0, last = 0;
        foreach (var record in new DurableLogReader(LogLab.Root, drive).Read(LogPosition.FromSequence(from)))
        {
            if (first == 0) first = record.Sequence;
            else Assert.Equal(last + 1, record.Sequence);
            if (record.Kind == LogRecordKind.Event) Assert.Equal(Text.Line(record.Sequence), record.Json.ToArray());
            last = record.LastSequence;
        }

        return (first, last);
    }
}
