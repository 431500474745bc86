using DurableSink.Configuration;
using DurableSink.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace DurableSink.Audit;

/// <summary>Options of the audit logs from their sections, <c>DurableAudit:&lt;name&gt;</c>.</summary>
internal sealed class ConfigureAudit(IEnumerable<AuditName> names, IConfiguration? configuration = null) : IConfigureNamedOptions<DurableAuditOptions>
{
    internal const string Section = "DurableAudit";

    public void Configure(DurableAuditOptions options) => Configure(Options.DefaultName, options);

    public void Configure(string? name, DurableAuditOptions options)
    {
        if (configuration is null || string.IsNullOrEmpty(name)) return;
        var section = configuration.GetSection(Section);
        options.BindingFailures.AddRange(OptionBinder.Bind(section.GetSection(name), $"{Section}:{name}", OptionTable.Audit, options, hasLevelRules: false));
        options.BindingFailures.AddRange(FindStray(section));
        options.BindingFailures.AddRange(FindMisplaced(configuration.GetSection($"Logging:{Section}")));
    }

    /// <summary>Options for a log that was never added: somebody expects them to hold.</summary>
    private IEnumerable<string> FindStray(IConfigurationSection section) => section.GetChildren().Select(child => child.Key)
        .Where(key => !names.Any(added => string.Equals(added.Name, key, StringComparison.OrdinalIgnoreCase)))
        .Select(key => $"{Section}:{key} belongs to no audit log. Known: {string.Join(", ", names.Select(added => added.Name))}.");

    /// <summary>The section of the logging provider holds level rules and nothing else.</summary>
    private static IEnumerable<string> FindMisplaced(IConfigurationSection section) => section.GetChildren()
        .Where(child => !string.Equals(child.Key, OptionBinder.LevelRules, StringComparison.OrdinalIgnoreCase))
        .Select(child => $"{child.Path} has no effect there: options of an audit log belong to {Section}:<name>.");
}

/// <summary>What the name and the application tell about where an audit log is and who hears of it.</summary>
internal sealed class AuditDefaults(NoticeRelay notices, IHostEnvironment? environment = null) : IPostConfigureOptions<DurableAuditOptions>
{
    public void PostConfigure(string? name, DurableAuditOptions options)
    {
        if (string.IsNullOrEmpty(name)) return;
        options.LogName ??= name;
        SharedByDoors.Apply(options, notices, environment);
    }
}

/// <summary>All that is wrong with the options, in one exception.</summary>
internal sealed class ValidateAuditOptions : IValidateOptions<DurableAuditOptions>
{
    public ValidateOptionsResult Validate(string? name, DurableAuditOptions options)
    {
        var failures = DurableLogOptionsValidator.Validate(options, OptionTable.Audit)
            .Concat((options.Categories ?? []).Where(IsRefused).Select(category =>
                $"Categories has '{category}'. What is logged there must not fail, and a log call of an audit log throws when its event is not durable: " +
                "leave Microsoft.*, System.* and DurableSink to AddDurableFile or another provider."))
            .Select(failure => $"Audit log '{name}': {failure}");
        string[] all = [.. options.BindingFailures, .. failures];
        return all.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(all);
    }

    private static bool IsRefused(string category) => category is not null &&
        (CategoryNames.IsFrameworks(category, StringComparison.OrdinalIgnoreCase) || CategoryNames.IsOurs(category, StringComparison.OrdinalIgnoreCase));
}
