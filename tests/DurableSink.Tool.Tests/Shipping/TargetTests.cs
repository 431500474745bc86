using DurableSink.Tooling;
using DurableSink.Tooling.Shipping;
using SegmentShipper;
using Xunit;

namespace DurableSink.Tests.Tooling.Shipping;

public sealed class TargetTests
{
    [Theory]
    [InlineData("s3://logs", "logs", null)]
    [InlineData("s3://logs/", "logs", null)]
    [InlineData("s3://logs/production/eu", "logs", "production/eu")]
    [InlineData("S3://logs/production/", "logs", "production")]
    public void A_bucket_with_a_prefix_or_without(string text, string bucket, string? prefix)
    {
        var target = Target.Parse(text);
        Assert.Equal((bucket, prefix, null), (target.Bucket, target.Prefix, target.Directory));
    }

    [Fact]
    public void A_directory()
    {
        var target = Target.Parse("dir:/mnt/share/logs");
        Assert.Equal((null, null, "/mnt/share/logs"), (target.Bucket, target.Prefix, target.Directory));
    }

    [Theory]
    [InlineData("s3://")]
    [InlineData("s3:///prefix")]
    [InlineData("s3://logs/a//b")]
    [InlineData("s3://logs/.hidden")]
    [InlineData("dir:")]
    [InlineData("/mnt/share")]
    public void Anything_else_is_refused_with_what_is_allowed(string text) =>
        Assert.Contains("Allowed: ", Assert.Throws<FormatException>(() => Target.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task What_was_said_of_the_server_comes_to_it()
    {
        await using var store = Target.Parse("s3://logs/production").Open(new("http://localhost:9000", "eu-central-1", true));
        Assert.Equal("s3://logs at http://localhost:9000", Assert.IsType<S3ObjectStore>(store).Location);
        var wrong = Assert.Throws<ToolException>(() => Target.Parse("s3://logs").Open(new("localhost", null, false)));
        Assert.Contains("Endpoint is no address", wrong.Message, StringComparison.Ordinal);
        Assert.Contains("--region", Assert.Throws<ToolException>(() => Target.Parse("dir:/mnt").Open(new(null, "eu", false))).Message, StringComparison.Ordinal);
    }
}
