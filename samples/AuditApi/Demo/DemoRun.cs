using DurableSink;
using Microsoft.Extensions.Options;

namespace AuditApi.Demo;

/// <summary>Starts the server, lets clients loose on it, stops it, and compares the log with what the clients were told.</summary>
internal sealed class DemoRun(DemoCommand command, WebApplication app)
{
    public async Task<int> RunAsync()
    {
        using var meter = new EngineMeter("orders"); // before the log opens, so that it counts from the first event
        try
        {
            await app.StartAsync();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OptionsValidationException)
        {
            await Console.Error.WriteLineAsync($"The server could not start: {e.Message}");
            return e is OptionsValidationException ? 2 : 1;
        }

        var log = app.Services.GetRequiredKeyedService<DurableLog>("orders");
        var directory = log.Directory;
        var report = new DemoReport(Console.Out);
        report.Start(command, app.Urls.First(), directory, log.IsDirectIO);

        // One request in ten more, first, lets the just-in-time compiler do its work outside the figures. They are checked like all.
        using var clients = new OrderClients(app.Urls.First(), command.Clients);
        var warmUp = await clients.PostAsync(Math.Max(command.Clients, command.Requests / 10));
        var load = await clients.PostAsync(command.Requests);

        report.Load(warmUp, load, clients);
        report.Segments("Segments while the server runs", SegmentFile.List(directory));
        clients.Dispose(); // lets the server stop without waiting for idle connections
        await app.StopAsync();
        await app.DisposeAsync();
        report.Segments("Segments after its stop", SegmentFile.List(directory));

        using var whole = WholeLog.PutTogether(directory, command.Target);
        report.Shipped(whole, command.Target);
        var check = LogCheck.Run(new DurableLogReader(whole.Directory).Read(), clients.Acknowledged, whole.Faults);
        report.Engine(meter);
        report.ReadBack(check, command.Target);
        return report.Verdict(check, clients) ? 0 : 1;
    }
}
