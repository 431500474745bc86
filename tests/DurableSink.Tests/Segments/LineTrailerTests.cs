using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using DurableSink.Segments;
using Xunit;

namespace DurableSink.Tests.Segments;

public sealed class LineTrailerTests
{
    private const string Body = """{"@t":"2026-11-20T08:00:01.1234567Z","@mt":"Ordered {Count}","Count":3""";

    [Theory]
    [InlineData(0, -1)]
    [InlineData(1, -1)]
    [InlineData(9, 8)]
    [InlineData(10, 0)]
    [InlineData(99_999, 99_998)]
    [InlineData(long.MaxValue, long.MaxValue)]
    [InlineData(long.MaxValue, -1)]
    public void What_is_written_is_read_back(long sequence, long durable)
    {
        var line = Line(Body, sequence, durable);
        Assert.True(line.Length <= Body.Length + LineTrailer.MaxLength);
        Assert.Equal(LineTrailer.Newline, line[^1]);
        Assert.True(LineTrailer.TryRead(line.AsSpan()[..^1], out var readSequence, out var readDurable));
        Assert.Equal((sequence, durable), (readSequence, readDurable));
        Assert.Equal(Body.Length, LineTrailer.BodyLength(line.AsSpan()[..^1]));

        var json = JsonDocument.Parse(line).RootElement;
        Assert.Equal(sequence, json.GetProperty("@seq").GetInt64());
        if (durable >= 0) Assert.Equal(durable, json.GetProperty("@durable").GetInt64());
        Assert.Equal(3, json.GetProperty("Count").GetInt32());
    }

    [Fact]
    public void Each_number_has_the_room_that_its_digits_need()
    {
        for (long power = 1, digits = 1; digits <= 19; power *= 10, digits++)
        {
            foreach (var number in new[] { power - 1, power, power + 1, digits < 19 ? power * 10 - 1 : long.MaxValue })
            {
                var expected = number.ToString(System.Globalization.CultureInfo.InvariantCulture).Length;
                Assert.Equal(expected, LineTrailer.Length(number, withDurable: false) - LineTrailer.Length(0, withDurable: false) + 1);
            }
        }
    }

    [Fact]
    public void The_form_is_fixed()
    {
        Assert.Matches("""^\{.*,"Count":3,"@seq":1001,"@hash":"[0-9a-f]{16}"\}\n$""", Encoding.UTF8.GetString(Line(Body, 1001, -1)));
        Assert.Matches("""^\{.*,"Count":3,"@durable":                1000,"@seq":1001,"@hash":"[0-9a-f]{16}"\}\n$""", Encoding.UTF8.GetString(Line(Body, 1001, 1000)));
    }

    [Fact]
    public void The_hash_is_XXH3_64_of_all_bytes_before_it()
    {
        var line = Line(Body, 7, 6).AsSpan()[..^1];
        var hash = Convert.ToHexStringLower(XxHash3.Hash(line[..line.LastIndexOf(",\"@hash\""u8)]));
        Assert.Equal(hash, JsonDocument.Parse(line.ToArray()).RootElement.GetProperty("@hash").GetString());
        Assert.Equal(Convert.ToUInt64(hash, 16), LineTrailer.HashOf(line));
    }

    [Theory]
    [InlineData("9223372036854775807", true)]
    [InlineData("9223372036854775808", false)]
    [InlineData("9999999999999999999", false)]
    [InlineData("10000000000000000000", false)]
    [InlineData("18446744073709551617", false)]
    [InlineData("0000000000000000007", true)]
    [InlineData("00000000000000000007", false)]
    [InlineData("", false)]
    [InlineData("-7", false)]
    public void A_number_beyond_all_sequences_is_none(string number, bool isOne)
    {
        var start = $"{Body},\"@seq\":{number}";
        var line = Encoding.UTF8.GetBytes($"{start},\"@hash\":\"{Convert.ToHexStringLower(XxHash3.Hash(Encoding.UTF8.GetBytes(start)))}\"}}");
        Assert.Equal(isOne, LineTrailer.TryRead(line, out var sequence, out _));
        Assert.Equal(isOne ? long.Parse(number, System.Globalization.CultureInfo.InvariantCulture) : 0, sequence);
    }

    [Fact]
    public void Durable_may_be_set_again()
    {
        var line = Line(Body, 5, 1);
        LineTrailer.SetDurable(line, 5, 4);
        Assert.Equal(Line(Body, 5, 4), line);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(41)]
    public void Every_flipped_bit_is_noticed(long durable)
    {
        var line = Line(Body, 42, durable)[..^1];
        for (var bit = 0; bit < line.Length * 8; bit++)
        {
            line[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.False(LineTrailer.TryRead(line, out _, out _), $"bit {bit}");
            line[bit / 8] ^= (byte)(1 << bit % 8);
        }

        Assert.True(LineTrailer.TryRead(line, out _, out _));
    }

    [Fact]
    public void A_line_cut_short_at_any_byte_is_not_whole()
    {
        var line = Line(Body, 42, 41).AsSpan()[..^1];
        for (var length = 0; length < line.Length; length++)
        {
            Assert.False(LineTrailer.TryRead(line[..length], out _, out _), $"first {length}");
            Assert.False(LineTrailer.TryRead(line[(line.Length - length)..], out _, out _), $"last {length}");
        }
    }

    // A value that an application logs must not be able to make a line unreadable.
    [Theory]
    [InlineData("""{"@t":"x","P":{"a":1,"@durable":"aaaaaaaaaaaaaaaaa"}""")]
    [InlineData("""{"@t":"x","P":{"a":1,"@durable":1234567890123456789}""")]
    [InlineData("""{"@t":"x","P":{"a":1,"@durable":                  1}""")]
    [InlineData("""{"@t":"x","@@durable":12345678901234567890""")]
    [InlineData("""{"@t":"x","P":{"a":1,"@seq":7,"@hash":"0123456789abcdef"}""")]
    [InlineData("""{"@t":"x","P":                   1""")]
    public void A_logged_value_that_looks_like_a_trailer_is_none(string body)
    {
        Assert.True(LineTrailer.TryRead(Line(body, 3, -1).AsSpan()[..^1], out var sequence, out var durable));
        Assert.Equal((3, -1), (sequence, durable));
        Assert.Equal(body.Length, LineTrailer.BodyLength(Line(body, 3, -1).AsSpan()[..^1]));
        Assert.True(LineTrailer.TryRead(Line(body, 3, 2).AsSpan()[..^1], out sequence, out durable));
        Assert.Equal((3, 2), (sequence, durable));
    }

    [Theory]
    [InlineData(1, -1)]
    [InlineData(1, 0)]
    [InlineData(1001, 1000)]
    [InlineData(long.MaxValue, long.MaxValue)]
    public void A_line_is_split_whatever_its_hash_and_durable_say(long sequence, long durable)
    {
        var line = Line(Body, sequence, durable).AsSpan()[..^1];
        Assert.True(LineTrailer.TrySplit(line, out var body, out var split));
        Assert.Equal((Body.Length, sequence), (body, split));

        line.Slice(line.LastIndexOf("\"@hash\""u8) + 9, 16).Fill((byte)'0');
        var field = line.LastIndexOf("\"@durable\":"u8);
        if (field >= 0) line.Slice(field + 11, 20).Fill((byte)' '); // as it stands before the write is issued
        Assert.False(LineTrailer.TryRead(line, out _, out _));
        Assert.True(LineTrailer.TrySplit(line, out body, out split));
        Assert.Equal((Body.Length, sequence), (body, split));
    }

    [Theory]
    [InlineData("""{"@t":"x","P":{"a":1,"@durable":"aaaaaaaaaaaaaaaaa"}""")]
    [InlineData("""{"@t":"x","P":{"a":1,"@durable":123456789012345678}}""")]
    [InlineData("""{"@t":"x","P":"1234567890123456789012345678901""")]
    public void A_logged_value_that_looks_like_a_trailer_is_not_split_off(string body)
    {
        Assert.True(LineTrailer.TrySplit(Line(body, 3, -1).AsSpan()[..^1], out var length, out _));
        Assert.Equal(body.Length, length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"@t":"x"}""")]
    [InlineData("""{"@t":"x","@hash":"0123456789abcdef"}""")]
    [InlineData("""{"@t":"x","@seq":,"@hash":"0123456789abcdef"}""")]
    [InlineData("""{"@t":"x","@seq":7x,"@hash":"0123456789abcdef"}""")]
    [InlineData("""{"@t":"x","@seq":9223372036854775808,"@hash":"0123456789abcdef"}""")]
    [InlineData("""{"@t":"x","@seq":7,"@hush":"0123456789abcdef"}""")]
    [InlineData("""{"@t":"x","@seq":7,"@hash":"0123456789abcdef",""")]
    public void What_has_no_trailer_is_not_split(string line) => Assert.False(LineTrailer.TrySplit(Encoding.UTF8.GetBytes(line), out _, out _));

    [Theory]
    [InlineData("0123456789abcdef", 0x0123_4567_89AB_CDEF)]
    [InlineData("f000000000000009", 0xF000_0000_0000_0009)]
    [InlineData("ffffffffffffffff", ulong.MaxValue)]
    [InlineData("0123456789abcdeF", 0)]
    [InlineData("0123456789abcdeg", 0)]
    [InlineData("0123456789abcde`", 0)]
    [InlineData("0123456789abcde/", 0)]
    [InlineData("0123456789abcde:", 0)]
    public void There_is_one_way_to_write_a_hash(string digits, ulong hash)
    {
        Assert.Equal(hash, LineTrailer.HashOf(Encoding.UTF8.GetBytes($"{Body},\"@seq\":7,\"@hash\":\"{digits}\"}}")));
        if (hash != 0) Assert.Equal(digits, LineTrailer.ToText(hash));
    }

    private static byte[] Line(string body, long sequence, long durable)
    {
        var line = new byte[body.Length + LineTrailer.Length(sequence, durable >= 0)];
        Encoding.UTF8.GetBytes(body, line);
        LineTrailer.Write(line, body.Length, sequence, durable >= 0);
        if (durable >= 0) LineTrailer.SetDurable(line, sequence, durable);
        return line;
    }
}
