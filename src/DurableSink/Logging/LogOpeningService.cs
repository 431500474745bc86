using DurableSink.Hosting;
using Microsoft.Extensions.Logging;

namespace DurableSink.Logging;

/// <summary>Opens the application's log when the host starts.</summary>
internal sealed class LogOpeningService(AppLog log, NoticeRelay notices, ILoggerFactory loggers) : OpeningService(notices, loggers)
{
    protected override void Open() => log.Open();
}
