using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.Logging;

public sealed class ClosingOrderTests
{
    private sealed class LogsItsEnd(ILoggerFactory loggers) : IDisposable
    {
        private readonly ILogger _logger = loggers.CreateLogger("App");

        public void Dispose() => _logger.LogInformation("The last service ends");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_log_that_was_resolved_late_closes_after_services_that_log_while_they_end(bool async)
    {
        using var directory = new TempDirectory();
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddDurableFile(o => (o.Directory, o.LogName) = (directory.Path, "app")));
        services.AddSingleton<LogsItsEnd>();
        var provider = services.BuildServiceProvider();
        provider.GetRequiredService<LogsItsEnd>();
        provider.GetRequiredService<DurableLog>(); // after it: the container disposes it before

        if (async) await provider.DisposeAsync();
        else provider.Dispose();

        var texts = new DurableLogReader(directory.Path).Read().Select(r => System.Text.Encoding.UTF8.GetString(r.Json.Span));
        Assert.Single(texts, t => t.Contains("The last service ends", StringComparison.Ordinal));
    }
}
