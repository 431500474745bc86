using System.Text;
using DurableSink;
using Microsoft.Extensions.Configuration;
using Serilog;
using Serilog.Debugging;

const int Payments = 200;
var run = Guid.NewGuid(); // so that this run's events are told from those of earlier ones

SelfLog.Enable(Console.Error); // notices about the logs themselves, from Warning on
var configuration = new ConfigurationBuilder().SetBasePath(AppContext.BaseDirectory).AddJsonFile("appsettings.json").Build();
Log.Logger = new LoggerConfiguration().ReadFrom.Configuration(configuration).Enrich.WithProperty("Run", run).CreateLogger();
try
{
    for (var payment = 1; payment <= Payments; payment++)
    {
        Log.Debug("Asking the provider for payment {Payment}", payment);             // WriteTo: accepted, durable within 5 ms
        Log.Information("Payment {Payment} of {Amount} taken", payment, payment * 10); // AuditTo: durable when the call returns, or it throws
    }
}
finally
{
    await Log.CloseAndFlushAsync(); // seals both
}

var (audited, written) = (Count("logs/audit"), Count("logs/app"));
Console.WriteLine($"logs/audit holds {audited} events of this run, one for each of {Payments} payments; logs/app holds {written}");
return audited == Payments && written == 2 * Payments ? 0 : 1;

int Count(string directory)
{
    var mine = Encoding.UTF8.GetBytes($"\"Run\":\"{run}\"");
    return new DurableLogReader(directory).Read().Count(record => record.Json.Span.IndexOf(mine) >= 0);
}
