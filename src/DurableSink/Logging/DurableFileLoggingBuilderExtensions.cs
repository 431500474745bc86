using DurableSink;
using DurableSink.Hosting;
using DurableSink.Logging;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Configuration;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.Logging;

/// <summary>Adds durable logging.</summary>
public static class DurableFileLoggingBuilderExtensions
{
    /// <summary>
    /// Sends what is logged into a durable log. Options come from the configuration section <c>Logging:DurableFile</c>, then from
    /// <paramref name="configure"/>. The log opens when the host starts (a failure stops the start) or the first event comes; the
    /// container owns it, and hands it out as the singleton <see cref="DurableLog"/>, also keyed by its name.
    /// <para>A log call returns when its event is durable under <see cref="FsyncPolicy.Always"/>, when it is accepted under the other
    /// policies (but see <see cref="DurableFileOptions.AlwaysLevel"/>), and throws only with
    /// <see cref="DurableFileOptions.ThrowOnFailure"/>.</para>
    /// <para>Without configuration the log is named after the application and stands in <c>logs/&lt;LogName&gt;</c>; a relative
    /// directory is taken under the content root of the host, without a host under the current directory.</para>
    /// </summary>
    /// <exception cref="OptionsValidationException">Thrown by the host's start, not here: all that is wrong with the options.</exception>
    public static ILoggingBuilder AddDurableFile(this ILoggingBuilder builder, Action<DurableFileOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.AddConfiguration();
        var services = builder.Services;
        SharedByDoors.AddTo(services);
        if (services.All(service => service.ServiceType != typeof(AppLog))) services.AddSingleton(new LogDoorOf(static sp => sp.GetRequiredService<AppLog>()));
        services.TryAddSingleton<AppLog>();
        services.TryAddSingleton(static sp => sp.GetRequiredService<AppLog>().Open().Target.Log);
        services.TryAddKeyedSingleton(KeyedService.AnyKey, static (sp, key) => LogByName(sp.GetRequiredService<AppLog>(), key));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<DurableFileOptions>, ConfigureFromSection>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<DurableFileOptions>, ApplicationDefaults>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<DurableFileOptions>, ValidateFileOptions>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, LogOpeningService>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ILoggerProvider, DurableFileLoggerProvider>(
            static sp => new DurableFileLoggerProvider(sp.GetRequiredService<AppLog>())));
        if (configure is not null) services.Configure(configure);
        return builder;
    }

    private static DurableLog LogByName(AppLog log, object? key) => key is string name && name == log.LogName
        ? log.Open().Target.Log
        : throw new InvalidOperationException($"There is no durable log named '{key}'. Known: '{log.LogName}'.");
}
