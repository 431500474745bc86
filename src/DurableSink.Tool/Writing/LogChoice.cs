using DurableSink.Configuration;
using DurableSink.Segments;
using DurableSink.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace DurableSink.Tooling.Writing;

/// <summary>The options of a log that the tool opens to write: what is asked for, by the names that all of DurableSink uses.</summary>
internal static class LogChoice
{
    /// <summary>The directory is an argument of its own.</summary>
    private static readonly IReadOnlyList<Option<DurableLogOptions>> Table = [.. OptionTable.Log.Where(option => option.Name != nameof(DurableLogOptions.Directory))];

    /// <summary>Options for the directory; <paramref name="settings"/> are NAME=VALUE.</summary>
    /// <exception cref="ToolException">One of them is none.</exception>
    public static DurableLogOptions Of(string directory, IReadOnlyList<string> settings, Surroundings world)
    {
        var options = new DurableLogOptions
        {
            Directory = directory,
            BlockTimeout = TimeSpan.FromHours(1), // a pipe waits
            TimeProvider = world.Time,
            OnNotice = notice => Tell(notice, world),
        };
        var pairs = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var pair in settings.Select(s => s.Split('=', 2))) pairs[pair[0]] = pair[1];
        var failures = OptionBinder.Bind(new ConfigurationBuilder().AddInMemoryCollection(pairs).Build(), "--set", Table, options, hasLevelRules: false);
        if (failures.Count > 0) throw new ToolException(string.Join(" ", failures));
        options.LogName ??= NameIn(directory, world) ?? DurableLogOptionsValidator.ToLogName(Path.GetFileName(Path.GetFullPath(directory).TrimEnd('/', '\\')));
        return options;
    }

    /// <summary>The name of the log that is there; null where there is none.</summary>
    public static string? NameIn(string directory, Surroundings world)
    {
        if (!Directory.Exists(directory)) return null;
        using var files = world.Storage.OpenDirectory(Path.GetFullPath(directory), DirectorySettings.ForReading, create: false);
        if (files.List().Contains(LogIdentity.FileName)) return LogIdentity.Read(files).LogName;
        var list = new SegmentList(files);
        return list.Sealed.Concat(list.Active).FirstOrDefault()?.Log;
    }

    private static void Tell(DurableNotice notice, Surroundings world)
    {
        if (notice.Level >= LogLevel.Warning) world.Error.WriteLine($"{Tool.Name}: {notice.Message}");
    }
}
