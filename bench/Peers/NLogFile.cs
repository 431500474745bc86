using NLog;
using NLog.Config;
using NLog.Layouts;
using NLog.Targets;

namespace DurableSink.Bench.Peers;

/// <summary>NLog's file target with JSON lines.</summary>
internal static class NLogFile
{
    public static Layout Json { get; } = new JsonLayout
    {
        IncludeEventProperties = true,
        Attributes = { new JsonAttribute("@t", "${date:format=o:universalTime=true}"), new JsonAttribute("@mt", "${message:raw=true}") },
    };

    /// <summary>A factory of its own around a target.</summary>
    public static LogFactory Factory(Target target)
    {
        var factory = new LogFactory { ThrowExceptions = true };
        var configuration = new LoggingConfiguration(factory);
        configuration.AddRule(LogLevel.Info, LogLevel.Fatal, target);
        factory.Configuration = configuration;
        return factory;
    }
}
