using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Amazon.Runtime;
using Amazon.S3;
using DurableSink.Tests;
using Xunit;

namespace SegmentShipper.Tests.S3;

/// <summary>A real server on this machine, started by a script of <c>tests/s3</c> and stopped with the tests. Where it is not installed the tests are
/// skipped and say so; where it is and does not start, they fail.</summary>
public abstract class S3Server : IAsyncLifetime
{
    private const int NotHere = 77;

    private readonly string _script;
    private readonly int _firstPort;
    private readonly TempDirectory _home = new("/tmp");
    private readonly Dictionary<string, string> _settings = [];
    private string? _missing;
    private bool _isStarted;

    protected S3Server(string name, int firstPort, [CallerFilePath] string here = "")
    {
        _script = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "s3", name));
        _firstPort = firstPort;
    }

    public string Endpoint => Setting("S3_ENDPOINT");

    public string Region => Setting("S3_REGION");

    public string Bucket => Setting("S3_BUCKET");

    /// <summary>How many objects are named in one answer: S3's 1,000, where its script asks for no fewer.</summary>
    public virtual int ListedAtOnce => 1000;

    public string Home => _home.Path;

    public async ValueTask InitializeAsync()
    {
        try
        {
            if (!OperatingSystem.IsLinux()) throw new NotHereException("it runs on Linux only");
            await RunAsync("start", FreePorts(_firstPort).ToString(CultureInfo.InvariantCulture));
            _isStarted = true;
            foreach (var line in (await RunAsync("env")).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                var pair = line["export ".Length..].Split('=', 2);
                _settings[pair[0]] = pair[1];
            }
        }
        catch (NotHereException reason)
        {
            _missing = reason.Message;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_isStarted) await RunAsync("stop");
        _home.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Brings back what was killed.</summary>
    public Task StartAsync() => RunAsync("start");

    /// <summary>Ends a program of the server at once, by the id that the script noted.</summary>
    public void Kill(string program)
    {
        using var process = Process.GetProcessById(int.Parse(File.ReadAllText(Path.Combine(Home, "run", program + ".pid")), CultureInfo.InvariantCulture));
        process.Kill();
        process.WaitForExit();
    }

    /// <summary>The options that a user gives, and nothing else; credentials as a client's.</summary>
    public S3ObjectStoreOptions Options(string? endpoint = null, Action<AmazonS3Config>? configure = null, AWSCredentials? credentials = null)
    {
        var options = new S3ObjectStoreOptions { Bucket = Bucket, Endpoint = endpoint ?? Endpoint, Region = Region };
        options.Client = Client(options, configure, credentials);
        return options;
    }

    /// <summary>As the store makes it itself, but with the server's credentials, which the SDK's chain does not know here.</summary>
    public IAmazonS3 Client(S3ObjectStoreOptions options, Action<AmazonS3Config>? configure = null, AWSCredentials? credentials = null)
    {
        var config = SegmentShipper.S3.S3Client.Configure(options);
        configure?.Invoke(config);
        return new AmazonS3Client(credentials ?? Credentials, config);
    }

    public AWSCredentials Credentials => new BasicAWSCredentials(Setting("S3_ACCESS_KEY"), Setting("S3_SECRET_KEY"));

    /// <summary>Skips the test where there is no server.</summary>
    public void Require()
    {
        if (_missing is not null) Assert.Skip($"no {Path.GetFileName(_script)} here: {_missing}");
    }

    private string Setting(string name)
    {
        Require();
        return _settings[name];
    }

    private async Task<string> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(_script, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["S3_HOME"] = _home.Path;
        start.Environment["S3_STORE"] = "memstore";
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        await process.WaitForExitAsync(timeout.Token);
        if (process.ExitCode == NotHere) throw new NotHereException((await errors).Trim());
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"'{Path.GetFileName(_script)} {arguments[0]}' failed: {(await errors).Trim()}");
    }

    /// <summary>The first of ten ports in a row that nobody has.</summary>
    private static int FreePorts(int from)
    {
        for (var first = from + Environment.ProcessId % 400 * 10; ; first += 10)
        {
            if (Enumerable.Range(first, 10).All(IsFree)) return first;
        }
    }

    private sealed class NotHereException(string message) : Exception(message);

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

/// <summary>Ceph Object Gateway.</summary>
public sealed class CephServer() : S3Server("ceph", 20_000);

/// <summary>OpenStack Swift with its s3api.</summary>
public sealed class SwiftServer() : S3Server("swift", 25_000)
{
    public override int ListedAtOnce => 20;
}
