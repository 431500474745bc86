using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Core;

namespace TrimmedApp; // not below DurableSink: what is logged there no durable log takes

/// <summary>All doors to durable logs, configured as applications do: from sections, and in code.</summary>
internal sealed class Doors
{
    public static IHost Host(string directory)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateApplicationBuilder([
            $"--Logging:DurableFile:Directory={directory}/app", "--Logging:DurableFile:LogName=app", "--Logging:DurableFile:BatchWindow=2ms",
            $"--DurableAudit:audit:Directory={directory}/audit", "--DurableAudit:audit:SegmentBytes=256KiB", "--DurableAudit:audit:MaxEventBytes=64KiB",
            $"--SegmentShipper:TargetDirectory={directory}/archive", "--SegmentShipper:KeepAge=1h", "--SegmentShipper:Compression=None",
        ]);
        builder.Logging.ClearProviders().AddDurableFile();
        builder.Services.AddDurableAudit("audit");
        builder.Services.AddSegmentShipper();
        builder.Services.AddHealthChecks().AddSegmentShipper();
        return builder.Build();
    }

    public static Logger Serilog(string directory) => new LoggerConfiguration()
        .AuditTo.DurableFile(o => (o.Directory, o.LogName) = ($"{directory}/serilog", "serilog"))
        .CreateLogger();
}

internal static partial class Events
{
    [LoggerMessage(1, LogLevel.Information, "Accepted {N} after {Elapsed}")]
    public static partial void Accepted(this Microsoft.Extensions.Logging.ILogger logger, int n, TimeSpan elapsed);
}
