using System.Text.Json.Serialization;
using AuditApi;
using AuditApi.Demo;
using DurableSink;

// `--demo` runs this same server under load and shows what happened: see the folder Demo.
if (!DemoCommand.TryParse(args, out var demo)) return 2;

var builder = WebApplication.CreateBuilder(demo?.ServerArguments ?? args);

// Everything that the application and its framework log goes to a durable log: section Logging:DurableFile of appsettings.json.
builder.Logging.AddDurableFile();

builder.Services.AddProblemDetails().AddValidation();
builder.Services.ConfigureHttpJsonOptions(o => o.SerializerOptions.Converters.Add(new JsonStringEnumConverter()));

await using var app = builder.Build();
app.UseExceptionHandler();
app.UseStatusCodePages();
app.Lifetime.ApplicationStarted.Register(() => Recovery.LogReport(app));

// 201 means: this order survives a power cut. Until its event is durable the client gets no answer.
app.MapPost("/orders", async (NewOrder order, DurableLog log, CancellationToken clientGone) =>
{
    var id = Guid.CreateVersion7();
    var placed = DurableEvent.Create("Order {OrderId} placed by {Customer}: {Count} x {Sku}", id, order.Customer, order.Count, order.Sku);
    try
    {
        // A client that goes away ends only the wait: the order has been accepted and becomes durable all the same.
        var sequence = await log.AppendAsync(placed, clientGone);
        return Results.Created((string?)null, new OrderReceipt(id, sequence));
    }
    catch (DurableLogException e)
    {
        app.Logger.LogError(e, "Order {OrderId} could not be made durable", id);
        return Results.Problem(statusCode: StatusCodes.Status503ServiceUnavailable, title: "The order could not be made durable.",
            detail: "It is in doubt: it was not acknowledged, but it may have been recorded.");
    }
});

app.MapGet("/healthz", (DurableLog log) => new { Status = "ok", log.LastSequence, log.DurableSequence });
app.MapGet("/recovery", (DurableLog log) => new { log.Directory, log.LogId, log.IsDirectIO, Report = log.RecoveryReport });

if (demo is not null) return await demo.RunAsync(app);
await app.RunAsync();
return 0;
