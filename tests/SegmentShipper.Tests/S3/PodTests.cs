using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Xunit;

namespace SegmentShipper.Tests.S3;

/// <summary>Pods of one application, one after the other, each a process on a machine of another name, shipping to one prefix of a real server.</summary>
[Collection(nameof(CephServer))]
public sealed class PodTests(CephServer server)
{
    private const int SegmentBytes = 1 << 20;

    [Fact]
    public async Task D6_a_pod_on_a_new_disk_and_host_and_one_between_put_and_removal_with_gzip_on_make_no_key_collide_and_nothing_twice()
    {
        using var lab = new S3Lab(server);
        RequireHostNames();
        await RunPodAsync(lab, "pod-1");
        var ofTheFirst = await lab.ObjectsAsync();
        Assert.NotEmpty(ofTheFirst);

        Directory.Delete(lab.Directory, recursive: true); // the disk is gone with the pod
        var acknowledged = await RunPodAsync(lab, "pod-2");
        await using (var log = lab.OpenLog()) await log.SealAsync(S3Lab.Token);
        var before = await lab.ObjectsAsync();
        var missing = lab.Sealed.Where(file => !before.ContainsKey(lab.KeyOf(File.ReadAllBytes(file), Path.GetFileName(file)))).ToList();
        Assert.NotEmpty(missing);
        await using (var real = new S3ObjectStore(server.Options()))
        {
            using var shipper = lab.Open(new ScriptedStore(real) { AfterPut = _ => throw ScriptedStore.Down() });
            await shipper.ShipAsync(S3Lab.Token);
        }

        Assert.Subset(lab.Sealed.ToHashSet(), missing.ToHashSet()); // put, and not removed; what the pod put before it was killed may be gone
        lab.Options.Compression = Compression.Gzip;
        Assert.Equal((0, 0), await lab.ShipAsync(server.Options()) is var status ? (status.UnshippedSegments, status.SetAside) : default);

        var objects = await lab.ObjectsAsync();
        foreach (var (key, bytes) in ofTheFirst) Assert.True(objects[key].AsSpan().SequenceEqual(bytes), $"{key} was replaced");
        var logs = objects.Select(o => (o.Key, Bytes: o.Key.EndsWith(".gz", StringComparison.Ordinal) ? ShipLab.Unzip(o.Value) : o.Value))
            .OrderBy(o => Path.GetFileName(o.Key), StringComparer.Ordinal).GroupBy(o => Path.GetFileName(o.Key).Split('-')[0]).ToDictionary(log => log.Key, log => log.ToList());
        Assert.Equal(2, logs.Count);
        foreach (var log in logs.Values)
        {
            var sequences = log.SelectMany(o => ShipLab.SequencesIn(o.Bytes)).ToList();
            Assert.Equal(Enumerable.Range(1, sequences.Count).Select(n => (long)n), sequences); // each once, and the same numbers in both logs
            Assert.Single(log.Where(o => HostOf(o.Bytes) != Environment.MachineName).Select(o => HostOf(o.Bytes)).Distinct());
        }

        Assert.Equal(["pod-1", "pod-2"], logs.Values.Select(log => HostOf(log[0].Bytes)).Order());
        var second = logs.Values.Single(log => HostOf(log[0].Bytes) == "pod-2");
        Assert.True(second.Sum(o => ShipLab.SequencesIn(o.Bytes).Count()) >= acknowledged, $"{acknowledged} acknowledged");
    }

    /// <summary>Writes and ships until some segments are in the bucket, and is killed.</summary>
    private async Task<long> RunPodAsync(S3Lab lab, string host)
    {
        using var pod = ShipperProcess.Start(server, lab, SegmentBytes, "write", host);
        var acknowledged = 0L;
        while (await pod.StandardOutput.ReadLineAsync(S3Lab.Token) is { } line && !line.StartsWith("shipped", StringComparison.Ordinal)) acknowledged = long.Parse(line, CultureInfo.InvariantCulture);
        pod.Kill();
        return await ShipperProcess.ReadAsync(pod, int.MaxValue, acknowledged);
    }

    private static string? HostOf(byte[] segment)
    {
        using var json = JsonDocument.Parse(segment.AsMemory(0, segment.AsSpan().IndexOf((byte)'\n')));
        return json.RootElement.GetProperty("Host").GetString();
    }

    private static void RequireHostNames()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("a process gets a host name of its own on Linux only");
        using var probe = Process.Start(new ProcessStartInfo("unshare", ["--uts", "sh", "-c", "echo probe >/proc/sys/kernel/hostname"]) { RedirectStandardError = true })!;
        probe.WaitForExit();
        if (probe.ExitCode != 0) Assert.Skip($"no host name of its own for a process here: {probe.StandardError.ReadToEnd().Trim()}");
    }
}
