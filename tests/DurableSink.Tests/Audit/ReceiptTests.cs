using System.Text.Json;
using System.Text.Json.Serialization;
using Xunit;

namespace DurableSink.Tests.Audit;

/// <summary>A receipt as a value: it is kept, sent, compared and read back.</summary>
public sealed partial class ReceiptTests
{
    private const string Text = "00112233445566778899aabbccddeeff.5f3a9c2e.1001.9f86d081e5a3b7c2.20261120T0800011234567Z";

    private static AuditReceipt Receipt => new()
    {
        LogId = "00112233445566778899aabbccddeeff",
        SegmentId = "5f3a9c2e",
        Sequence = 1001,
        Hash = "9f86d081e5a3b7c2",
        Time = new DateTimeOffset(2026, 11, 20, 8, 0, 1, TimeSpan.Zero).AddTicks(1_234_567),
    };

    [Fact]
    public void Equal_when_all_of_it_is()
    {
        Assert.Equal(Receipt, Receipt with { Time = Receipt.Time.ToOffset(TimeSpan.FromHours(5)) });
        AuditReceipt[] others =
        [
            Receipt with { LogId = "x" }, Receipt with { SegmentId = "x" }, Receipt with { Sequence = 1 }, Receipt with { Hash = "x" },
            Receipt with { Time = Receipt.Time.AddTicks(1) },
        ];
        foreach (var other in others) Assert.NotEqual(Receipt, other);
    }

    [Fact]
    public void Its_text_is_one_word_that_reads_back()
    {
        Assert.Equal(Text, Receipt.ToString());
        Assert.Equal(Receipt, AuditReceipt.Parse(Text));
        Assert.Equal(Text, (Receipt with { Time = Receipt.Time.ToOffset(TimeSpan.FromHours(-7)) }).ToString());
        var greatest = Receipt with { Sequence = long.MaxValue, Time = DateTimeOffset.MaxValue };
        Assert.Equal(greatest, AuditReceipt.Parse(greatest.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("00112233445566778899aabbccddeeff.5f3a9c2e.1001.9f86d081e5a3b7c2")]
    [InlineData(Text + ".")]
    [InlineData(Text + " ")]
    [InlineData("00112233445566778899AABBCCDDEEFF.5f3a9c2e.1001.9f86d081e5a3b7c2.20261120T0800011234567Z")]
    [InlineData("00112233445566778899aabbccddeeff.5f3a9c2.1001.9f86d081e5a3b7c2.20261120T0800011234567Z")]
    [InlineData("00112233445566778899aabbccddeeff.5f3a9c2e.0.9f86d081e5a3b7c2.20261120T0800011234567Z")]
    [InlineData("00112233445566778899aabbccddeeff.5f3a9c2e.01001.9f86d081e5a3b7c2.20261120T0800011234567Z")]
    [InlineData("00112233445566778899aabbccddeeff.5f3a9c2e.9223372036854775808.9f86d081e5a3b7c2.20261120T0800011234567Z")]
    [InlineData("00112233445566778899aabbccddeeff.5f3a9c2e.1001.9f86d081e5a3b7cg.20261120T0800011234567Z")]
    [InlineData("00112233445566778899aabbccddeeff.5f3a9c2e.1001.9f86d081e5a3b7c2.20261320T0800011234567Z")]
    public void Anything_else_is_refused_with_what_is_expected(string text)
    {
        Assert.False(AuditReceipt.TryParse(text, null, out _));
        var thrown = Assert.Throws<FormatException>(() => AuditReceipt.Parse(text));
        Assert.StartsWith($"'{text}' is no receipt. Expected: log id", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void As_JSON_by_reflection_and_by_generated_contracts()
    {
        const string json = """
            {"LogId":"00112233445566778899aabbccddeeff","SegmentId":"5f3a9c2e","Sequence":1001,"Hash":"9f86d081e5a3b7c2","Time":"2026-11-20T08:00:01.1234567+00:00"}
            """;
        Assert.Equal(json, JsonSerializer.Serialize(Receipt));
        Assert.Equal(json, JsonSerializer.Serialize(Receipt, ReceiptContracts.Default.AuditReceipt));
        Assert.Equal(Receipt, JsonSerializer.Deserialize<AuditReceipt>(json));
        Assert.Equal(Receipt, JsonSerializer.Deserialize(json, ReceiptContracts.Default.AuditReceipt));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<AuditReceipt>("""{"LogId":"x"}"""));
    }

    [JsonSerializable(typeof(AuditReceipt))]
    private sealed partial class ReceiptContracts : JsonSerializerContext;
}
