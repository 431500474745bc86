using DurableSink;
using Microsoft.Extensions.FileProviders;
using SegmentShipper;

namespace AuditApi.Page;

/// <summary>The page at <c>/</c>, and the one answer that it asks for again and again.</summary>
internal static class PageEndpoints
{
    public static void MapPage(this WebApplication app)
    {
        app.UseFileServer(new FileServerOptions { FileProvider = new PhysicalFileProvider(Path.Combine(AppContext.BaseDirectory, "wwwroot")) });
        app.MapGet("/page/state", (long? seen, RecentWaits waits, [FromKeyedServices("orders")] DurableLog log, IConfiguration configuration, IServiceProvider services) =>
        {
            var (count, milliseconds) = waits.Since(seen ?? 0);
            var status = log.GetStatus();
            var target = configuration["SegmentShipper:TargetDirectory"] is { } path ? Path.Combine(app.Environment.ContentRootPath, path) : null;
            return new
            {
                log.LogId,
                status.LastSequence,
                status.DurableSequence,
                status.Waiters,
                status.IsDirectIO,
                status.Failure,
                Notices = status.Notices.Select(notice => notice.Name),
                Waits = new { Count = count, Milliseconds = milliseconds },
                Segments = Segments.Look(log.Directory, target),
                Shipping = services.GetService<ISegmentShipper>()?.Status.FirstOrDefault(one => one.LogName == log.LogName)?.Status,
            };
        });
    }
}
