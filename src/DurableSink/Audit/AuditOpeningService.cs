using DurableSink.Hosting;
using Microsoft.Extensions.Logging;

namespace DurableSink.Audit;

/// <summary>Opens the audit logs when the host starts.</summary>
internal sealed class AuditOpeningService(AuditDoors doors, NoticeRelay notices, ILoggerFactory loggers) : OpeningService(notices, loggers)
{
    protected override void Open() => doors.OpenAll();
}
