using System.Text;
using DurableSink.Segments;
using DurableSink.Storage;
using Xunit;

namespace DurableSink.Tests.Segments;

public sealed class HeaderAndSealTests
{
    [Fact]
    public void A_header_is_read_back()
    {
        var text = new SegmentText(61, "bbbbbbbb", durable: 59, previous: "aaaaaaaa", origin: "aaaaaaaa", reason: "rewrite", missing: [new(1, 3), new(7, 7)]);
        Assert.True(SegmentHeader.TryRead(FirstLine(text), "segment", out var header));
        Assert.Equal(text.Header with { Durable = 59, Missing = header.Missing, Host = header.Host, ProcessId = header.ProcessId }, header);
        Assert.Equal([new SequenceRange(1, 3), new(7, 7)], header.Missing);
        Assert.Equal(text.Name, header.Name);
        Assert.Equal((Environment.MachineName, Environment.ProcessId), (header.Host, header.ProcessId));
    }

    [Fact]
    public void A_seal_is_read_back()
    {
        var sealing = new SegmentSeal
        {
            SegmentId = "aaaaaaaa",
            Count = 3,
            FirstSequence = 5,
            LastSequence = 7,
            MinTime = FixedTime.Start.AddTicks(1),
            MaxTime = FixedTime.Start.AddTicks(2),
            Sha256 = new string('a', 64),
            Previous = new(null, "first segment"),
            Time = FixedTime.Start,
        };
        var line = sealing.ToLine();
        Assert.True(SegmentSeal.TryRead(line.AsSpan()[..^1], out var seal));
        Assert.Equal(sealing, seal);
        Assert.True(LineTrailer.TryRead(line.AsSpan()[..^1], out var sequence, out var durable));
        Assert.Equal((7, 7), (sequence, durable)); // it consumes no number, and all before it is durable
    }

    [Fact]
    public void A_field_that_a_later_version_adds_is_ignored()
    {
        var body = Encoding.UTF8.GetString(new SegmentText().Header.ToBody()) + ",\"Added\":{\"a\":[1]}";
        Assert.True(SegmentHeader.TryRead(Complete(body, 0), "segment", out var header));
        Assert.Equal("aaaaaaaa", header.SegmentId);
    }

    [Fact]
    public void A_newer_format_is_refused_in_words()
    {
        var body = Encoding.UTF8.GetString(new SegmentText().Header.ToBody()).Replace("{\"@header\":1", "{\"@header\":2", StringComparison.Ordinal);
        var bytes = new byte[4096];
        bytes.AsSpan().Fill(LineTrailer.Newline);
        Complete(body, 0).CopyTo(bytes, 0);
        var name = new SegmentText().Name.Active;
        var error = Assert.Throws<DurableLogException>(() => LogLab.Recover(LogLab.Drive((name, bytes))));
        Assert.Contains("format version 2", error.Message, StringComparison.Ordinal);
        Assert.Contains("up to 1", error.Message, StringComparison.Ordinal);
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(9_000)]
    [InlineData(120_000)] // more than a MiB
    public void A_header_longer_than_the_first_window_is_read(int ranges)
    {
        var missing = Enumerable.Range(1, ranges).Select(i => new SequenceRange(i * 10L, i * 10L + 3)).ToArray();
        var text = new SegmentText(10_000_000, missing: missing).Commit(2).Seal();
        using var directory = LogLab.Open(LogLab.Drive((text.Name.Sealed, text.Exact())));
        using var file = directory.Open(text.Name.Sealed, Access.Segment, write: false);
        Assert.Equal(missing, SealReader.ReadHeader(file)!.Missing);
        Assert.Equal(10_000_001, SealReader.Read(file)!.LastSequence);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("no log\n")]
    public void A_file_that_is_no_segment_has_neither(string content)
    {
        using var directory = LogLab.Open(LogLab.Drive(("file", Encoding.UTF8.GetBytes(content))));
        using var file = directory.Open("file", Access.Segment, write: false);
        Assert.Null(SealReader.Read(file));
        Assert.Null(SealReader.ReadHeader(file));
    }

    [Fact]
    public void A_seal_is_the_last_line_or_none()
    {
        var text = new SegmentText().Commit(3).Seal();
        using var directory = LogLab.Open(LogLab.Drive(("sealed", text.Exact()), ("beyond", [.. text.Exact(), .. "x\n"u8])));
        using var sealedFile = directory.Open("sealed", Access.Segment, write: false);
        using var beyond = directory.Open("beyond", Access.Segment, write: false);
        Assert.Equal(3, SealReader.Read(sealedFile)!.Count);
        Assert.Null(SealReader.Read(beyond));
    }

    private static byte[] FirstLine(SegmentText text)
    {
        var bytes = text.Exact();
        return bytes[..bytes.AsSpan().IndexOf(LineTrailer.Newline)];
    }

    private static byte[] Complete(string body, long sequence)
    {
        var line = new byte[body.Length + LineTrailer.Length(sequence, withDurable: true)];
        Encoding.UTF8.GetBytes(body, line);
        LineTrailer.Write(line, body.Length, sequence, withDurable: true);
        LineTrailer.SetDurable(line, sequence, sequence);
        return line[..^1];
    }
}
