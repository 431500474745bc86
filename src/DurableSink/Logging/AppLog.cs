using System.Text.Json.Serialization.Metadata;
using DurableSink.Configuration;
using DurableSink.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Configuration;
using Microsoft.Extensions.Options;

namespace DurableSink.Logging;

/// <summary>The application's log.</summary>
internal sealed class AppLog(
    IOptions<DurableFileOptions> options, IOptionsFactory<DurableFileOptions> factory, ILoggerProviderConfiguration<DurableFileLoggerProvider> section,
    DurableLogPool pool, NoticeRelay notices)
    : DoorLog<DurableFileOptions>(pool, notices, new((section.Configuration, ConfigureFromSection.Path), () => factory.Create(Microsoft.Extensions.Options.Options.DefaultName), OptionTable.File))
{
    public string? LogName => options.Value.LogName;

    protected override DurableFileOptions Options => options.Value;

    protected override IJsonTypeInfoResolver? Contracts(DurableFileOptions options) => options.TypeInfoResolver;

    protected override LogLevel WaitsFrom(DurableFileOptions options, string category)
    {
        var waits = options.Fsync == FsyncPolicy.Always || CategoryNames.BeginsWithAny(category, options.AlwaysCategories);
        return waits ? LogLevel.Trace : options.AlwaysLevel;
    }

    protected override bool Tells(DurableFileOptions? options, string category) =>
        options is { ThrowOnFailure: true } && !CategoryNames.IsFrameworks(category);
}
