using DurableSink.Segments;
using Xunit;

namespace DurableSink.Tests.Segments;

public sealed class SegmentNameTests
{
    private static readonly SegmentName Orders = new("orders", 51234, "5f3a9c2e");

    [Fact]
    public void Forms()
    {
        Assert.Equal("orders-00000000000000051234-5f3a9c2e.clef.active", Orders.Active);
        Assert.Equal("orders-00000000000000051234-5f3a9c2e.clef", Orders.Sealed);
        Assert.Equal("orders-00000000000000051234-5f3a9c2e.clef.damaged", Orders.Damaged);
        Assert.Equal("orders-00000000000000051234-5f3a9c2e.clef.tail-8192.damaged", Orders.DamagedTail(8192));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("orders-eu-1")]
    [InlineData("my.clef")]
    [InlineData("x-00000000000000000001-00000000")]
    public void What_is_written_is_read_back(string log)
    {
        var name = new SegmentName(log, long.MaxValue, "00c0ffee");
        Assert.True(SegmentName.TryParseActive(name.Active, out var active));
        Assert.True(SegmentName.TryParseSealed(name.Sealed, out var sealedName));
        Assert.True(SegmentName.TryParseDamaged(name.Damaged, out var damaged));
        Assert.True(SegmentName.TryParseDamaged(name.DamagedTail(512), out var tail));
        Assert.All([active, sealedName, damaged, tail], parsed => Assert.Equal(name, parsed));
    }

    [Theory]
    [InlineData("LOG")]
    [InlineData("LOCK")]
    [InlineData("")]
    [InlineData(".clef")]
    [InlineData("-00000000000000000001-5f3a9c2e.clef")]
    [InlineData("orders-0000000000000000001-5f3a9c2e.clef")]
    [InlineData("orders-00000000000000000000-5f3a9c2e.clef")]
    [InlineData("orders-99999999999999999999-5f3a9c2e.clef")]
    [InlineData("orders-+0000000000000000001-5f3a9c2e.clef")]
    [InlineData("orders-00000000000000000001-5F3A9C2E.clef")]
    [InlineData("orders-00000000000000000001-5f3a9c2.clef")]
    [InlineData("orders-00000000000000000001_5f3a9c2e.clef")]
    [InlineData("orders-00000000000000000001-5f3a9c2e.CLEF")]
    public void Other_names_are_none_of_ours(string file)
    {
        Assert.False(SegmentName.TryParseSealed(file, out _));
        Assert.False(SegmentName.TryParseActive(file + ".active", out _));
        Assert.False(SegmentName.TryParseDamaged(file + ".damaged", out _));
    }

    [Fact]
    public void Name_order_is_log_order()
    {
        long[] numbers = [1, 9, 10, 99, 100_000, long.MaxValue];
        var names = numbers.Select(n => new SegmentName("orders", n, "5f3a9c2e").Sealed).ToList();
        Assert.Equal(names.Order(StringComparer.Ordinal), names);
    }

    [Fact]
    public void A_sealed_name_is_not_an_active_one_and_the_other_way_round()
    {
        Assert.False(SegmentName.TryParseSealed(Orders.Active, out _));
        Assert.False(SegmentName.TryParseActive(Orders.Sealed, out _));
        Assert.False(SegmentName.TryParseSealed(Orders.Damaged, out _));
    }
}
