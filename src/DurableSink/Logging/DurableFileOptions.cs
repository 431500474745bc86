using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Logging;

namespace DurableSink;

/// <summary>
/// Options of the log behind <c>AddDurableFile</c>. They are read when the log opens; changing them later has no effect. A relative
/// <see cref="DurableLogOptions.Directory"/> is taken under the content root where there is a host.
/// <see cref="DurableLogOptions.WhenLocked"/> is <see cref="LockedMode.Instance"/> here: two instances of an application overlap.
/// <see cref="DurableLogOptions.RetainBytes"/> is 10 GiB here: an application's log must not fill its drive.
/// </summary>
public sealed class DurableFileOptions : DurableLogOptions
{
    /// <summary>Makes options with their defaults.</summary>
    public DurableFileOptions()
    {
        WhenLocked = LockedMode.Instance;
        RetainBytes = 10L << 30;
    }

    /// <summary>Events at or above this level are durable when the log call returns, under every policy. Default
    /// <see cref="LogLevel.None"/>: no level.</summary>
    public LogLevel AlwaysLevel { get; set; } = LogLevel.None;

    /// <summary>Events of categories that begin with one of these (letter case ignored) are durable when the log call returns, under
    /// every policy. Default: none.</summary>
    public IList<string> AlwaysCategories { get; set; } = [];

    /// <summary>Whether a log call throws when its event could not be accepted, or made durable where it waits for that. Never for
    /// the categories of the framework (<c>Microsoft.*</c> and <c>System.*</c>), which do not expect it. Default false: failures are
    /// counted and reported once.</summary>
    public bool ThrowOnFailure { get; set; }

    /// <summary>The contracts by which System.Text.Json writes the values of <c>{@X}</c>. Default null: such a value is written as
    /// by <c>{X}</c>, with one notice.</summary>
    public IJsonTypeInfoResolver? TypeInfoResolver { get; set; }

    /// <summary>What was wrong in the configuration: reported with all else that is, when the options are first used.</summary>
    internal List<string> BindingFailures { get; } = [];
}
