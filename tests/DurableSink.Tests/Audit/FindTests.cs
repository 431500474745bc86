using DurableSink.Segments;
using DurableSink.Tests.Segments;
using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.Audit;

/// <summary>DurableLogReader.Find: what became of a receipt's event.</summary>
public sealed class FindTests
{
    private static readonly SegmentText First = new SegmentText(1, "aaaaaaaa").Commit(10).Seal();
    private static readonly SegmentText Second = new SegmentText(11, "bbbbbbbb").Commit(5).Commit(5);

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(20)]
    public void Found_in_sealed_and_active_segments(long sequence)
    {
        var finding = Find(Both(), ReceiptOf(sequence));
        Assert.Equal(AuditOutcome.Found, finding.Outcome);
        Assert.Equal(LineOf(sequence), finding.Record!.Json.ToArray());
    }

    [Fact]
    public void Found_where_salvage_put_it()
    {
        var salvaged = new SegmentText(1, "cccccccc").Commit(10).Seal(); // the same lines in another segment
        Assert.Equal(First.Line(3), salvaged.Line(3));
        var finding = Find(LogLab.Drive((salvaged.Name.Sealed, salvaged.Exact())), ReceiptOf(3));
        Assert.Equal((AuditOutcome.Found, salvaged.Name.Sealed), (finding.Outcome, finding.Record!.Segment));
    }

    [Fact]
    public void Another_event_under_its_number()
    {
        var finding = Find(Both(), ReceiptOf(3) with { Hash = "0123456789abcdef" });
        Assert.Equal(AuditOutcome.OtherContent, finding.Outcome);
        Assert.Equal(First.Line(3), finding.Record!.Json.ToArray());
    }

    [Fact]
    public void Removed_with_its_segment()
    {
        var drive = LogLab.Drive((Second.Name.Active, Second.Active()));
        Assert.Equal(new AuditFinding(AuditOutcome.Removed), Find(drive, ReceiptOf(10)));
        Assert.Equal(AuditOutcome.Found, Find(drive, ReceiptOf(11)).Outcome);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(20)]
    [InlineData(40)]
    public void Missing_in_a_hole_and_beyond_the_end(long sequence)
    {
        var third = new SegmentText(21, "dddddddd").Commit(5).Seal();
        var drive = LogLab.Drive((First.Name.Sealed, First.Exact()), (third.Name.Sealed, third.Exact()));
        Assert.Equal(new AuditFinding(AuditOutcome.Missing), Find(drive, ReceiptOf(1) with { Sequence = sequence }));
        Assert.Equal(AuditOutcome.Missing, Find(LogLab.Drive(), ReceiptOf(1)).Outcome); // an empty log
    }

    [Fact]
    public void Another_logs_receipt_also_where_only_a_header_tells()
    {
        var other = ReceiptOf(3) with { LogId = new string('f', 32) };
        Assert.Equal(new AuditFinding(AuditOutcome.OtherLog), Find(Both(), other)); // a copy without the file LOG
        var drive = Both();
        using (var directory = LogLab.Open(drive)) LogIdentity.ReadOrCreate(directory, SegmentText.LogName, TimeProvider.System);
        Assert.Equal(AuditOutcome.OtherLog, Find(drive, other).Outcome);
        Assert.Equal(AuditOutcome.Found, Find(drive, ReceiptOf(3)).Outcome);
    }

    private static SimulatedDrive Both() => LogLab.Drive((First.Name.Sealed, First.Exact()), (Second.Name.Active, Second.Active(8192)));

    private static AuditFinding Find(SimulatedDrive drive, AuditReceipt receipt) => new DurableLogReader(LogLab.Root, drive).Find(receipt);

    private static byte[] LineOf(long sequence) => sequence <= 10 ? First.Line(sequence) : Second.Line(sequence);

    private static AuditReceipt ReceiptOf(long sequence) => new()
    {
        LogId = SegmentText.LogId,
        SegmentId = "aaaaaaaa",
        Sequence = sequence,
        Hash = LineTrailer.ToText(LineTrailer.HashOf(LineOf(sequence))),
        Time = default,
    };
}
