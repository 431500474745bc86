using DurableSink.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace DurableSink.Hosting;

/// <summary>
/// The options are read when the log opens. Where the configuration is reloaded with other values, a notice says that they wait for
/// a restart. (Level rules are the framework's, and hold at once.) Not an options monitor: that would throw what is wrong with new
/// values into the thread that reloads.
/// </summary>
/// <param name="section">The configuration, where it is and what it is called there.</param>
/// <param name="create">Makes the options anew, from what the configuration says now.</param>
/// <param name="table">All that may be configured.</param>
internal sealed class OptionsWatch<TOptions>(
    (IConfiguration Root, string Name) section, Func<TOptions> create, IReadOnlyList<Option<TOptions>> table) : IDisposable
{
    private readonly Lock _gate = new();
    private IDisposable? _registration;
    private bool _isDisposed;
    private string? _said;

    /// <summary>Begins to watch, for the options that the log was opened with. May be called again.</summary>
    public void Start(TOptions inUse, Action<DurableNotice> notify)
    {
        lock (_gate)
        {
            if (_isDisposed || _registration is not null) return;
            string[] values = [.. table.Select(option => option.Show(inUse))];
            _registration = ChangeToken.OnChange(section.Root.GetReloadToken, () => Compare(values, notify));
        }
    }

    public void Dispose()
    {
        IDisposable? registration;
        lock (_gate)
        {
            _isDisposed = true;
            registration = _registration;
        }

        registration?.Dispose();
    }

    private void Compare(string[] inUse, Action<DurableNotice> notify)
    {
        var notice = Difference(inUse);
        lock (_gate)
        {
            var isNews = notice is not null && notice.Message != _said; // one change of a file is often reported twice
            _said = notice?.Message;
            if (!isNews) return;
        }

        notify(notice!);
    }

    private DurableNotice? Difference(string[] inUse)
    {
        try
        {
            var present = create();
            var changes = table
                .Select((option, i) => (option.Name, Was: inUse[i], Is: option.Show(present)))
                .Where(change => change.Was != change.Is)
                .Select(change => $"{change.Name} from '{change.Was}' to '{change.Is}'")
                .ToList();
            return changes.Count == 0 ? null : new(LogLevel.Warning, "OptionsChanged",
                $"{section.Name} was changed while the log is open: {string.Join(", ", changes)}. " +
                "The log goes on as it was opened; restart the application for the new values.");
        }
        catch (Exception failure)
        {
            return new(LogLevel.Error, "OptionsInvalid",
                $"{section.Name} was changed to options that are not valid: {failure.Message} " +
                "The log goes on as it was opened, but the application would not start again.", failure);
        }
    }
}
