using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using DurableSink.Segments;
using DurableSink.Tests.Commit;
using Xunit;

namespace DurableSink.Tests.Segments;

/// <summary>Seals that are signed (docs/FORMAT.md, Signature).</summary>
public sealed class SealKeyTests : CommitTest, IDisposable
{
    private readonly TempDirectory _home = new();
    private readonly ECDsa _pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public SealKeyTests()
    {
        File.WriteAllText(KeyFile, _pair.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(PublicFile, _pair.ExportSubjectPublicKeyInfoPem());
    }

    private string KeyFile => _home["key.pem"];

    private string PublicFile => _home["public.pem"];

    public void Dispose()
    {
        _pair.Dispose();
        _home.Dispose();
    }

    [Theory]
    [InlineData(TailBlockMode.Rewrite)]
    [InlineData(TailBlockMode.Pad)]
    public void The_engine_signs_each_seal_and_every_bit_of_it_counts(TailBlockMode tailBlock)
    {
        using (var log = Open(FsyncPolicy.Always, o => (o.SealKeyFile, o.TailBlock) = (KeyFile, tailBlock))) log.Append(Event(1));
        var line = SealOf(Assert.Single(Sealed()));
        var key = SealKey.ReadPublic(PublicFile, "--key");
        Assert.Equal(key.Id, SealKey.IdIn(line));
        Assert.True(key.Signed(line));
        Assert.True(SegmentSeal.TryRead(line, out _)); // who does not know the fields reads it as before
        var signed = line.AsSpan().LastIndexOf("\",\"Signature\":\""u8) + 1;
        for (var bit = 0; bit < signed * 8; bit++)
        {
            line[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(key.Signed(line), $"bit {bit}");
            line[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.True(key.Signed(line));
    }

    [Fact]
    public void Another_key_is_not_this_one()
    {
        using (var log = Open(FsyncPolicy.Always, o => o.SealKeyFile = KeyFile)) log.Append(Event(1));
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(_home["other.pem"], other.ExportSubjectPublicKeyInfoPem());
        Assert.False(SealKey.ReadPublic(_home["other.pem"], "--key").Signed(SealOf(Sealed()[0])));
    }

    [Fact]
    public void Without_a_key_nothing_is_signed()
    {
        using (var log = Open(FsyncPolicy.Always)) log.Append(Event(1));
        var line = SealOf(Sealed()[0]);
        Assert.Null(SealKey.IdIn(line));
        Assert.False(SealKey.ReadPublic(PublicFile, "--key").Signed(line));
    }

    [Fact]
    public void Recovery_seals_what_a_crash_left_with_the_same_key()
    {
        using (var log = Open(FsyncPolicy.Always, o => o.SealKeyFile = KeyFile))
        {
            log.Append(Event(1));
            var after = Drive.ProcessCrash();
            DurableLog.OpenOn(after, Options(FsyncPolicy.Always, o => o.SealKeyFile = KeyFile)).Dispose();
            var file = Assert.Single(LogLab.Names(after), name => name.EndsWith(".clef", StringComparison.Ordinal));
            Assert.True(SealKey.ReadPublic(PublicFile, "--key").Signed(LastLine(LogLab.Bytes(after, file))));
        }
    }

    [Fact]
    public void What_is_salvaged_is_sealed_with_the_same_key()
    {
        var text = new SegmentText().Event(1).Event(2).Event(3);
        var bytes = text.Active();
        bytes[text.Lines[2].Offset + 20] ^= 1;
        var drive = LogLab.Drive((text.Name.Active, bytes));
        using (var directory = LogLab.Open(drive))
            new Recovery(directory, LogLab.Identity, TailBlockMode.Rewrite, new FixedTime(), SealKey.ReadPrivate(KeyFile, "SealKeyFile")).Run();
        var file = Assert.Single(LogLab.Names(drive), name => name.EndsWith(".clef", StringComparison.Ordinal));
        Assert.True(SealKey.ReadPublic(PublicFile, "--key").Signed(LastLine(LogLab.Bytes(drive, file))));
    }

    public static TheoryData<string, string> Wrong => new()
    {
        { "missing", "cannot be read" },
        { "directory", "cannot be read" },
        { "text", "holds no ECDSA key over P-256" },
        { "rsa", "holds no ECDSA key over P-256" },
        { "p384", "holds no ECDSA key over P-256" },
        { "public", "signing needs the private one" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_key_that_cannot_sign_fails_the_opening_with_file_and_remedy(string kind, string reason)
    {
        var path = _home[kind];
        using var rsa = RSA.Create(2048);
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        if (kind == "directory") Directory.CreateDirectory(path);
        else if (kind == "text") File.WriteAllText(path, "secret");
        else if (kind == "rsa") File.WriteAllText(path, rsa.ExportPkcs8PrivateKeyPem());
        else if (kind == "p384") File.WriteAllText(path, p384.ExportPkcs8PrivateKeyPem());
        else if (kind == "public") File.Copy(PublicFile, path);
        var failure = Assert.Throws<DurableLogException>(() => Open(FsyncPolicy.Always, o => o.SealKeyFile = path));
        Assert.Contains($"SealKeyFile is '{path}'", failure.Message, StringComparison.Ordinal);
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
        Assert.Contains("openssl ecparam -name prime256v1 -genkey -noout", failure.Message, StringComparison.Ordinal);
        using var log = Open(FsyncPolicy.Always); // nothing is held
    }

    [Fact]
    public void Openssl_checks_a_seal_as_the_format_says()
    {
        if (!File.Exists("/usr/bin/openssl")) Assert.Skip("openssl is not installed.");
        using (var log = Open(FsyncPolicy.Always, o => o.SealKeyFile = KeyFile)) log.Append(Event(1));
        File.WriteAllBytes(_home["segment.clef"], Drive.Bytes($"{Root}/{Sealed()[0]}")!);
        Assert.Equal("Verified OK\n", Shell(Documented(), _home.Path));
        File.WriteAllText(_home["segment.clef"], File.ReadAllText(_home["segment.clef"]).Replace("\"Count\":1", "\"Count\":2", StringComparison.Ordinal));
        Assert.Equal("Verification failure\n", Shell(Documented(), _home.Path));
    }

    private static string Documented()
    {
        var lines = File.ReadAllLines(Path.Combine(Path.GetDirectoryName(Here())!, "..", "..", "..", "docs", "FORMAT.md")).SkipWhile(line => line != "### Signature");
        return string.Join('\n', lines.SkipWhile(line => !line.StartsWith("    ", StringComparison.Ordinal)).TakeWhile(line => line.StartsWith("    ", StringComparison.Ordinal)));
    }

    private static string Here([CallerFilePath] string here = "") => here;

    private static string Shell(string script, string directory)
    {
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-c", script]) { WorkingDirectory = directory, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = bash.StandardOutput.ReadToEnd();
        bash.WaitForExit();
        return output;
    }

    private byte[] SealOf(string file) => LastLine(Drive.Bytes($"{Root}/{file}")!);

    private static byte[] LastLine(byte[] bytes) => bytes[(bytes.AsSpan(..^1).LastIndexOf(LineTrailer.Newline) + 1)..^1];
}
