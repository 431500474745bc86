using System.ComponentModel;
using DurableSink;
using DurableSink.Sinks;
using Microsoft.Extensions.Configuration;
using Serilog.Configuration;
using Serilog.Core;
using Serilog.Events;

namespace Serilog;

/// <summary>Adds durable logging to Serilog.</summary>
public static class DurableFileLoggerConfigurationExtensions
{
    private const string NoSection =
        "DurableFile takes its options from a section: with Serilog.Settings.Configuration \"Args\": { \"section\": { \"Fsync\": \"Batch\", … } }, " +
        "in code configuration.GetSection(\"…\").";

    /// <summary>
    /// Writes events into a durable log. A log call returns when its event is accepted, or durable under <see cref="FsyncPolicy.Always"/>
    /// and <see cref="DurableSerilogOptions.AlwaysLevel"/>; it never throws: failures are counted, and told to
    /// <see cref="DurableLogOptions.OnNotice"/> (default: <c>SelfLog</c>). The log opens with the first event.
    /// </summary>
    /// <param name="sinks">Serilog's <c>WriteTo</c>.</param>
    /// <param name="configure">Sets the options.</param>
    /// <param name="restrictedToMinimumLevel">Events below it are not written here. Ignored with <paramref name="levelSwitch"/>.</param>
    /// <param name="levelSwitch">A minimum level that can be changed at run time.</param>
    /// <exception cref="ArgumentException">Options are out of range; the message lists each with its limit.</exception>
    public static LoggerConfiguration DurableFile(
        this LoggerSinkConfiguration sinks,
        Action<DurableSerilogOptions> configure,
        LogEventLevel restrictedToMinimumLevel = LevelAlias.Minimum,
        LoggingLevelSwitch? levelSwitch = null)
    {
        ArgumentNullException.ThrowIfNull(sinks);
        var options = SinkOptions.From(configure, DurableSerilogOptions.ForLog());
        return sinks.Sink(new LogSink(options, SharedLogs.OfProcess), restrictedToMinimumLevel, levelSwitch);
    }

    /// <summary>The same with options from a configuration section. An unknown key or a value that cannot be used throws here.</summary>
    /// <param name="sinks">Serilog's <c>WriteTo</c>.</param>
    /// <param name="section">The options by their names.</param>
    /// <param name="restrictedToMinimumLevel">Events below it are not written here. Ignored with <paramref name="levelSwitch"/>.</param>
    /// <param name="levelSwitch">A minimum level that can be changed at run time.</param>
    /// <param name="configuration">Given by Serilog.Settings.Configuration: all of the configuration. What stands beside the section in
    /// <c>Args</c> and is none of these parameters, which the reader passes over, throws.</param>
    /// <exception cref="ArgumentException">All that is wrong in the section, each naming key and value.</exception>
    public static LoggerConfiguration DurableFile(
        this LoggerSinkConfiguration sinks,
        IConfigurationSection section,
        LogEventLevel restrictedToMinimumLevel = LevelAlias.Minimum,
        LoggingLevelSwitch? levelSwitch = null,
        IConfiguration? configuration = null)
    {
        ArgumentNullException.ThrowIfNull(sinks);
        var options = SinkOptions.From(section, configuration, DurableSerilogOptions.ForLog());
        return sinks.Sink(new LogSink(options, SharedLogs.OfProcess), restrictedToMinimumLevel, levelSwitch);
    }

    /// <summary>
    /// Audits events into a durable log: a log call returns when its event is durable, and throws when it is not, whatever
    /// <see cref="DurableLogOptions.Fsync"/> says. An exception means <i>in doubt</i>: the event may still stand in the log. The log opens
    /// here, so that an application does not start without it; it rolls and retains as the options say.
    /// </summary>
    /// <param name="sinks">Serilog's <c>AuditTo</c>.</param>
    /// <param name="configure">Sets the options.</param>
    /// <param name="restrictedToMinimumLevel">Events below it are not written here. Ignored with <paramref name="levelSwitch"/>.</param>
    /// <param name="levelSwitch">A minimum level that can be changed at run time.</param>
    /// <exception cref="ArgumentException">Options are out of range; the message lists each with its limit.</exception>
    /// <exception cref="DurableLogException">The log cannot be opened.</exception>
    /// <exception cref="InvalidOperationException">This process has the directory open with other options.</exception>
    public static LoggerConfiguration DurableFile(
        this LoggerAuditSinkConfiguration sinks,
        Action<DurableSerilogOptions> configure,
        LogEventLevel restrictedToMinimumLevel = LevelAlias.Minimum,
        LoggingLevelSwitch? levelSwitch = null)
    {
        ArgumentNullException.ThrowIfNull(sinks);
        var options = SinkOptions.From(configure, DurableSerilogOptions.ForAudit());
        return sinks.Sink(new AuditSink(options, SharedLogs.OfProcess), restrictedToMinimumLevel, levelSwitch);
    }

    /// <summary>The same with options from a configuration section. An unknown key or a value that cannot be used throws here.</summary>
    /// <param name="sinks">Serilog's <c>AuditTo</c>.</param>
    /// <param name="section">The options by their names.</param>
    /// <param name="restrictedToMinimumLevel">Events below it are not written here. Ignored with <paramref name="levelSwitch"/>.</param>
    /// <param name="levelSwitch">A minimum level that can be changed at run time.</param>
    /// <param name="configuration">Given by Serilog.Settings.Configuration: all of the configuration. What stands beside the section in
    /// <c>Args</c> and is none of these parameters, which the reader passes over, throws.</param>
    /// <exception cref="ArgumentException">All that is wrong in the section, each naming key and value.</exception>
    /// <exception cref="DurableLogException">The log cannot be opened.</exception>
    /// <exception cref="InvalidOperationException">This process has the directory open with other options.</exception>
    public static LoggerConfiguration DurableFile(
        this LoggerAuditSinkConfiguration sinks,
        IConfigurationSection section,
        LogEventLevel restrictedToMinimumLevel = LevelAlias.Minimum,
        LoggingLevelSwitch? levelSwitch = null,
        IConfiguration? configuration = null)
    {
        ArgumentNullException.ThrowIfNull(sinks);
        var options = SinkOptions.From(section, configuration, DurableSerilogOptions.ForAudit());
        return sinks.Sink(new AuditSink(options, SharedLogs.OfProcess), restrictedToMinimumLevel, levelSwitch);
    }

    /// <summary>For Serilog.Settings.Configuration, which takes it where <c>Args</c> has no <c>section</c>: without it, the sink would be
    /// left out, and only <c>SelfLog</c> told.</summary>
    /// <exception cref="ArgumentException">Always.</exception>
    [EditorBrowsable(EditorBrowsableState.Never)]
    [Obsolete(NoSection, error: true)]
    public static LoggerConfiguration DurableFile(this LoggerSinkConfiguration sinks, IConfiguration configuration) =>
        throw new ArgumentException(NoSection, nameof(configuration));

    /// <summary>For Serilog.Settings.Configuration, as for <c>WriteTo</c>.</summary>
    /// <exception cref="ArgumentException">Always.</exception>
    [EditorBrowsable(EditorBrowsableState.Never)]
    [Obsolete(NoSection, error: true)]
    public static LoggerConfiguration DurableFile(this LoggerAuditSinkConfiguration sinks, IConfiguration configuration) =>
        throw new ArgumentException(NoSection, nameof(configuration));
}
