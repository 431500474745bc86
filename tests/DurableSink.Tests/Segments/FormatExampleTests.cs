using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using DurableSink.Events;
using DurableSink.Segments;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.Segments;

/// <summary>docs/example.clef: the golden file of format version 1. It never changes; what this version writes and reads does not either.</summary>
public sealed class FormatExampleTests
{
    private static readonly SegmentName Name = new("orders", 1001, "5f3a9c2e");

    [Fact]
    public void The_example_is_what_our_code_writes_byte_for_byte()
    {
        var drive = LogLab.Drive((Name.Active, ActiveBytes()));
        LogLab.Recover(drive); // seals it
        var written = LogLab.Bytes(drive, Name.Sealed);
        Assert.Equal(Encoding.UTF8.GetString(File.ReadAllBytes(Example())), Encoding.UTF8.GetString(written));
    }

    [Fact]
    public void The_example_is_read_back()
    {
        var drive = LogLab.Drive((Name.Sealed, File.ReadAllBytes(Example())));
        var records = new DurableLogReader(LogLab.Root, drive).Read(LogPosition.FromSequence(1001)).ToList();
        Assert.Equal([1001L, 1002, 1003], records.Select(r => r.Sequence));
        Assert.All(records, r => Assert.Equal(LogRecordKind.Event, r.Kind));
        var second = JsonDocument.Parse(records[1].Json).RootElement;
        Assert.Equal("Zoë", second.GetProperty("Customer").GetString());
        Assert.Equal("a leading @ is doubled", second.GetProperty("@@note").GetString());
        Assert.Equal(LogLab.Range(1001, 1003), LogLab.SealedSequences(drive)); // seal, hashes and fillers
    }

    [Fact]
    public void The_example_is_NDJSON_with_blank_lines()
    {
        var lines = File.ReadAllText(Example()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(5, lines.Length);
        Assert.All(lines, line => Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(line).RootElement.ValueKind));
    }

    /// <summary>Everything in it is fixed: ids, times, host and process.</summary>
    private static byte[] ActiveBytes()
    {
        var header = new SegmentHeader
        {
            LogId = "0123456789abcdef0123456789abcdef",
            LogName = Name.Log,
            SegmentId = Name.Id,
            FirstSequence = Name.FirstSequence,
            PreviousSegmentId = "81d0b7aa",
            Time = FixedTime.Start,
            Host = "web-1",
            ProcessId = 4711,
        };
        var bytes = new List<byte>();
        Add(bytes, header.ToBody(), 1000, durable: 1000);
        Add(bytes, Body(1, new DurableEvent("Order {OrderId} placed by {Customer}")
        {
            Properties = [new("OrderId", 17), new("Customer", "Ada"), new("Count", 3), new("Price", 12.50m), new("Express", true), new("Note", null)],
        }), 1001, durable: null);
        Add(bytes, Body(2, new DurableEvent("Order {OrderId} placed by {Customer}")
        {
            Level = LogLevel.Warning,
            Properties = [new("OrderId", 18), new("Customer", "Zoë"), new("@note", "a leading @ is doubled"), new("Text", "line\nbreaks \"and\" quotes are escaped")],
        }), 1002, durable: null);
        Add(bytes, Body(3, new DurableEvent("Took {Elapsed:0.0} ms") { Level = LogLevel.Debug, Properties = [new("Elapsed", 1.25)] }), 1003, durable: 1002);
        while (bytes.Count % 4096 != 0) bytes.Add(LineTrailer.Newline);
        return [.. bytes];
    }

    private static byte[] Body(int second, DurableEvent e)
    {
        var line = EventLine.Rent();
        ClefWriter.Write(line, e with { Timestamp = FixedTime.Start.AddSeconds(second).AddTicks(1234567) }, FixedTime.Start);
        var body = line.Bytes.ToArray();
        EventLine.Return(line);
        return body;
    }

    private static void Add(List<byte> bytes, byte[] body, long sequence, long? durable)
    {
        var line = new byte[body.Length + LineTrailer.Length(sequence, durable != null)];
        body.CopyTo(line, 0);
        LineTrailer.Write(line, body.Length, sequence, durable != null);
        if (durable is { } known) LineTrailer.SetDurable(line, sequence, known);
        bytes.AddRange(line);
    }

    private static string Example([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "docs", "example.clef"));
}
