using System.Globalization;
using System.Security.Cryptography;
using Xunit;

namespace SegmentShipper.Tests.S3;

/// <summary>A real program that logs and ships to a real server, and either of them killed with SIGKILL at any moment.
/// <c>DURABLESINK_SHIPPER_KILLS</c> asks for more: the program is killed so many times, the server a fifth of it, once at least.</summary>
[Collection(nameof(CephServer))]
public sealed class KillTests(CephServer server)
{
    private static readonly int Kills = int.TryParse(Environment.GetEnvironmentVariable("DURABLESINK_SHIPPER_KILLS"), CultureInfo.InvariantCulture, out var kills) ? kills : 15;

    [Fact]
    public async Task D6_a_shipper_that_is_killed_again_and_again_ships_each_event_once()
    {
        using var lab = new S3Lab(server);
        var (acknowledged, random) = (0L, new Random(5));
        for (var kill = 0; kill < Kills; kill++)
        {
            using var child = ShipperProcess.Start(server, lab, segmentBytes: 1 << 20, "write");
            // It is killed a moment after it has shown that it lives: while it writes, seals, puts, verifies or removes.
            acknowledged = await ShipperProcess.ReadAsync(child, lines: 1 + random.Next(12), acknowledged);
            await Task.Delay(random.Next(60), S3Lab.Token);
            child.Kill();
            acknowledged = await ShipperProcess.ReadAsync(child, int.MaxValue, acknowledged);
        }

        await FinishAsync(lab, acknowledged, 1 << 20);
    }

    [Fact]
    public async Task D6_a_server_that_is_killed_in_the_middle_of_uploads_gets_each_event_once()
    {
        using var lab = new S3Lab(server);
        var (acknowledged, random) = (0L, new Random(6));
        using (var child = ShipperProcess.Start(server, lab, segmentBytes: 40 << 20, "write")) // in parts
        {
            try
            {
                for (var kill = 0; kill < Math.Max(1, Kills / 5); kill++)
                {
                    acknowledged = await ShipperProcess.ReadAsync(child, lines: 40 + random.Next(60), acknowledged);
                    server.Kill("radosgw");
                    acknowledged = await ShipperProcess.ReadAsync(child, lines: 5, acknowledged); // the log goes on
                    await server.StartAsync();
                }
            }
            finally
            {
                child.Kill(); // also where the server does not come back: a child that writes on would hide why
            }

            acknowledged = await ShipperProcess.ReadAsync(child, int.MaxValue, acknowledged);
        }

        await FinishAsync(lab, acknowledged, 40 << 20);
        Assert.Equal(0, await lab.UploadsLeftAsync());
    }

    /// <summary>Ships what is left, and then: each acknowledged event is in exactly one object, whose bytes are those of a whole segment.</summary>
    private async Task FinishAsync(S3Lab lab, long acknowledged, int segmentBytes)
    {
        using var child = ShipperProcess.Start(server, lab, segmentBytes, "finish");
        var end = (await child.StandardOutput.ReadToEndAsync(S3Lab.Token)).Trim();
        await child.WaitForExitAsync(S3Lab.Token);
        var numbers = end.Split(' ')[1..].Select(text => long.Parse(text, CultureInfo.InvariantCulture)).ToList();
        Assert.True(child.ExitCode == 0 && numbers is [_, 0, 0, 0], $"exit {child.ExitCode}, {end}");
        Assert.True(acknowledged > 100 && numbers[0] >= acknowledged, $"{acknowledged} acknowledged, {end}");

        var sequences = new List<long>();
        foreach (var (key, bytes) in (await lab.ObjectsAsync()).OrderBy(o => Path.GetFileName(o.Key), StringComparer.Ordinal))
        {
            Assert.Equal(lab.KeyOf(bytes, key[^("orders-00000000000000000001-12345678.clef".Length)..]), key);
            var seal = bytes.AsSpan().LastIndexOf("{\"@seal\":"u8);
            using var json = System.Text.Json.JsonDocument.Parse(bytes.AsMemory(seal));
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes.AsSpan(0, seal))), json.RootElement.GetProperty("Sha256").GetString());
            sequences.AddRange(ShipLab.SequencesIn(bytes));
        }

        Assert.Equal(Enumerable.Range(1, (int)numbers[0]).Select(n => (long)n), sequences);
        Assert.Single(lab.Sealed);
        TestContext.Current.TestOutputHelper?.WriteLine($"{Kills} kills; {acknowledged} events acknowledged, {sequences.Count} in the bucket");
    }
}
