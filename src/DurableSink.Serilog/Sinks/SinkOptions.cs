using System.Reflection;
using DurableSink.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Serilog.Debugging;
using Serilog.Events;

namespace DurableSink.Sinks;

/// <summary>The options of a sink, complete and valid, or an exception with all that is wrong.</summary>
internal static class SinkOptions
{
    /// <summary>The framework's key within the section of a logging provider, which the binder passes over; here it is a mistake.</summary>
    private const string LevelRules = "LogLevel";

    /// <summary>What may stand in Serilog's <c>Args</c>: the parameters of <c>DurableFile</c>.</summary>
    private static readonly string[] Arguments = ["section", "restrictedToMinimumLevel", "levelSwitch"];

    public static IReadOnlyList<Option<DurableSerilogOptions>> Table { get; } =
    [
        .. OptionTable.LogOptions<DurableSerilogOptions>(),
        new Option<DurableSerilogOptions, LogEventLevel?>(
            "AlwaysLevel", ValueKinds.OrNone(ValueKinds.Name<LogEventLevel>()), o => o.AlwaysLevel, (o, v) => o.AlwaysLevel = v),
        new ListOption<DurableSerilogOptions>("AlwaysCategories", o => o.AlwaysCategories, (o, v) => o.AlwaysCategories = v),
    ];

    public static DurableSerilogOptions From(Action<DurableSerilogOptions> configure, DurableSerilogOptions defaults)
    {
        ArgumentNullException.ThrowIfNull(configure);
        configure(defaults);
        return Complete(defaults, [], nameof(configure));
    }

    /// <param name="section">The options by their names.</param>
    /// <param name="all">All of the configuration, where Serilog's reader of it calls.</param>
    /// <param name="defaults">To be changed.</param>
    public static DurableSerilogOptions From(IConfigurationSection section, IConfiguration? all, DurableSerilogOptions defaults)
    {
        ArgumentNullException.ThrowIfNull(section);
        if (!section.GetChildren().Any())
        {
            var instead = string.IsNullOrEmpty(section.Value) ? "is empty, or not there" : $"is '{section.Value}', not a section with options";
            throw new ArgumentException(
                $"{section.Path} {instead}. Name at least one option in it, such as Directory; for defaults alone configure the sink in code.", nameof(section));
        }

        List<string> failures = [.. OptionBinder.Bind(section, section.Path, Table, defaults), .. Misplaced(section, all)];
        if (section.GetSection(LevelRules) is var rules && rules.Exists())
            failures.Add($"{rules.Path} is no known key here. Levels are Serilog's: restrictedToMinimumLevel or levelSwitch beside the section.");
        return Complete(defaults, failures, nameof(section));
    }

    /// <summary>An option beside the section instead of in it: Serilog's reader passes over arguments that no method has.</summary>
    private static IEnumerable<string> Misplaced(IConfigurationSection section, IConfiguration? all)
    {
        if (all is null || ConfigurationPath.GetParentPath(section.Path) is not { } parent) return [];
        return all.GetSection(parent).GetChildren()
            .Where(argument => !Arguments.Contains(argument.Key, StringComparer.OrdinalIgnoreCase))
            .Select(argument => $"{argument.Path} is no known argument (its value is '{argument.Value}'). " +
                                $"Known: {string.Join(", ", Arguments)}; options stand in {section.Path}.");
    }

    private static DurableSerilogOptions Complete(DurableSerilogOptions options, IReadOnlyList<string> failures, string parameter)
    {
        string[] all = [.. failures, .. DurableLogOptionsValidator.Validate(options, Table)];
        if (all.Length > 0) throw new ArgumentException(string.Join(" ", all), parameter);

        var complete = (DurableSerilogOptions)options.Clone(); // the application may keep what it was handed
        complete.AlwaysCategories = [.. options.AlwaysCategories];
        complete.LogName ??= DurableLogOptionsValidator.ToLogName(Assembly.GetEntryAssembly()?.GetName().Name ?? "app");
        complete.Directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(complete.Directory ?? Path.Combine("logs", complete.LogName)));
        complete.OnNotice ??= TellSelfLog;
        return complete;
    }

    private static void TellSelfLog(DurableNotice notice)
    {
        if (notice.Level > LogLevel.Information) SelfLog.WriteLine("DurableSink {0} {1}: {2}", notice.Level, notice.Name, notice.Message);
    }
}
