using DurableSink.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SegmentShipper;
using SegmentShipper.Configuration;
using SegmentShipper.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds shippers.</summary>
public static class SegmentShipperServiceCollectionExtensions
{
    /// <summary>
    /// Ships the application's durable logs: all of them, or those that <see cref="SegmentShipperOptions.Logs"/> names. Options come from the
    /// configuration section <c>SegmentShipper</c>, then from <paramref name="configure"/>. Shipping begins when the host starts; when it stops, the
    /// logs are sealed and what is left is shipped within <see cref="SegmentShipperOptions.ShutdownTimeout"/>. A store that cannot be reached stops
    /// neither. <see cref="ISegmentShipper"/> is in the container.
    /// </summary>
    /// <exception cref="OptionsValidationException">Thrown by the host's start, not here: all that is wrong with the options.</exception>
    public static IServiceCollection AddSegmentShipper(this IServiceCollection services, Action<SegmentShipperOptions>? configure = null) =>
        Add(services, Options.Options.DefaultName, configure);

    /// <summary>The same for one shipper of several, each with logs and a target of its own: its section is <c>SegmentShipper:&lt;name&gt;</c>.</summary>
    /// <exception cref="ArgumentException">The name cannot be one: it is to be made as a log's name is, and no option's.</exception>
    /// <exception cref="OptionsValidationException">Thrown by the host's start, not here: all that is wrong with the options.</exception>
    public static IServiceCollection AddSegmentShipper(this IServiceCollection services, string name, Action<SegmentShipperOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!DurableLogOptionsValidator.IsLogName(name) || ShipperOptionTable.Shipper.Any(option => string.Equals(option.Name, name, StringComparison.OrdinalIgnoreCase)))
        {
            throw new ArgumentException($"'{name}' cannot be a shipper's name. Allowed: 1 to {DurableLogOptionsValidator.MaxLogNameLength} of A-Z a-z 0-9 . _ -, " +
                "beginning with a letter or digit, and not the name of an option.", nameof(name));
        }

        return Add(services, name, configure);
    }

    /// <summary>A health check of all shippers: degraded and unhealthy by how long the oldest segment waits
    /// (<see cref="SegmentShipperOptions.DegradedAge"/>, <see cref="SegmentShipperOptions.UnhealthyAge"/>), degraded also while segments are set aside.</summary>
    public static IHealthChecksBuilder AddSegmentShipper(this IHealthChecksBuilder builder, string name = "segment-shipper")
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new(name, static services => new ShippingHealthCheck(services.GetRequiredService<Shippers>()), failureStatus: null, tags: null));
    }

    private static IServiceCollection Add(IServiceCollection services, string name, Action<SegmentShipperOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddLogging();
        services.AddOptions();
        if (!services.Any(service => service.ImplementationInstance is ShipperName added && added.Name == name)) services.AddSingleton(new ShipperName(name));
        services.TryAddSingleton<Shippers>();
        services.TryAddSingleton<ISegmentShipper>(static sp => sp.GetRequiredService<Shippers>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<SegmentShipperOptions>, ConfigureShipper>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<SegmentShipperOptions>, ShipperDefaults>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SegmentShipperOptions>, ValidateShipper>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, ShippingService>());
        if (configure is not null) services.Configure(name, configure);
        return services;
    }
}
