using Sidecar;

// The application: it writes its audit log, and knows nothing of shipping. Another process ships it: see the script run.
var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddDurableAudit("orders"); // section DurableAudit:orders of appsettings.json
builder.Services.AddHostedService<Shop>();
await builder.Build().RunAsync();

// As many as were acknowledged: what must be in the target.
Console.WriteLine($"{Shop.Acknowledged} orders acknowledged");
return Shop.Acknowledged > 0 ? 0 : 1;
