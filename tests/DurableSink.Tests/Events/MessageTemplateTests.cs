using DurableSink.Events;
using Xunit;

namespace DurableSink.Tests.Events;

public sealed class MessageTemplateTests
{
    [Theory]
    [InlineData("plain", "")]
    [InlineData("{A} and {B}", "A|B")]
    [InlineData("{@A} {$B}", "@A|$B")]
    [InlineData("{A,10} {B:0.0} {C,-5:x,y}", "A|B|C")]
    [InlineData("{{A}} {B}", "B")]
    [InlineData("{{{A}}}", "A")]
    [InlineData("{A {B}", "B")]
    [InlineData("{A", "")]
    [InlineData("tail {", "")]
    [InlineData("{}", "")]
    public void Finds_the_holes(string template, string keys)
    {
        var found = MessageTemplate.Get(template).Holes.Select(hole => hole.Key).Where(key => key.Length > 0);
        Assert.Equal(keys, string.Join('|', found));
    }

    [Fact]
    public void Reads_alignment_and_format()
    {
        var hole = Assert.Single(MessageTemplate.Get("{@Name,-5:x:y}").Holes);
        Assert.Equal(("Name", '@', -5, "x:y"), (hole.Name, hole.Capture, hole.Alignment, hole.Format));
    }

    [Fact]
    public void Binds_values_in_order_and_names_those_beyond_the_holes()
    {
        var bound = MessageTemplate.Bind("{A} {@B} {$C}", [1, 2, 1.5, "x", "y"]);
        Assert.Equal(
            [new("A", 1), new("B", 2), new("C", "1.5"), new("__0", "x"), new("__1", "y")],
            bound.ToArray());
        Assert.Equal([new("A", 1)], MessageTemplate.Bind("{A} {B}", [1]).ToArray());
    }

    [Fact]
    public void The_cache_is_bounded_and_beyond_it_templates_still_work()
    {
        var cache = new MessageTemplateCache();
        Parallel.For(0, 10_000, i => Assert.Equal($"Hole{i}", Assert.Single(cache.Get($"distinct {{Hole{i}}}").Holes).Name));
        Assert.InRange(cache.Count, MessageTemplateCache.MaxCount, 2 * MessageTemplateCache.MaxCount);
    }

    [Fact]
    public void A_million_generated_templates_neither_fill_the_cache_nor_drive_out_those_in_use()
    {
        var cache = new MessageTemplateCache();
        var used = Enumerable.Range(0, 20).Select(i => cache.Get($"in use {i}")).ToArray();
        for (var i = 0; i < 1_000_000; i++)
        {
            cache.Get($"generated {i}");
            if (i % 10 == 0) Assert.Same(used[i / 10 % 20], cache.Get($"in use {i / 10 % 20}"));
            if (i % 1000 == 0) Assert.InRange(cache.Count, 0, 2 * MessageTemplateCache.MaxCount);
        }
    }

    [Fact]
    public void A_huge_template_is_written_but_not_kept()
    {
        var text = new string('x', MessageTemplate.MaxKeptLength + 1);
        Assert.NotSame(MessageTemplate.Get(text), MessageTemplate.Get(text));
        Body.Equal($$"""{"@t":"2026-11-20T08:00:01.1234567Z","@mt":"{{text}}"}""", Body.Of(new DurableEvent(text)));
    }
}
