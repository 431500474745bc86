using System.Text.Json.Serialization;
using AuditApi;
using AuditApi.Demo;
using DurableSink;

// `--demo` runs this same server under load and shows what happened: see the folder Demo.
if (!DemoCommand.TryParse(args, out var demo)) return 2;

var builder = WebApplication.CreateBuilder(demo?.ServerArguments ?? args);

// Two logs in one process. What application and framework log goes to the app log: section Logging:DurableFile of appsettings.json.
builder.Logging.AddDurableFile();
// Orders go to an audit log of their own: section DurableAudit:orders.
builder.Services.AddDurableAudit("orders");

builder.Services.AddProblemDetails().AddValidation();
builder.Services.ConfigureHttpJsonOptions(o => o.SerializerOptions.Converters.Add(new JsonStringEnumConverter()));

await using var app = builder.Build();
app.UseExceptionHandler();
app.UseStatusCodePages();
app.Lifetime.ApplicationStarted.Register(() => Recovery.LogReport(app));

// 201 means: this order survives a power cut. Until its event is durable the client gets no answer; then it gets the receipt.
app.MapPost("/orders", async (NewOrder order, IAuditLog audit, CancellationToken clientGone) =>
{
    var id = Guid.CreateVersion7();
    try
    {
        // A client that goes away ends only the wait: the order has been accepted and becomes durable all the same.
        var receipt = await audit.WriteAsync("Order {OrderId} placed by {Customer}: {Count} x {Sku}", [id, order.Customer, order.Count, order.Sku], clientGone);
        return Results.Created((string?)null, new OrderReceipt(id, receipt));
    }
    catch (DurableLogException e)
    {
        app.Logger.LogError(e, "Order {OrderId} could not be made durable", id);
        return Results.Problem(statusCode: StatusCodes.Status503ServiceUnavailable, title: "The order could not be made durable.",
            detail: "It is in doubt: it was not acknowledged, but it may have been recorded.");
    }
});

// What a receipt is good for: the event that it stands for, as it is in the log now.
app.MapGet("/receipts/{receipt}", (AuditReceipt receipt, [FromKeyedServices("orders")] DurableLog log) =>
{
    var finding = new DurableLogReader(log.Directory).Find(receipt);
    return finding.Outcome == AuditOutcome.Found
        ? Results.Bytes(finding.Record!.Json, "application/json")
        : Results.Problem(statusCode: StatusCodes.Status404NotFound, title: "The receipt's event is not in the log.", detail: $"{finding.Outcome}");
});

app.MapGet("/healthz", ([FromKeyedServices("orders")] DurableLog log) => new { Status = "ok", log.LastSequence, log.DurableSequence });
app.MapGet("/recovery", ([FromKeyedServices("orders")] DurableLog log) => new { log.Directory, log.LogId, log.IsDirectIO, Report = log.RecoveryReport });

if (demo is not null) return await demo.RunAsync(app);
await app.RunAsync();
return 0;
