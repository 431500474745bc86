using System.Collections;
using System.Collections.Immutable;
using System.Dynamic;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using DurableSink.Events;
using Xunit;

namespace DurableSink.Tests.Events;

public sealed class ClefValueTests
{
    public static TheoryData<object?, string> Values => new()
    {
        { null, "null" },
        { true, "true" },
        { false, "false" },
        { 42, "42" },
        { -1L, "-1" },
        { ulong.MaxValue, "18446744073709551615" },
        { (byte)7, "7" },
        { (sbyte)-7, "-7" },
        { (short)-300, "-300" },
        { (ushort)300, "300" },
        { 3_000_000_000u, "3000000000" },
        { (nint)5, "5" },
        { 1.5, "1.5" },
        { 1e300, "1E+300" },
        { 0.1f, "0.1" },
        { (Half)0.5, "0.5" },
        { 12.340m, "12.340" },
        { double.NaN, "\"NaN\"" },
        { double.PositiveInfinity, "\"Infinity\"" },
        { float.NegativeInfinity, "\"-Infinity\"" },
        { 'x', "\"x\"" },
        { '"', "\"\\\"\"" },
        { '\ud800', "\"\ufffd\"" },
        { "text", "\"text\"" },
        { DayOfWeek.Friday, "\"Friday\"" },
        { (DayOfWeek)77, "\"77\"" },
        { Guid.Parse("0a1b2c3d-0000-1111-2222-333344445555"), "\"0a1b2c3d-0000-1111-2222-333344445555\"" },
        { new DateTime(2026, 11, 20, 8, 0, 1, DateTimeKind.Utc), "\"2026-11-20T08:00:01.0000000Z\"" },
        { new DateTime(2026, 11, 20, 8, 0, 1), "\"2026-11-20T08:00:01.0000000\"" },
        { new DateTimeOffset(2026, 11, 20, 8, 0, 1, TimeSpan.FromHours(2)), "\"2026-11-20T08:00:01.0000000+02:00\"" },
        { new DateOnly(2026, 11, 20), "\"2026-11-20\"" },
        { new TimeOnly(8, 0, 1), "\"08:00:01.0000000\"" },
        { TimeSpan.FromMilliseconds(90_061_001), "\"1.01:01:01.0010000\"" },
        { new Uri("https://example.com/a?b=c"), "\"https://example.com/a?b=c\"" },
        { new Version(1, 2, 3), "\"1.2.3\"" },
        { System.Net.IPAddress.Loopback, "\"127.0.0.1\"" },
        { Int128.MaxValue, "\"170141183460469231731687303715884105727\"" },
        { typeof(string), "\"System.String\"" },
        { new byte[] { 0, 171, 255 }, "\"00ABFF\"" },
        { new ReadOnlyMemory<byte>([1, 2]), "\"0102\"" },
        { new[] { 1, 2, 3 }, "[1,2,3]" },
        { new List<object?> { "a", null, 1.5 }, "[\"a\",null,1.5]" },
        { Array.Empty<string>(), "[]" },
        { ImmutableArray.Create("x", "y"), "[\"x\",\"y\"]" },
        { new Dictionary<string, int> { ["a"] = 1, ["b"] = 2 }, """{"a":1,"b":2}""" },
        { new Dictionary<int, string[]> { [7] = ["x"] }, """{"7":["x"]}""" },
        { new Dictionary<DayOfWeek, int> { [DayOfWeek.Monday] = 1 }, """{"Monday":1}""" },
        { new Dictionary<(int, int), int> { [(1, 2)] = 3 }, """["[(1, 2), 3]"]""" },
        { new KeyValuePair<string, object?>[] { new("a", 1), new("a", 2), new(null!, 3) }, """{"a":1,"":3}""" },
        { Expando(), """{"name":"x"}""" },
        { JsonDocument.Parse("{ \"a\": [1,\n 2.50, \"\\u0041\\n\"] }"), """{"a":[1,2.50,"A\n"]}""" },
        { JsonDocument.Parse("[true, null]").RootElement, "[true,null]" },
        { JsonNode.Parse("{\"a\":\n{}}"), """{"a":{}}""" },
    };

    private static ExpandoObject Expando()
    {
        var expando = new ExpandoObject();
        ((IDictionary<string, object?>)expando)["name"] = "x";
        return expando;
    }

    [Theory]
    [MemberData(nameof(Values), DisableDiscoveryEnumeration = true)]
    public void Writes(object? value, string json) => Assert.Equal(json, Body.OfValue(value));

    [Fact]
    public void Ignores_the_current_culture()
    {
        var german = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        german.NumberFormat.NumberDecimalSeparator = ",";
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = german;
            Assert.Equal("0,5", 0.5.ToString(CultureInfo.CurrentCulture)); // the culture is in force
            Assert.Equal("[0.5,1.5,\"<0.5; 0.25>\"]", Body.OfValue(new object[] { 0.5, 1.5m, new System.Numerics.Complex(0.5, 0.25) }));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void A_long_byte_array_is_cut_as_Serilog_cuts_it()
    {
        Assert.Equal(2048 + 2, Body.OfValue(new byte[1024]).Length);
        Assert.Equal("\"00000000000000000000000000000000... (1025 bytes)\"", Body.OfValue(new byte[1025]));
    }

    [Fact]
    public void A_cycle_ends_at_the_greatest_depth()
    {
        var cycle = new List<object>();
        cycle.Add(cycle);
        Assert.Equal(new string('[', 10) + "\"…\"" + new string(']', 10), Body.OfValue(cycle));

        var table = new Hashtable();
        table["self"] = table;
        Assert.EndsWith("\"…\"" + new string('}', 10), Body.OfValue(table), StringComparison.Ordinal);
    }

    [Fact]
    public void A_wide_cycle_ends_when_the_line_is_full()
    {
        var cycle = new List<object>();
        for (var i = 0; i < 1000; i++) cycle.Add(cycle); // 1000 to the power of 10 elements
        var line = EventLine.Rent(limit: 100_000);
        ClefValue.Write(line, cycle);
        Assert.InRange(line.Length, 100_000, 110_000);
        EventLine.Return(line);
    }

    [Fact]
    public void Elements_beyond_the_bound_are_counted()
    {
        using var counted = JsonDocument.Parse(Body.OfValue(Enumerable.Range(0, 1234).ToList()));
        Assert.Equal(1001, counted.RootElement.GetArrayLength());
        Assert.Equal("… 234 more", counted.RootElement[1000].GetString());

        using var endless = JsonDocument.Parse(Body.OfValue(Endless()));
        Assert.Equal("… more", endless.RootElement[1000].GetString());

        using var exact = JsonDocument.Parse(Body.OfValue(new int[1000]));
        Assert.Equal(1000, exact.RootElement.GetArrayLength());

        using var dictionary = JsonDocument.Parse(Body.OfValue(Enumerable.Range(0, 1005).ToDictionary(i => i)));
        Assert.Equal("… 5 more", dictionary.RootElement.GetProperty("…").GetString());

        static IEnumerable<int> Endless()
        {
            while (true) yield return 1;
        }
    }

    [Fact]
    public void What_throws_becomes_a_text_that_says_so()
    {
        Assert.Equal("\"(threw InvalidTimeZoneException: no)\"", Body.OfValue(new Thrower()));
        Assert.Equal("[1,\"(threw InvalidTimeZoneException: no)\",2]", Body.OfValue(new object[] { 1, new Thrower(), 2 }));
        Assert.Equal("\"(threw InvalidTimeZoneException: half-way)\"", Body.OfValue(HalfWay()));
        Assert.Equal("\"(threw Unspeakable)\"", Body.OfValue(new Thrower { With = new Unspeakable() }));

        static IEnumerable<int> HalfWay()
        {
            yield return 1;
            throw new InvalidTimeZoneException("half-way");
        }
    }

    private sealed class Thrower
    {
        public Exception With { get; init; } = new InvalidTimeZoneException("no");

        public override string ToString() => throw With;
    }

    private sealed class Unspeakable : Exception
    {
        public override string Message => throw new InvalidOperationException();
    }
}
