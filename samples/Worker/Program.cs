using DurableSink;
using Worker;

var builder = Host.CreateApplicationBuilder(args);
builder.Logging.AddDurableFile(); // section Logging:DurableFile of appsettings.json
builder.Services.AddHostedService<JobWorker>();

var host = builder.Build();
var directory = host.Services.GetRequiredService<DurableLog>().Directory;

// Until Ctrl-C or SIGTERM. The worker ends its job; then the container closes the log, which makes all that was logged durable and seals it.
await host.RunAsync();

var done = new DurableLogReader(directory).Read().Count(record => JobWorker.IsDone(record, Environment.ProcessId));
Console.WriteLine($"{JobWorker.Done} jobs done, {done} of them in {directory}");
return done == JobWorker.Done && done > 0 ? 0 : 1;
