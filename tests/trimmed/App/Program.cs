using System.Globalization;
using DurableSink;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TrimmedApp;

// trimmed-app write DIRECTORY            logs through every door until it is killed; tells each event that is durable
// trimmed-app recover DIRECTORY          opens what the killed one left, and ships it
return args switch
{
    ["write", var directory] => await WriteAsync(directory),
    ["recover", var directory] => await RecoverAsync(directory),
    _ => 64,
};

static async Task<int> WriteAsync(string directory)
{
    using var host = Doors.Host(directory);
    await host.StartAsync();
    var (audit, logger) = (host.Services.GetRequiredService<IAuditLog>(), host.Services.GetRequiredService<ILogger<Doors>>());
    using var serilog = Doors.Serilog(directory);
    for (var n = 1; ; n++)
    {
        logger.Accepted(n, TimeSpan.FromMilliseconds(n));
        serilog.Information("Event {N} of {@Order}", n, new Dictionary<string, object> { ["Id"] = n, ["Lines"] = new[] { 1, 2 } });
        var receipt = await audit.WriteAsync("Event {N} at {Price:0.00}", [n, n / 4m]);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"durable {receipt.Sequence}"));
    }
}

static async Task<int> RecoverAsync(string directory)
{
    using (var host = Doors.Host(directory))
    {
        await host.StartAsync();
        foreach (var log in new[] { host.Services.GetRequiredService<DurableLog>(), host.Services.GetRequiredKeyedService<DurableLog>("audit") })
            Console.WriteLine($"{log.LogName}: recovered {log.RecoveryReport.Segments.Count} segments, last event {log.LastSequence}");
        await host.StopAsync();
    }

    Doors.Serilog(directory).Dispose();
    foreach (var name in new[] { "app", "audit", "serilog" })
        Console.WriteLine($"{name}: {new DurableLogReader(Path.Combine(directory, name)).Read().Count(record => record.Kind == LogRecordKind.Event)} events read");
    return 0;
}
