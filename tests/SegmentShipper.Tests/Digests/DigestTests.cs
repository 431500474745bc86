using System.Security.Cryptography;
using System.Text;
using DurableSink.Segments;
using DurableSink.Tests;
using Microsoft.Extensions.Logging;
using SegmentShipper.Digests;
using SegmentShipper.Local;
using Xunit;

namespace SegmentShipper.Tests.Digests;

public sealed class DigestTests : IDisposable
{
    private readonly TempDirectory _home = new();
    private readonly SettableTime _time = new();
    private readonly ShipLab _lab = new();

    public DigestTests() => (_lab.Options.Digests, _lab.Options.TimeProvider) = (true, _time);

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task The_first_is_made_with_the_first_segments_and_then_one_an_hour_also_when_nothing_happened()
    {
        await _lab.WriteAsync(3);
        using var shipper = _lab.Open();
        await shipper.ShipAsync(ShipLab.Token);
        await shipper.ShipAsync(ShipLab.Token);
        Assert.Equal([1], Numbers());
        for (var hour = 2; hour <= 4; hour++)
        {
            _time.Now += TimeSpan.FromHours(1);
            await shipper.ShipAsync(ShipLab.Token);
            await shipper.ShipAsync(ShipLab.Token);
            Assert.Equal(Enumerable.Range(1, hour).Select(n => (long)n), Numbers());
        }

        var digests = DigestLab.On(_lab.Target).ConvertAll(d => d.Digest);
        Assert.Equal([3, 0, 0, 0], digests.Select(d => d.Segments.Count));
        Assert.Equal([null, .. digests[..^1].Select(d => (DateTimeOffset?)d.To)], digests.Select(d => d.From));
        Assert.Equal([(1L, 1L, 1L), (1, 2, 2), (1, 3, 3)], digests[0].Segments.Select(s => (s.Count, s.FirstSequence, s.LastSequence)));
        DigestLab.Check(_lab.Target);
        Assert.DoesNotContain(_lab.Files(), file => file.EndsWith(DigestNotes.Suffix, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_was_verified_before_a_restart_stands_in_the_next_one()
    {
        await _lab.WriteAsync(1);
        await _lab.ShipAsync();
        await _lab.WriteAsync(2);
        await _lab.ShipAsync(); // within the hour
        Assert.Equal(2, _lab.Files().Count(file => file.EndsWith(DigestNotes.Suffix, StringComparison.Ordinal)));
        _time.Now += TimeSpan.FromHours(1);
        await _lab.ShipAsync();
        Assert.Equal([1, 2], DigestLab.On(_lab.Target).Select(d => d.Digest.Segments.Count));
        DigestLab.Check(_lab.Target);
    }

    [Fact]
    public async Task Who_ships_to_the_end_leaves_nothing_out()
    {
        await _lab.WriteAsync(1);
        await _lab.ShipAsync();
        await _lab.WriteAsync(2);
        using var shipper = _lab.Open();
        await shipper.ShipAllAsync(ShipLab.Token);
        Assert.Equal([1, 2], Numbers());
        DigestLab.Check(_lab.Target);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task D6_a_digest_whose_answer_was_lost_is_found_to_be_there(bool restarts)
    {
        await _lab.WriteAsync(2);
        _lab.Store.AfterPut = key => key.Contains("digests/", StringComparison.Ordinal) ? throw ScriptedStore.Down() : Task.CompletedTask;
        var shipper = _lab.Open();
        Assert.Contains("down", (await shipper.ShipAsync(ShipLab.Token)).LastFailure, StringComparison.Ordinal);
        _lab.Store.AfterPut = null;
        if (restarts)
        {
            shipper.Dispose();
            shipper = _lab.Open();
        }

        _time.Now += TimeSpan.FromMinutes(1);
        Assert.Null((await shipper.ShipAsync(ShipLab.Token)).LastFailure);
        shipper.Dispose();
        Assert.Equal([1], Numbers());
        DigestLab.Check(_lab.Target);
    }

    [Fact]
    public async Task D6_what_stands_in_the_way_is_not_overwritten_and_segments_are_shipped_on()
    {
        await _lab.WriteAsync(2);
        using var shipper = _lab.Open();
        await shipper.ShipAsync(ShipLab.Token);
        var key = DigestLab.On(_lab.Target)[0].Key.Replace("0000000001", "0000000002", StringComparison.Ordinal);
        _lab.Target.Plant($"{ShipLab.Objects}/{key}", "{\"@digest\":1}"u8);
        await _lab.WriteAsync(2);
        _time.Now += TimeSpan.FromHours(1);
        var status = await shipper.ShipAsync(ShipLab.Token);
        Assert.Equal((0, 4, null), (status.UnshippedSegments, status.ShippedSequence, status.LastFailure));
        Assert.Equal("{\"@digest\":1}"u8, _lab.Stored()[key]);
        var notice = Assert.Single(_lab.Notices);
        Assert.Equal((LogLevel.Critical, "DigestsBroken"), (notice.Level, notice.Name));
        Assert.Contains(key, notice.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task D9_where_no_digest_can_be_made_what_waits_for_one_stays_within_its_bound_and_that_is_told()
    {
        await _lab.WriteAsync(5);
        using var directory = ShippedDirectory.Open(ShipLab.Root, _lab.Drive, _time, static work => work(), null);
        var verified = _lab.Sealed().ConvertAll(file => (SegmentName.TryParse(file)!, new DigestedSegment(file, 1, 1, 1, "00")));
        var notes = new DigestNotes(directory, _lab.Options.OnNotice!, most: 3);
        notes.Add(verified[..2]);
        Assert.Empty(_lab.Notices);
        notes.Add(verified[1..]); // one that waits already, one for which there is room, two for which there is none
        notes.Add(verified[3..]);
        Assert.Equal([.. verified[..3].Select(one => one.Item2)], notes.Take(10));
        Assert.Equal(3, _lab.Files().Count(file => file.EndsWith(DigestNotes.Suffix, StringComparison.Ordinal)));
        var notice = Assert.Single(_lab.Notices);
        Assert.Equal((LogLevel.Critical, "DigestsFull"), (notice.Level, notice.Name));

        notes.Remove([verified[0].Item2]);
        notes.Add(verified[3..]);
        Assert.Equal([.. verified[1..4].Select(one => one.Item2)], notes.Take(10));
        Assert.Equal(2, _lab.Notices.Count); // the last one had no room again
    }

    [Fact]
    public async Task A_forged_end_of_the_chain_is_not_gone_on_from()
    {
        UseKey();
        await _lab.WriteAsync(2);
        using var shipper = _lab.Open();
        await shipper.ShipAsync(ShipLab.Token);
        var (key, digest, line) = DigestLab.On(_lab.Target)[0];
        var forged = (digest with { Number = 2, PreviousSha256 = Digest.HashOf(line) }).ToLine(null);
        _lab.Target.Plant($"{ShipLab.Objects}/{key.Replace("0000000001", "0000000002", StringComparison.Ordinal)}", forged);
        _time.Now += TimeSpan.FromHours(1);
        await shipper.ShipAsync(ShipLab.Token);
        Assert.Equal("DigestsBroken", Assert.Single(_lab.Notices).Name);
        Assert.Equal([1, 2], Numbers());
    }

    [Fact]
    public async Task With_a_key_each_is_signed()
    {
        var key = UseKey();
        await _lab.WriteAsync(2);
        await _lab.ShipAsync();
        _time.Now += TimeSpan.FromHours(1);
        await _lab.ShipAsync();
        var digests = DigestLab.On(_lab.Target);
        Assert.Equal(2, digests.Count);
        foreach (var (_, _, line) in digests)
        {
            Assert.Equal(key.Id, SealKey.IdIn(line));
            Assert.True(key.Signed(line));
            line[line.AsSpan().IndexOf("Number"u8) + 8] ^= 1;
            Assert.False(key.Signed(line));
        }
    }

    [Fact]
    public async Task Much_that_waits_is_not_kept_waiting_for_the_hour()
    {
        await _lab.WriteAsync(1);
        await _lab.ShipAsync();
        await _lab.WriteAsync(1);
        var log = Directory.GetParent(DigestLab.On(_lab.Target)[0].Key)!.Name;
        for (var i = 0; i < DigestChain.MostSegments; i++) // as a run before left them
        {
            var segment = $"{{\"Key\":\"log=orders/{i}\",\"Count\":1,\"FirstSequence\":{i + 10},\"LastSequence\":{i + 10},\"Sha256\":\"\"}}\n";
            _lab.Drive.Plant($"{ShipLab.Root}/{i}{DigestNotes.Suffix}", Encoding.ASCII.GetBytes(segment));
        }

        await _lab.ShipAsync();
        Assert.Equal([1, DigestChain.MostSegments], DigestLab.On(_lab.Target).Select(d => d.Digest.Segments.Count));
        Assert.NotEmpty(log);
    }

    [Fact]
    public async Task A_full_drive_is_left_by_what_was_shipped()
    {
        await _lab.WriteAsync(3);
        _lab.Drive.CapacityBytes = _lab.Drive.UsedBytes;
        using var shipper = _lab.Open();
        var status = await shipper.ShipAsync(ShipLab.Token);
        Assert.Equal(3, status.ShippedSequence);
        Assert.Equal(3, Assert.Single(DigestLab.On(_lab.Target)).Digest.Segments.Count);
    }

    [Fact]
    public void Options_that_cannot_work_are_refused()
    {
        _lab.Options.Verify = Verification.PutChecksum;
        Assert.Contains("Digests is true and Verify is PutChecksum", Refused(), StringComparison.Ordinal);
        (_lab.Options.Verify, _lab.Options.DigestKeyFile) = (Verification.Head, _home["missing.pem"]);
        Assert.Contains($"DigestKeyFile is '{_home["missing.pem"]}', which cannot be read", Refused(), StringComparison.Ordinal);
        UseKey();
        _lab.Options.Digests = false;
        Assert.Contains("the key would not be used", Refused(), StringComparison.Ordinal);
    }

    private string Refused()
    {
        _lab.OpenLog().Dispose();
        return Assert.Throws<ArgumentException>(() => _lab.Open()).Message;
    }

    private SealKey UseKey()
    {
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(_home["key.pem"], pair.ExportECPrivateKeyPem());
        _lab.Options.DigestKeyFile = _home["key.pem"];
        return SealKey.ReadPublic(_home["key.pem"], "key");
    }

    private IEnumerable<long> Numbers() => DigestLab.On(_lab.Target).Select(d => d.Digest.Number);
}
