// Stands in for the provider until it is merged; deleted then.
using DurableSink;

namespace Microsoft.Extensions.Logging;

internal sealed class DurableFileOptions : DurableLogOptions;

internal static class DurableFileShim
{
    public static ILoggingBuilder AddDurableFile(this ILoggingBuilder builder, Action<DurableFileOptions>? configure = null)
    {
        builder.Services.AddSingleton(services =>
        {
            var options = new DurableFileOptions();
            var section = services.GetRequiredService<IConfiguration>().GetSection("Logging:DurableFile");
            options.Directory = section["Directory"];
            options.LogName = section["LogName"];
            configure?.Invoke(options);
            return DurableLog.Open(options);
        });
        return builder;
    }
}
