using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace DurableSink.Hosting;

/// <summary>What every door of a container shares.</summary>
internal static class SharedByDoors
{
    /// <summary>The services that own the container's logs and bring their notices to people.</summary>
    public static void AddTo(IServiceCollection services)
    {
        services.TryAddSingleton(static sp => new NoticeRelay(sp.GetService<IHostEnvironment>() is not null, Console.Error));
        services.TryAddSingleton(static _ => new DurableLogPool(DurableLogTarget.Open));
    }

    /// <summary>Where a log with a name is, and who hears of it: <c>logs/&lt;LogName&gt;</c>, under the content root where there is a host. Its key is there too.</summary>
    public static void Apply(DurableLogOptions options, NoticeRelay notices, IHostEnvironment? environment)
    {
        options.Directory ??= Path.Combine("logs", options.LogName!);
        if (environment is not null && !string.IsNullOrWhiteSpace(options.Directory))
            options.Directory = Path.Combine(environment.ContentRootPath, options.Directory);
        if (environment is not null && !string.IsNullOrWhiteSpace(options.SealKeyFile))
            options.SealKeyFile = Path.Combine(environment.ContentRootPath, options.SealKeyFile);
        options.OnNotice ??= notices.Notify;
    }
}
