using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DurableSink.Faults;

/// <summary>An application's container with the log in it, configured as an application would.</summary>
internal static class App
{
    public static ServiceProvider Build(string directory, IReadOnlyDictionary<string, string?> settings, Action<DurableNotice> onNotice)
    {
        var values = new Dictionary<string, string?>
        {
            ["Logging:DurableFile:Directory"] = directory,
            ["Logging:DurableFile:LogName"] = "faults",
            ["Logging:DurableFile:WhenLocked"] = nameof(LockedMode.Fail),
        };
        foreach (var (key, value) in settings) values[key] = value;
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(values).Build();
        return new ServiceCollection()
            .AddLogging(logging => logging
                .AddConfiguration(configuration.GetSection("Logging"))
                .AddDurableFile(o => o.OnNotice = onNotice))
            .BuildServiceProvider();
    }
}
