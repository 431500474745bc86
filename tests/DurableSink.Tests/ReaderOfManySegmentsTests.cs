using DurableSink.Segments;
using DurableSink.Tests.Segments;
using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests;

/// <summary>A reader remembers what the directory listed; what changes under its feet is seen all the same.</summary>
public sealed class ReaderOfManySegmentsTests
{
    [Fact]
    public void Many_sealed_segments_are_read_with_few_listings()
    {
        var drive = LogLab.Drive([.. Enumerable.Range(0, 100).Select(i => Sealed(Text(i)))]);
        var before = drive.Calls(DriveCall.List);
        Assert.Equal(LogLab.Range(1, 1000), new DurableLogReader(LogLab.Root, drive).Read().Select(r => r.Sequence));
        Assert.InRange(drive.Calls(DriveCall.List) - before, 1, 5);
    }

    [Fact]
    public void Segments_removed_after_they_were_listed_are_a_gap()
    {
        var drive = LogLab.Drive([.. Enumerable.Range(0, 6).Select(i => Sealed(Text(i)))]);
        using var directory = LogLab.Open(drive);
        using var cursor = new LogCursor(LogLab.Open(drive), default);
        Assert.Equal(LogLab.Range(1, 10), cursor.Next().Select(r => r.Sequence));
        foreach (var i in new[] { 0, 1, 2 }) directory.Delete(Text(i).Name.Sealed);
        var records = Rest(cursor);
        Assert.Equal((LogRecordKind.Gap, 11, 30), (records[0].Kind, records[0].Sequence, records[0].LastSequence));
        Assert.Equal(LogLab.Range(31, 60), records.Skip(1).Select(r => r.Sequence));
    }

    [Fact]
    public void Segments_sealed_and_begun_after_the_listing_are_read()
    {
        var drive = LogLab.Drive(Sealed(Text(0)), Sealed(Text(1)), (Text(2).Name.Active, Text(2, isSealed: false).Active()));
        using var directory = LogLab.Open(drive);
        using var cursor = new LogCursor(LogLab.Open(drive), default);
        Assert.Equal(LogLab.Range(1, 10), cursor.Next().Select(r => r.Sequence));
        directory.Delete(Text(2).Name.Active);
        foreach (var i in new[] { 2, 3 }) drive.Plant($"{LogLab.Root}/{Text(i).Name.Sealed}", Text(i).Exact());
        drive.Plant($"{LogLab.Root}/{Text(4).Name.Active}", Text(4, isSealed: false).Active());
        var records = Rest(cursor);
        Assert.Equal(LogLab.Range(11, 50), records.Select(r => r.Sequence));
        Assert.All(records.Take(30), r => Assert.EndsWith(".clef", r.Segment, StringComparison.Ordinal));
    }

    [Fact]
    public void A_time_is_looked_for_once_in_each_seal()
    {
        var drive = LogLab.Drive([.. Enumerable.Range(0, 50).Select(i => Sealed(Text(i)))]);
        using var cursor = new LogCursor(LogLab.Open(drive), LogPosition.FromTime(FixedTime.Start.AddDays(1)));
        Assert.Empty(cursor.Next());
        var before = drive.Calls(DriveCall.Read);
        Assert.Empty(cursor.Next());
        Assert.InRange(drive.Calls(DriveCall.Read) - before, 0, 2);
    }

    /// <summary>All that comes until the cursor has no more.</summary>
    private static List<LogRecord> Rest(LogCursor cursor)
    {
        var records = new List<LogRecord>();
        while (cursor.Next() is { Count: > 0 } more) records.AddRange(more);
        return records;
    }

    /// <summary>The segment with ten events, of number <paramref name="index"/> in the log.</summary>
    private static SegmentText Text(int index, bool isSealed = true)
    {
        var text = new SegmentText(index * 10 + 1, id: index.ToString("x8", System.Globalization.CultureInfo.InvariantCulture)).Commit(10);
        return isSealed ? text.Seal() : text;
    }

    private static (string, byte[]) Sealed(SegmentText text) => (text.Name.Sealed, text.Exact());
}
