using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using System.Text.Json.Serialization;
using AuditApi;
using AuditApi.Demo;
using AuditApi.Page;
using DurableSink;
using Microsoft.AspNetCore.Mvc;

// `--demo` runs this same server under load and shows what happened: see the folder Demo.
if (!DemoCommand.TryParse(args, out var demo)) return 2;

var builder = WebApplication.CreateBuilder(demo?.ServerArguments ?? args);

// Two logs in one process. What application and framework log goes to the app log: section Logging:DurableFile of appsettings.json.
builder.Logging.AddDurableFile();
// Orders go to an audit log of their own: section DurableAudit:orders.
builder.Services.AddDurableAudit("orders");
// Sealed segments go on to a bucket or a directory where the section SegmentShipper names one (S3:Bucket, TargetDirectory). Else nothing is shipped.
if (Shipping.IsWanted(builder.Configuration)) builder.Services.AddSegmentShipper();

builder.Services.AddHealthChecks().AddDurableLog();
builder.Services.AddSingleton<RecentWaits>();
builder.Services.AddProblemDetails().AddValidation();
builder.Services.ConfigureHttpJsonOptions(o => o.SerializerOptions.Converters.Add(new JsonStringEnumConverter()));

await using var app = builder.Build();
app.UseDurableAudit(); // no answer leaves before its request's audit events are durable; where that fails, the client gets a 503
// A write that failed is in doubt: 503, and not 500, also where its event became durable after all before the answer left.
app.UseExceptionHandler(new ExceptionHandlerOptions
{
    StatusCodeSelector = e => e is DurableLogException ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status500InternalServerError,
});
app.UseStatusCodePages();
app.Lifetime.ApplicationStarted.Register(() => Recovery.LogReport(app));

// 201 means: this order survives a power cut, and the receipt says where it stands. A client that got no answer, or a 503, posts again with
// the same Idempotency-Key: the order is in the log once, and it gets the first receipt.
app.MapPost("/orders", async ([FromHeader(Name = "Idempotency-Key"), StringLength(255)] string? key, NewOrder order, IAuditLog audit, RecentWaits waits, CancellationToken clientGone) =>
{
    var id = key is null ? Guid.CreateVersion7() : OrderId.Of(key);
    try
    {
        var once = string.IsNullOrEmpty(key) ? audit : audit.WithIdempotencyKey(key);
        // A client that goes away ends only the wait: the order has been accepted and becomes durable all the same.
        var started = Stopwatch.GetTimestamp();
        var receipt = await once.WriteAsync("Order {OrderId} placed by {Customer}: {Count} x {Sku}", [id, order.Customer, order.Count, order.Sku], clientGone);
        waits.Add(Stopwatch.GetElapsedTime(started));
        return Results.Created((string?)null, new OrderReceipt(id, receipt));
    }
    catch (IdempotencyConflictException)
    {
        return Results.Problem(statusCode: StatusCodes.Status422UnprocessableEntity, title: "This Idempotency-Key belongs to another order.",
            detail: "Nothing was recorded. Post a new order with a key of its own, and a retry with the same content as the first attempt.");
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
app.MapHealthChecks("/health"); // 503 where a log is not open, or nothing becomes durable
app.MapGet("/recovery", ([FromKeyedServices("orders")] DurableLog log) => new { log.Directory, log.LogId, log.IsDirectIO, Report = log.RecoveryReport });

app.MapPage(); // a look at all of this, at /

if (demo is not null) return await demo.RunAsync(app);
await app.RunAsync();
return 0;
