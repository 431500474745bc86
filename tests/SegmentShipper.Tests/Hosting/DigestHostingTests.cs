using DurableSink;
using DurableSink.Tests;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SegmentShipper.Digests;
using Xunit;

namespace SegmentShipper.Tests.Hosting;

/// <summary>Digests of an application's logs, from its start to its stop.</summary>
public sealed class DigestHostingTests : IDisposable
{
    private readonly TempDirectory _home = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task What_an_application_shipped_stands_in_digests_when_it_has_stopped_and_what_another_instance_left_too()
    {
        await using (var gone = DurableLog.Open(new() { Directory = _home["logs/app/instance-7"], LogName = "app" })) gone.Append(DurableEvent.Create("Left behind"));
        using var host = Build(new() { ["SegmentShipper:TargetDirectory"] = "shipped", ["SegmentShipper:Digests"] = "true" });
        await host.StartAsync(Token);
        host.Services.GetRequiredService<ILogger<DigestHostingTests>>().LogInformation("Event");
        while (Digests().Count == 0 || Directory.GetFiles(_home["logs/app/instance-7"], "*" + DigestNotes.Suffix).Length > 0) await Task.Delay(5, Token);
        await host.StopAsync(Token);
        var segments = Directory.GetFiles(_home["shipped"], "*.clef", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(_home["shipped"], file)).Order();
        Assert.Equal(segments, Digests().SelectMany(digest => digest.Segments).Select(segment => segment.Key).Order());
        Assert.Equal(2, Digests().Select(digest => digest.LogId).Distinct().Count());
    }

    [Fact]
    public async Task A_key_that_is_not_there_stops_the_start()
    {
        using var host = Build(new() { ["SegmentShipper:TargetDirectory"] = "shipped", ["SegmentShipper:Digests"] = "true", ["SegmentShipper:DigestKeyFile"] = "keys/digest.pem" });
        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(Token));
        Assert.Contains($"DigestKeyFile is '{_home["keys/digest.pem"]}', which cannot be read", failure.Message, StringComparison.Ordinal);
    }

    private List<Digest> Digests() => Directory.Exists(_home["shipped/digests"])
        ? [.. Directory.GetFiles(_home["shipped/digests"], "0*.json", SearchOption.AllDirectories).Select(file => Digest.TryRead(File.ReadAllBytes(file), out var digest) ? digest : throw new InvalidDataException(file))]
        : [];

    private IHost Build(Dictionary<string, string?> configuration)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new() { ContentRootPath = _home.Path, ApplicationName = "app" });
        builder.Configuration.AddInMemoryCollection(configuration);
        builder.Logging.AddDurableFile(o => o.LogName = "app");
        builder.Services.AddSegmentShipper();
        return builder.Build();
    }
}
