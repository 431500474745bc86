using System.Collections;
using System.Dynamic;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.Logging;

/// <summary>Values that no well-behaved program logs, from the log call to the line that is read back.</summary>
public sealed class AwkwardValueTests
{
    [Flags]
    private enum Access
    {
        Read = 1,
        Write = 2,
    }

    private sealed record Customer(int Id, string? Name);

    private sealed class Node
    {
        public Node? Next { get; set; }
    }

    public static TheoryData<object?, string> Values => new()
    {
        { BigInteger.Pow(10, 40), "\"1" + new string('0', 40) + "\"" },
        { UInt128.MaxValue, "\"340282366920938463463374607431768211455\"" },
        { Half.NegativeInfinity, "\"-Infinity\"" },
        { Half.NaN, "\"NaN\"" },
        { float.Epsilon, "1E-45" },
        { double.MaxValue, "1.7976931348623157E+308" },
        { double.NegativeZero, "-0" },
        { decimal.MaxValue, "79228162514264337593543950335" },
        { decimal.MinValue, "-79228162514264337593543950335" },
        { 0.0000000000000000000000000001m, "0.0000000000000000000000000001" },
        { new Complex(1, -2), "\"<1; -2>\"" },
        { DateTime.MinValue, "\"0001-01-01T00:00:00.0000000\"" },
        { DateTime.MaxValue, "\"9999-12-31T23:59:59.9999999\"" },
        { DateTimeOffset.MaxValue, "\"9999-12-31T23:59:59.9999999+00:00\"" },
        { TimeSpan.MinValue, "\"-10675199.02:48:05.4775808\"" },
        { DateOnly.MinValue, "\"0001-01-01\"" },
        { TimeOnly.MaxValue, "\"23:59:59.9999999\"" },
        { Guid.Empty, "\"00000000-0000-0000-0000-000000000000\"" },
        { Access.Read | Access.Write, "\"Read, Write\"" },
        { (Access)8, "\"8\"" },
        { (Access)0, "\"0\"" },
        { new Memory<byte>([0xAB]), "\"AB\"" },
        { "chars".AsMemory(), "\"chars\"" },
        { new ArraySegment<byte>([1, 2, 3], 1, 2), "[2,3]" },
        { new System.Text.StringBuilder("built"), "\"built\"" },
        { new System.Text.Rune(0x1F44D), "\"👍\"" },
        { 1..^2, "\"1..^2\"" },
        { DBNull.Value, "\"\"" },
        { new Uri("a b/ü", UriKind.Relative), "\"a b/ü\"" },
        { typeof(Dictionary<,>), "\"System.Collections.Generic.Dictionary\\u00602[TKey,TValue]\"" },
        { new Action(static () => { }), "\"System.Action\"" },
        { Task.FromResult(1), "\"System.Threading.Tasks.Task\\u00601[System.Int32]\"" },
        { new Lazy<int>(static () => throw new InvalidOperationException("not to be asked")), "\"Value is not created.\"" },
        { new { A = 1, B = "x" }, "\"{ A = 1, B = x }\"" },
        { new Customer(7, null), "\"Customer { Id = 7, Name =  }\"" },
        { (1, "a"), "\"(1, a)\"" },
        { Tuple.Create(1, (object?)null), "\"(1, )\"" },
        { new KeyValuePair<string, int>("k", 1), "\"[k, 1]\"" },
        { new Node(), "\"DurableSink.Tests.Logging.AwkwardValueTests\\u002BNode\"" },
        { new[] { new[] { 1 }, [], [2, 3] }, "[[1],[],[2,3]]" },
        { new int[2, 2], "[0,0,0,0]" },
        { new object?[] { null, new object?[] { null } }, "[null,[null]]" },
        { "a b".Split(' ').ToLookup(static s => s), """[["a"],["b"]]""" },
        { new SortedList { [2] = "b", [1] = "a" }, """{"1":"a","2":"b"}""" },
        { new Dictionary<string, object?> { [""] = null, ["@seq"] = 1, ["a.b"] = 2, ["\n"] = 3 }, """{"":null,"@seq":1,"a.b":2,"\n":3}""" },
        { new Hashtable { [DayOfWeek.Monday] = 1.5 }, """{"Monday":1.5}""" },
        { JsonValue.Create(double.MaxValue), "1.7976931348623157E+308" },
        { new JsonObject { ["a"] = new JsonArray(1, null) }, """{"a":[1,null]}""" },
        { "\0\u0001\u001b[31m\u007f\u0085\u2028\u2029\ufeff\ufffe\"\\/", """ "\u0000\u0001\u001b[31m\u007f\u0085\u2028\u2029\ufeff\ufffe\"\\/" """ },
        { "\ud83d and \udc4d, \udc4d\ud83d, 👍", "\"\ufffd and \ufffd, \ufffd\ufffd, 👍\"" },
        { "line\r\nbreak\ttab", "\"line\\r\\nbreak\\ttab\"" },
    };

    [Theory]
    [MemberData(nameof(Values), DisableDiscoveryEnumeration = true)]
    public void Each_kind_of_value_is_read_back(object? value, string json) => Assert.True(
        JsonNode.DeepEquals(JsonNode.Parse(json), JsonNode.Parse(Logged(value).GetRawText())), $"got {Logged(value).GetRawText()}");

    [Fact]
    public void A_local_time_carries_its_offset() => Assert.Equal(
        new DateTimeOffset(new DateTime(2026, 11, 20, 8, 0, 1, DateTimeKind.Local)).ToString("O", CultureInfo.InvariantCulture),
        Logged(new DateTime(2026, 11, 20, 8, 0, 1, DateTimeKind.Local)).GetString());

    [Fact]
    public void An_ExpandoObject_that_holds_itself_ends()
    {
        dynamic expando = new ExpandoObject();
        expando.Name = "x";
        expando.Self = expando;
        var read = Logged((object)expando);
        for (var depth = 0; depth < 9; depth++) read = read.GetProperty("Self");
        Assert.Equal("…", read.GetProperty("Self").GetString());
    }

    [Fact]
    public void Lists_nested_10_000_deep_end_at_the_greatest_depth()
    {
        object nested = "inmost";
        for (var i = 0; i < 10_000; i++) nested = new List<object> { nested };
        Assert.Equal(new string('[', 10) + "\"…\"" + new string(']', 10), Logged(nested).GetRawText());
    }

    [Fact]
    public void A_JSON_value_nested_deeper_than_its_readers_follow_is_not_written()
    {
        foreach (var depth in new[] { 65, 500, 10_000 })
        {
            using var deep = JsonDocument.Parse(new string('[', depth) + new string(']', depth), new JsonDocumentOptions { MaxDepth = depth });
            Assert.StartsWith("(threw InvalidOperationException: ", Logged(deep).GetString(), StringComparison.Ordinal);
            Assert.StartsWith("(threw InvalidOperationException: ", Logged(deep.RootElement).GetString(), StringComparison.Ordinal);
            Assert.StartsWith("(threw InvalidOperationException: ", Logged(new[] { JsonNode.Parse(deep.RootElement.GetRawText(), null, new() { MaxDepth = depth }) })[0].GetString(), StringComparison.Ordinal);
        }

        using var flat = JsonDocument.Parse(new string('[', 40) + new string(']', 40));
        Assert.Equal(flat.RootElement.GetRawText(), Logged(flat).GetRawText());
    }

    [Fact]
    public void JSON_that_is_gone_or_never_was_says_so()
    {
        var gone = JsonDocument.Parse("{\"a\":1}");
        var element = gone.RootElement;
        gone.Dispose();
        Assert.StartsWith("(threw ObjectDisposedException: ", Logged(gone).GetString(), StringComparison.Ordinal);
        Assert.StartsWith("(threw ObjectDisposedException: ", Logged(element).GetString(), StringComparison.Ordinal);
        Assert.StartsWith("(threw InvalidOperationException: ", Logged(default(JsonElement)).GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_huge_value_is_cut_within_the_line()
    {
        using var app = new DriveApp();
        app.Logger().LogInformation("{Value}", new string('x', 5 << 20));
        app.Logger().LogInformation("{Value}", Enumerable.Range(0, 10_000_000));
        app.Logger().LogInformation("{Value}", new int[10_000_000]);
        app.Logger().LogInformation("{Value} {Other}", new string('\u0001', 50_000), new byte[10_000_000]);
        app.Logger().Log(LogLevel.Information, default, Properties(("{OriginalFormat}", new string('t', 5 << 20))), null, (_, _) => "");
        app.Logger().Log(LogLevel.Information, default, 1, null, (_, _) => new string('m', 5 << 20));
        app.Logger().LogInformation(new InvalidOperationException(new string('e', 5 << 20)), "with exception");
        using (app.Logger().BeginScope(new string('s', 5 << 20))) app.Logger().LogInformation("scoped");
        var read = app.Read();
        Assert.Equal(8, read.Count);
        Assert.Equal([0, 3, 4, 5, 6, 7], Enumerable.Range(0, 8).Where(i => read[i].TryGetProperty("Truncated", out _)));
        Assert.True(read[0].GetProperty("OriginalBytes").GetInt64() > 5 << 20);
        Assert.Equal("… more", read[1].GetProperty("Value")[1000].GetString());
        Assert.Equal("… 9999000 more", read[2].GetProperty("Value")[1000].GetString());
    }

    [Fact]
    public void A_dictionary_whose_keys_have_one_text_is_a_list_of_its_entries()
    {
        Assert.Equal("""["[1, a]","[1, b]"]""", Logged(new Dictionary<object, object> { [1] = "a", ["1"] = "b" }).GetRawText());
        Assert.Equal(2, Logged(new Dictionary<string, int> { ["\ud800"] = 1, ["\ud801"] = 2 }).GetArrayLength());
    }

    [Fact]
    public void Names_that_become_the_same_text_are_one_property()
    {
        using var app = new DriveApp();
        app.Logger().Log(LogLevel.Information, default, Properties(("\ud800", 1), ("\ud801", 2), ("\ufffd", 3)), null, (_, _) => "x");
        using (app.Logger().BeginScope(Properties(("a\udc00", 1), ("a\udc01", 2)))) app.Logger().Log(LogLevel.Information, default, Properties(("a\ufffd", 3)), null, (_, _) => "x");
        var read = app.Read();
        Assert.Equal(3, read[0].GetProperty("\ufffd").GetInt32());
        Assert.Equal(3, read[1].GetProperty("a\ufffd").GetInt32());
    }

    [Fact]
    public void Names_of_all_kinds_are_kept_apart_from_those_of_the_line_itself()
    {
        using var app = new DriveApp();
        string?[] names = [null, " ", "@", "@@seq", "@@hash", "@@durable", "@@t", "@@x", "$", "$$d", "a.b", "quote\"", "back\\slash", "new\nline", "\u2028", "Grüße", "👍", "{OriginalFormat}"];
        app.Logger().Log(LogLevel.Information, default, Properties([.. names.Select((name, i) => (name!, (object?)i))]), null, (_, _) => "m");
        var read = Assert.Single(app.Read());
        string[] expected = ["", " ", "", "@@seq", "@@hash", "@@durable", "@@t", "@@x", "", "$d", "a.b", "quote\"", "back\\slash", "new\nline", "\u2028", "Grüße", "👍", "{OriginalFormat}"];
        for (var i = 0; i < names.Length; i++)
            Assert.Equal($"{(expected[i].Length == 0 ? 8 : i)}", read.GetProperty(expected[i]).ToString()); // of several empty ones the last
        Assert.Equal(1, read.GetProperty("@seq").GetInt64());
    }

    [Fact]
    public void Values_that_look_like_a_trailer_do_not_become_one()
    {
        using var app = new DriveApp();
        app.Logger().LogInformation("{Value}", ",\"@seq\":99,\"@hash\":\"0000000000000000\"}");
        app.Logger().LogInformation("{Value}", ",\"@durable\":                  99");
        app.Logger().LogInformation("{Value}", new JsonObject { ["@durable"] = 99, ["@seq"] = 98 });
        app.Logger().LogInformation("{@seq} {@hash} {@durable}", 1, 2, 3);
        var read = app.Read();
        Assert.Equal([1, 2, 3, 4], read.Select(e => e.GetProperty("@seq").GetInt64()));
        Assert.Equal((1, 2, 3), (read[3].GetProperty("seq").GetInt32(), read[3].GetProperty("hash").GetInt32(), read[3].GetProperty("durable").GetInt32()));
    }

    private static KeyValuePair<string, object?>[] Properties(params (string Name, object? Value)[] properties) =>
        [.. properties.Select(p => KeyValuePair.Create(p.Name, p.Value))];

    private static JsonElement Logged(object? value)
    {
        using var app = new DriveApp();
        app.Logger().LogInformation("{Value}", new[] { value }); // as the only argument: an array would be taken for several
        return Assert.Single(app.Read()).GetProperty("Value");
    }
}
