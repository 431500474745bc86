using System.Globalization;
using System.Text.RegularExpressions;
using DurableSink;

namespace AuditApi.Demo;

/// <summary>The command <c>--demo</c> and its arguments.</summary>
internal sealed partial class DemoCommand
{
    private const string Usage =
        "Usage: --demo [--directory DIR] [--requests N] [--clients N] [--fsync always|batch|os] [--segment-bytes SIZE]";

    private static readonly string[] Options = ["--directory", "--requests", "--clients", "--fsync", "--segment-bytes"];

    public string Directory { get; private set; } = "";

    /// <summary>Where segments are shipped to: a directory, in the place of a bucket.</summary>
    public string Target => $"{Directory}-shipped";

    public int Requests { get; private set; } = 5_000;

    public int Clients { get; private set; } = 64;

    public FsyncPolicy Fsync { get; private set; } = FsyncPolicy.Always;

    /// <summary>Small, so that the demo shows segments being sealed.</summary>
    public string SegmentBytes { get; private set; } = "4MiB";

    /// <summary>The server's own arguments: configuration as anyone would give it, on a free port of the loopback interface.</summary>
    public string[] ServerArguments =>
    [
        "--urls=http://127.0.0.1:0",
        $"--contentRoot={AppContext.BaseDirectory}",
        $"--DurableAudit:orders:Directory={Directory}",
        $"--DurableAudit:orders:Fsync={Fsync}",
        $"--DurableAudit:orders:SegmentBytes={SegmentBytes}",
        $"--Logging:DurableFile:Directory={Directory}-app",
        $"--SegmentShipper:TargetDirectory={Target}",
        "--Logging:Console:LogLevel:AuditApi=Warning",
        "--Logging:Console:LogLevel:Microsoft.Hosting.Lifetime=Warning",
        "--Logging:Console:LogLevel:Microsoft.Extensions.Hosting=None", // a start that fails is told by the demo, in one line
    ];

    /// <summary>
    /// False when the arguments are wrong, which has then been said. No command (null) without <c>--demo</c>: the arguments are the
    /// server's then.
    /// </summary>
    public static bool TryParse(string[] args, out DemoCommand? command)
    {
        command = null;
        var error = args.Contains("--demo") ? Parse(args, out command) : FindStray(args);
        if (error is null) return true;
        Console.Error.WriteLine($"{error} {Usage}");
        return false;
    }

    public Task<int> RunAsync(WebApplication app) => new DemoRun(this, app).RunAsync();

    private static string? FindStray(string[] args) =>
        args.FirstOrDefault(a => Options.Contains(a)) is { } stray ? $"{stray} goes with --demo." : null;

    private static string? Parse(string[] args, out DemoCommand? command)
    {
        command = null;
        var parsed = new DemoCommand();
        for (var i = 0; i < args.Length; i++)
        {
            var option = args[i];
            if (option == "--demo") continue;
            if (!Options.Contains(option)) return $"Unknown argument '{option}'.";
            if (++i == args.Length || args[i].StartsWith("--", StringComparison.Ordinal)) return $"{option} needs a value.";
            if (!parsed.TrySet(option, args[i])) return $"{option} cannot be '{args[i]}'.";
        }
        if (parsed.Directory.Length == 0) parsed.Directory = System.IO.Directory.CreateTempSubdirectory("durablesink-demo-").FullName;
        command = parsed;
        return null;
    }

    private bool TrySet(string option, string value)
    {
        switch (option)
        {
            case "--directory":
                if (value.Length == 0) return false;
                Directory = Path.GetFullPath(value);
                return true;
            case "--requests":
                return TryCount(value, 1_000_000, n => Requests = n);
            case "--clients":
                return TryCount(value, 1_000, n => Clients = n);
            case "--fsync":
                // By name only: Enum.TryParse alone would take "7" and "always,batch" as well.
                if (!Enum.GetNames<FsyncPolicy>().Contains(value, StringComparer.OrdinalIgnoreCase)) return false;
                Fsync = Enum.Parse<FsyncPolicy>(value, ignoreCase: true);
                return true;
            default:
                SegmentBytes = value;
                return Size().IsMatch(value); // whether it is too small or too large is the log's to say
        }
    }

    private static bool TryCount(string value, int most, Action<int> set)
    {
        if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var n) || n < 1 || n > most) return false;
        set(n);
        return true;
    }

    [GeneratedRegex("^[1-9][0-9]{0,11}(B|KiB|MiB|GiB)?$")]
    private static partial Regex Size();
}
