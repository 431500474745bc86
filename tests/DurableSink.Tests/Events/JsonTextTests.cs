using System.Text;
using System.Text.Json;
using DurableSink.Events;
using Xunit;

namespace DurableSink.Tests.Events;

public sealed class JsonTextTests
{
    private static string Written(string text)
    {
        var line = EventLine.Rent();
        JsonText.WriteString(line, text);
        var json = Encoding.UTF8.GetString(line.Bytes);
        EventLine.Return(line);
        return json;
    }

    [Theory]
    [InlineData("", "\"\"")]
    [InlineData("plain", "\"plain\"")]
    [InlineData("say \"hi\" \\ bye", "\"say \\\"hi\\\" \\\\ bye\"")]
    [InlineData("a\nb\rc\td\fe\bf\0", "\"a\\nb\\rc\\td\\fe\\u0008f\\u0000\"")]
    [InlineData("\u007f\u0085\u2028\u2029", "\"\\u007F\\u0085\\u2028\\u2029\"")]
    [InlineData("Grüße 日本 👍 </script>", "\"Grüße 日本 👍 </script>\"")]
    public void Escapes_what_may_break_a_line_and_nothing_else(string text, string json) => Assert.Equal(json, Written(text));

    [Fact]
    public void A_lone_surrogate_becomes_the_replacement_character()
    {
        Assert.Equal("\"\ufffd\"", Written("\ud83d"));
        Assert.Equal("\"\ufffd\ufffd\"", Written("\udc4d\ud83d"));
        Assert.Equal("\"a\ufffd\\nb\"", Written("a\ud83d\nb"));
    }

    [Fact]
    public void Long_texts_read_back_whole_wherever_chunks_end()
    {
        for (var shift = 0; shift < 3; shift++)
        {
            var text = new string('x', 4094 + shift) + "👍\"" + string.Concat(Enumerable.Repeat("ä👍\n", 3000));
            Assert.Equal(text, JsonSerializer.Deserialize<string>(Written(text)));
        }
    }

    [Fact]
    public void A_full_line_takes_no_more_text_and_says_how_much_it_left_out()
    {
        var line = EventLine.Rent(limit: 1000);
        JsonText.WriteString(line, new string('é', 1_000_000));
        Assert.InRange(line.Length, 1001, 20_000);
        Assert.InRange(line.Skipped, 990_000, 1_000_000);
        EventLine.Return(line);
    }
}
