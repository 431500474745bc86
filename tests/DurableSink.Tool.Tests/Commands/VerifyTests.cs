using System.Security.Cryptography;
using System.Text.Json;
using DurableSink.Segments;
using DurableSink.Tests.Segments;
using Xunit;

namespace DurableSink.Tests.Tooling.Commands;

public sealed class VerifyTests : ToolTest
{
    [Fact]
    public void A_log_that_the_engine_wrote_is_whole_and_complete()
    {
        for (var run = 0; run < 4; run++) Write(Events(10));
        var report = Verify(exit: 0);
        Assert.Equal(("whole", "complete", 4, 4, 3, 40), (Text(report, "integrity"), Text(report, "completeness"), Number(report, "segments"), Number(report, "seals"), Number(report, "links"), Number(report, "events")));
        Assert.Empty(Findings(report));
        Assert.Contains("integrity:    whole", Run("verify", Dir).Out);
    }

    [Fact]
    public void A_log_without_events_is_whole()
    {
        Write();
        Assert.Equal(0, Run("verify", Dir).Exit);
    }

    [Fact]
    public void Each_byte_of_a_sealed_segment_counts()
    {
        var text = new SegmentText().Commit(3).Seal();
        for (var at = 0; at < text.Length; at += at < 1500 || at > text.Length - 900 ? 1 : 97)
        {
            var bytes = text.Exact();
            bytes[at] ^= 1;
            Plant((text.Name.Sealed, bytes));
            var ran = Run("verify", Dir);
            Assert.True(ran.Exit == 2, $"byte {at}: {ran}");
        }
    }

    [Fact]
    public void Damage_names_file_offset_and_the_events_that_are_lost()
    {
        var text = new SegmentText().Commit(10).Seal();
        var bytes = text.Exact();
        bytes[text.Lines[4].Offset + 90] ^= 1;
        bytes[text.Lines[5].Offset + 90] ^= 1;
        Plant((text.Name.Sealed, bytes));
        var report = Verify(exit: 2);
        Assert.Equal(["damaged: a line that is not whole", "missing: events 4 to 5: no whole line, and nothing in the log says why"], Findings(report));
        Assert.Equal(text.Lines[4].Offset, report.GetProperty("findings")[0].GetProperty("offset").GetInt64());
        Assert.Contains($"damaged {text.Name.Sealed} at offset {text.Lines[4].Offset}: a line", Run("verify", Dir).Out);
        Assert.Equal(8, Number(report, "events"));
    }

    [Fact]
    public void A_segment_that_was_removed_from_the_middle_makes_the_log_incomplete_and_harms_nothing_else()
    {
        for (var run = 0; run < 3; run++) Write(Events(10));
        new FileInfo(Sealed()[1]).Delete();
        var report = Verify(exit: 2);
        Assert.Equal(("whole", "incomplete"), (Text(report, "integrity"), Text(report, "completeness")));
        Assert.Equal(["missing: events 11 to 20: no whole line, and nothing in the log says why"], Findings(report));
    }

    [Fact]
    public void Old_segments_that_retention_removed_are_a_note()
    {
        for (var run = 0; run < 3; run++) Write(Events(10));
        new FileInfo(Sealed()[0]).Delete();
        var report = Verify(exit: 0);
        Assert.Equal(2, Findings(report).Count(f => f.StartsWith("note: ", StringComparison.Ordinal)));
        Assert.Contains("note: the log begins with event 11: earlier ones were removed (retention, a shipper, by hand)", Findings(report));
    }

    [Fact]
    public void A_segment_that_was_replaced_by_another_whole_one_breaks_the_chain()
    {
        var first = new SegmentText(1, "aaaaaaaa").Commit(10).Seal();
        var forged = new SegmentText(1, "aaaaaaaa").Commit(10, 220).Seal();
        var second = new SegmentText(11, "bbbbbbbb", previous: "aaaaaaaa").Commit(10).Seal(Convert.ToHexStringLower(SHA256.HashData(first.Exact())));
        Plant(Sealed(first), Sealed(second));
        Assert.Equal(1, Number(Verify(exit: 0), "links"));
        Plant(Sealed(forged));
        Assert.StartsWith("damaged: its seal names a file with the SHA-256 ", Findings(Verify(exit: 2)).Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_behind_the_seal_and_a_wrong_name_are_damage()
    {
        var text = new SegmentText().Commit(3).Seal();
        Plant((text.Name.Sealed, [.. text.Exact(), .. "\n"u8]));
        Assert.Equal(["damaged: 1 bytes follow its seal"], Findings(Verify(exit: 2)));
        new FileInfo(Path.Combine(Dir, text.Name.Sealed)).Delete();
        Plant((text.Name.Sealed.Replace("aaaaaaaa", "bbbbbbbb"), text.Exact()));
        Assert.Equal([$"damaged: its header is that of '{text.Name.Sealed}'"], Findings(Verify(exit: 2)));
    }

    [Fact]
    public void A_torn_end_is_no_damage()
    {
        var text = new SegmentText().Commit(10).Commit(20);
        var bytes = text.Active(4096);
        var sector = (text.Lines[15].Offset / 512 + 1) * 512;
        bytes.AsSpan(sector).Fill(LineTrailer.Newline);
        Plant((text.Name.Active, bytes));
        var report = Verify(exit: 1);
        Assert.Equal(("torn", "complete"), (Text(report, "integrity"), Text(report, "completeness")));
        Assert.InRange(Number(report, "events"), 10, 16);
    }

    [Fact]
    public void Damage_in_an_active_segment_is_found()
    {
        var text = new SegmentText().Commit(10).Commit(10).Commit(10);
        var bytes = text.Active(4096);
        bytes[text.Lines[4].Offset + 90] ^= 1;
        Plant((text.Name.Active, bytes));
        var report = Verify(exit: 2);
        Assert.Equal(("damaged", "incomplete", 29), (Text(report, "integrity"), Text(report, "completeness"), Number(report, "events")));
        Assert.Contains("missing: event 4: lost to damage, as the log itself says", Findings(report));
    }

    [Fact]
    public void What_a_recovery_could_not_save_stays_missing()
    {
        var text = new SegmentText().Commit(10).Commit(10);
        var bytes = text.Active(4096);
        bytes[text.Lines[4].Offset + 90] ^= 1;
        Plant((text.Name.Active, bytes));
        Write(Events(1));
        var report = Verify(exit: 2);
        Assert.Equal(("whole", "incomplete"), (Text(report, "integrity"), Text(report, "completeness")));
        Assert.Equal(["missing: event 4: lost to damage, as the log itself says"], Findings(report).Where(f => !f.StartsWith("note", StringComparison.Ordinal)));
    }

    [Fact]
    public void Files_are_verified_wherever_they_lie()
    {
        for (var run = 0; run < 3; run++) Write(Events(10));
        var files = Sealed().Select((f, i) => (From: f, To: Temp[$"copy{9 - i}"])).ToList();
        files.ForEach(f => File.Copy(f.From, f.To));
        var ran = Run(["verify", "--json", .. files.Select(f => f.To)]);
        Assert.Equal((0, 2), (ran.Exit, Number(JsonDocument.Parse(ran.Out).RootElement, "links")));
        Assert.Equal(3, Run("verify", Path.Combine(Dir, "x.clef.active")).Exit);
    }

    [Fact]
    public void Receipts_are_looked_for()
    {
        Write(Events(10));
        var receipts = new DurableLogReader(Dir).Read().Select(r => new AuditReceipt
        {
            LogId = LogId(),
            SegmentId = r.Segment[^13..^5],
            Sequence = r.Sequence,
            Hash = LineTrailer.ToText(LineTrailer.HashOf(r.Json.Span)),
            Time = r.Timestamp,
        }).ToList();
        File.WriteAllLines(Temp["receipts"], [receipts[0].ToString(), "", JsonSerializer.Serialize(receipts[1]), JsonSerializer.Serialize(receipts[2], JsonSerializerOptions.Web)]);
        Assert.Contains("receipts:     3 of 3 receipts found\n", Run("verify", Dir, "--receipt", Temp["receipts"]).Out);
        Assert.Equal(0, Run("verify", Dir, "--receipt", receipts[9].ToString()).Exit);

        Assert.Equal(["missing: OtherLog"], Receipt(receipts[0] with { LogId = new string('0', 32) }));
        Assert.Equal(["missing: Missing"], Receipt(receipts[0] with { Sequence = 11 }));
        Assert.Equal(["damaged: OtherContent"], Receipt(receipts[0] with { Sequence = 2 }));

        List<string> Receipt(AuditReceipt receipt)
        {
            var ran = Run("verify", Dir, "--json", "--receipt", receipt.ToString());
            Assert.Equal(2, ran.Exit);
            var json = JsonDocument.Parse(ran.Out).RootElement;
            return [$"{json.GetProperty("findings")[0].GetProperty("kind").GetString()}: {json.GetProperty("receipts")[0].GetProperty("outcome").GetString()}"];
        }
    }

    [Theory]
    [InlineData("nothing", "--receipt is 'nothing', which is no receipt and no file.")]
    [InlineData("{}", "Line 1 of ")]
    public void What_is_no_receipt_is_told(string text, string expected)
    {
        Write(Events(1));
        File.WriteAllText(Temp["r"], text);
        Assert.Contains(expected, Run("verify", Dir, "--receipt", text == "nothing" ? text : Temp["r"]).Error);
    }

    [Fact]
    public void Verifying_changes_nothing_also_where_a_recovery_would()
    {
        var text = new SegmentText().Commit(10).Commit(10);
        var bytes = text.Active(4096);
        bytes[text.Lines[4].Offset + 90] ^= 1;
        Plant((text.Name.Active, bytes), ("x.spare", [1, 2, 3]));
        var before = Snapshot();
        Verify(exit: 2);
        Assert.Equal(before, Snapshot());
    }

    [Fact]
    public void A_log_that_is_being_written_is_whole_at_every_moment()
    {
        using var log = DurableLog.Open(new() { Directory = Dir, LogName = "orders", SegmentBytes = 128 << 10, MaxEventBytes = 4096 });
        using var stop = new CancellationTokenSource();
        var writer = new Thread(() =>
        {
            for (var n = 0; !stop.IsCancellationRequested; n++) log.Append(DurableEvent.Create("Order {N} of {Text}", n, new string('.', n % 700)));
        });
        writer.Start();
        try
        {
            for (var i = 0; i < 8; i++)
            {
                var ran = Run("verify", Dir);
                Assert.True(ran.Exit == 0, ran.ToString());
            }
        }
        finally
        {
            stop.Cancel();
            writer.Join();
        }
    }

    private static DurableEvent[] Events(int count) => [.. Enumerable.Range(0, count).Select(n => DurableEvent.Create("Order {N}", n))];

    private List<string> Sealed() => [.. Directory.EnumerateFiles(Dir, "*.clef").Order(StringComparer.Ordinal)];

    private string LogId() => JsonDocument.Parse(File.ReadAllText(Path.Combine(Dir, "LOG"))).RootElement.GetProperty("LogId").GetString()!;

    private JsonElement Verify(int exit)
    {
        var ran = Run("verify", Dir, "--json");
        Assert.True(ran.Exit == exit, ran.ToString());
        var report = JsonDocument.Parse(ran.Out).RootElement;
        Assert.Equal(exit, report.GetProperty("exit").GetInt32());
        return report;
    }

    private static List<string> Findings(JsonElement report) =>
        [.. report.GetProperty("findings").EnumerateArray().Select(f => $"{f.GetProperty("kind").GetString()}: {f.GetProperty("text").GetString()}")];

    private static string Text(JsonElement report, string name) => report.GetProperty(name).GetString()!;

    private static long Number(JsonElement report, string name) => report.GetProperty(name).GetInt64();
}
