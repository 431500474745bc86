using DurableSink.Configuration;
using DurableSink.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace DurableSink.Audit;

/// <summary>That an audit log of this name was added to the container.</summary>
internal sealed record AuditName(string Name);

/// <summary>All audit logs of a container, in the order in which they were added.</summary>
internal sealed class AuditDoors : IDisposable
{
    private readonly List<AuditDoor> _all;

    public AuditDoors(
        IEnumerable<AuditName> names, IOptionsMonitor<DurableAuditOptions> options, IOptionsFactory<DurableAuditOptions> factory,
        DurableLogPool pool, NoticeRelay notices, IConfiguration? configuration = null)
    {
        _all = [.. names.Select(added => new AuditDoor(added.Name, options, pool, notices, configuration is null ? null : Watch(added.Name)))];

        OptionsWatch<DurableAuditOptions> Watch(string name) =>
            new((configuration, $"{ConfigureAudit.Section}:{name}"), () => factory.Create(name), OptionTable.Audit);
    }

    private string Known => string.Join(", ", _all.Select(door => $"'{door.Name}'"));

    /// <summary>The one that nobody need name.</summary>
    public AuditDoor Only() => _all is [var only]
        ? only
        : throw new InvalidOperationException(
            $"There are {_all.Count} audit logs: {Known}. Say which one: [FromKeyedServices(\"{_all[0].Name}\")] IAuditLog.");

    public AuditDoor ByName(object? key) => _all.Find(door => key is string name && door.Name == name)
        ?? throw new InvalidOperationException($"There is no audit log named '{key}'. Known: {Known}. Add it with AddDurableAudit(\"{key}\").");

    public void OpenAll()
    {
        foreach (var door in _all) door.Open();
    }

    /// <summary>Tells what was lost; the pool closes the logs, later.</summary>
    public void Dispose()
    {
        foreach (var door in _all) door.Dispose();
    }
}
