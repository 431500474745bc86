using System.Text.Json.Serialization.Metadata;

namespace DurableSink;

/// <summary>
/// Options of an audit log (<c>AddDurableAudit</c>). They are read when the log opens; changing them later has no effect. The log's name
/// is the one that it was added under, unless set. A relative <see cref="DurableLogOptions.Directory"/> is taken under the content root
/// where there is a host. <see cref="DurableLogOptions.Fsync"/> is <see cref="FsyncPolicy.Always"/> here, and nothing is removed unless
/// <see cref="DurableLogOptions.RetainBytes"/> or <see cref="DurableLogOptions.RetainAge"/> is set.
/// </summary>
public sealed class DurableAuditOptions : DurableLogOptions
{
    /// <summary>Makes options with their defaults.</summary>
    public DurableAuditOptions() => Fsync = FsyncPolicy.Always;

    /// <summary>What is logged by <c>ILogger</c> in categories that begin with one of these (letter case ignored) goes into this log
    /// too: each log call returns when its event is durable, and throws when it is not. Not for <c>Microsoft.*</c> and <c>System.*</c>,
    /// which do not expect that, nor for <c>DurableSink</c>. Default: none.</summary>
    public IList<string> Categories { get; set; } = [];

    /// <summary>How many idempotency keys (<see cref="IAuditLog.WithIdempotencyKey"/>) are remembered, in memory at some 350 bytes each and in files
    /// beside the segments: 1 to 1,000,000, default 100,000. Of more, the oldest are forgotten, which is told and counted.</summary>
    public int IdempotencyKeys { get; set; } = 100_000;

    /// <summary>How long a key is remembered, counted from its event, and after a restart from its segment's sealing: 1 minute to 366 days,
    /// default 24 h.</summary>
    public TimeSpan IdempotencyAge { get; set; } = TimeSpan.FromHours(24);

    /// <summary>The contracts by which System.Text.Json writes objects and the values of <c>{@X}</c>. Default null: objects are refused,
    /// and <c>{@X}</c> is written as <c>{X}</c>, with one notice.</summary>
    public IJsonTypeInfoResolver? TypeInfoResolver { get; set; }

    /// <summary>What was wrong in the configuration: reported with all else that is, when the options are first used.</summary>
    internal List<string> BindingFailures { get; } = [];
}
