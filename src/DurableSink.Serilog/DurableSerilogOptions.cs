using Serilog.Events;

namespace DurableSink;

/// <summary>
/// Options of the log behind Serilog's <c>WriteTo.DurableFile</c> and <c>AuditTo.DurableFile</c>. They are read once, when the sink is
/// configured. <see cref="DurableLogOptions.OnNotice"/> is Serilog's <c>SelfLog</c> by default.
/// <para>Under <c>WriteTo</c>, <see cref="DurableLogOptions.WhenLocked"/> is <see cref="LockedMode.Instance"/> and
/// <see cref="DurableLogOptions.RetainBytes"/> 10 GiB by default, as for an application's log; under <c>AuditTo</c>
/// <see cref="LockedMode.Fail"/> and none, and <see cref="DurableLogOptions.Fsync"/> is <see cref="FsyncPolicy.Always"/>.</para>
/// </summary>
public sealed class DurableSerilogOptions : DurableLogOptions
{
    internal DurableSerilogOptions()
    {
    }

    /// <summary>Events at or above this level are durable when the log call returns, under every policy. Null (in configuration
    /// <c>none</c>): no level. Default null. Under <c>AuditTo</c> every event is.</summary>
    public LogEventLevel? AlwaysLevel { get; set; }

    /// <summary>Events whose <c>SourceContext</c> begins with one of these (letter case ignored) are durable when the log call returns,
    /// under every policy. Default: none.</summary>
    public IList<string> AlwaysCategories { get; set; } = [];

    internal static DurableSerilogOptions ForLog() => new() { WhenLocked = LockedMode.Instance, RetainBytes = 10L << 30 };

    internal static DurableSerilogOptions ForAudit() => new() { Fsync = FsyncPolicy.Always };
}
