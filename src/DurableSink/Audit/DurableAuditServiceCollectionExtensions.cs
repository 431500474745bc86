using DurableSink;
using DurableSink.Audit;
using DurableSink.Configuration;
using DurableSink.Hosting;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds audit logs.</summary>
public static class DurableAuditServiceCollectionExtensions
{
    /// <summary>
    /// Adds an audit log: a durable log of its own, beside the application's, that is written through <see cref="IAuditLog"/>. Options come
    /// from the configuration section <c>DurableAudit:&lt;name&gt;</c>, then from <paramref name="configure"/>. The log opens when the host
    /// starts (a failure stops the start) or at its first use; the container owns it and closes it after everyone who logs.
    /// <para>Several may be added, each under its name: <c>[FromKeyedServices("orders")] IAuditLog</c>, and <see cref="DurableLog"/> by the
    /// same key. Where there is one only, <see cref="IAuditLog"/> needs no key. Added again, options are added.</para>
    /// <para>Without configuration its name is <paramref name="name"/>, and it stands in <c>logs/&lt;name&gt;</c>; a relative directory is
    /// taken under the content root of the host, without a host under the current directory.</para>
    /// </summary>
    /// <exception cref="ArgumentException">The name cannot be a log's.</exception>
    /// <exception cref="OptionsValidationException">Thrown by the host's start, not here: all that is wrong with the options.</exception>
    public static IServiceCollection AddDurableAudit(this IServiceCollection services, string name, Action<DurableAuditOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(name);
        if (!DurableLogOptionsValidator.IsLogName(name))
        {
            throw new ArgumentException($"'{name}' cannot be an audit log's name. Allowed: 1 to {DurableLogOptionsValidator.MaxLogNameLength} of " +
                $"A-Z a-z 0-9 . _ -, beginning with a letter or digit, such as '{DurableLogOptionsValidator.ToLogName(name)}'.", nameof(name));
        }

        AddShared(services);
        var isNew = !services.Any(service => service.ImplementationInstance is AuditName added && added.Name == name);
        if (isNew) AddOne(services, name);
        if (configure is not null) services.Configure(name, configure);
        return services;
    }

    private static void AddShared(IServiceCollection services)
    {
        services.AddLogging();
        services.AddOptions();
        SharedByDoors.AddTo(services);
        services.TryAddSingleton<AuditDoors>();
        services.TryAddSingleton<IAuditLog>(static sp => new AuditLog(sp.GetRequiredService<AuditDoors>().Only()));
        services.TryAddKeyedSingleton<IAuditLog>(KeyedService.AnyKey, static (sp, key) => new AuditLog(sp.GetRequiredService<AuditDoors>().ByName(key)));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<DurableAuditOptions>, ConfigureAudit>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<DurableAuditOptions>, AuditDefaults>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<DurableAuditOptions>, ValidateAuditOptions>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, AuditOpeningService>());
    }

    private static void AddOne(IServiceCollection services, string name)
    {
        services.AddSingleton(new AuditName(name));
        services.AddSingleton(new LogDoorOf(sp => sp.GetRequiredService<AuditDoors>().ByName(name)));
        services.AddKeyedSingleton(name, (sp, _) => sp.GetRequiredService<AuditDoors>().ByName(name).Open().Target.Log);
        services.AddSingleton<ILoggerProvider>(sp => new DurableAuditLoggerProvider(sp.GetRequiredService<AuditDoors>().ByName(name)));
    }
}
