using DurableSink.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SegmentShipper.Configuration;

namespace SegmentShipper.Hosting;

/// <summary>That a shipper of this name was added to the container; the name may be empty.</summary>
internal sealed record ShipperName(string Name);

/// <summary>Options of the shippers from their sections: <c>SegmentShipper</c>, and <c>SegmentShipper:&lt;name&gt;</c> of those that have a name.</summary>
internal sealed class ConfigureShipper(IEnumerable<ShipperName> names, IConfiguration? configuration = null) : IConfigureNamedOptions<SegmentShipperOptions>
{
    internal const string Section = "SegmentShipper";

    public void Configure(SegmentShipperOptions options) => Configure(Options.DefaultName, options);

    public void Configure(string? name, SegmentShipperOptions options)
    {
        if (configuration is null) return;
        var path = string.IsNullOrEmpty(name) ? Section : $"{Section}:{name}";
        var section = configuration.GetSection(path);
        var others = string.IsNullOrEmpty(name) ? names.Where(other => other.Name.Length > 0).Select(other => new SkippedOption<SegmentShipperOptions>(other.Name)) : [];
        options.BindingFailures.AddRange(OptionBinder.Bind(section, path, [.. ShipperOptionTable.Shipper, .. others], options, hasLevelRules: false));
        options.BindingFailures.AddRange(OptionBinder.Bind(
            section.GetSection(ShipperOptionTable.S3Section), $"{path}:{ShipperOptionTable.S3Section}", ShipperOptionTable.S3, options.S3, hasLevelRules: false));
        if (!names.Any(other => other.Name.Length == 0)) options.BindingFailures.AddRange(FindStray(configuration.GetSection(Section)));
    }

    /// <summary>Options for a shipper that was never added: somebody expects them to hold.</summary>
    private IEnumerable<string> FindStray(IConfigurationSection section) => section.GetChildren()
        .Where(child => !names.Any(added => string.Equals(added.Name, child.Key, StringComparison.OrdinalIgnoreCase)))
        .Select(child => $"{Section}:{child.Key} belongs to no shipper. Known: {string.Join(", ", names.Select(added => added.Name))}.");
}

/// <summary>What the application tells about where a target is and who hears of it.</summary>
internal sealed class ShipperDefaults(ILoggerFactory loggers, IHostEnvironment? environment = null) : IPostConfigureOptions<SegmentShipperOptions>
{
    /// <summary>Below the category of our own diagnostics, which no durable log takes: what a shipper says does not come to be shipped.</summary>
    internal const string Category = "DurableSink.Shipper";

    public void PostConfigure(string? name, SegmentShipperOptions options)
    {
        if (environment is not null && !string.IsNullOrWhiteSpace(options.TargetDirectory))
            options.TargetDirectory = Path.Combine(environment.ContentRootPath, options.TargetDirectory);
        if (environment is not null && !string.IsNullOrWhiteSpace(options.DigestKeyFile))
            options.DigestKeyFile = Path.Combine(environment.ContentRootPath, options.DigestKeyFile);
        var logger = loggers.CreateLogger(Category);
        options.OnNotice ??= notice => logger.Log(notice.Level, new EventId(0, notice.Name), notice.Exception, "{Notice}", notice.Message);
        options.S3.OnNotice ??= options.OnNotice;
    }
}

/// <summary>All that is wrong with the options, in one exception.</summary>
internal sealed class ValidateShipper : IValidateOptions<SegmentShipperOptions>
{
    public ValidateOptionsResult Validate(string? name, SegmentShipperOptions options)
    {
        List<string> failures = [.. options.BindingFailures, .. ShippingOptionsValidator.Validate(options, ShipperOptionTable.Shipper, hasLog: true)];
        string[] targets = [.. TargetsOf(options)];
        if (targets.Length == 0) failures.Add("There is no target: set TargetDirectory, S3:Bucket or (in code) Store.");
        if (targets.Length > 1) failures.Add($"There are {targets.Length} targets: {string.Join(", ", targets)}. Leave one; what is to be in two places is replicated by the store.");
        if (options.S3.Bucket is not null) failures.AddRange(S3OptionsValidator.Validate(options.S3).Select(failure => $"S3: {failure}"));
        if (options.UnhealthyAge < options.DegradedAge)
        {
            failures.Add($"UnhealthyAge is {DurationText.Show(options.UnhealthyAge)}, less than DegradedAge ({DurationText.Show(options.DegradedAge)}). " +
                "Raise UnhealthyAge, or lower DegradedAge.");
        }

        var who = string.IsNullOrEmpty(name) ? "Segment shipper" : $"Segment shipper '{name}'";
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures.Select(failure => $"{who}: {failure}"));
    }

    private static IEnumerable<string> TargetsOf(SegmentShipperOptions options)
    {
        if (options.TargetDirectory is not null) yield return "TargetDirectory";
        if (options.S3.Bucket is not null) yield return "S3:Bucket";
        if (options.Store is not null) yield return "Store";
    }
}
