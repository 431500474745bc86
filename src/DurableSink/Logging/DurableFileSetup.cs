using DurableSink.Configuration;
using DurableSink.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Configuration;
using Microsoft.Extensions.Options;

namespace DurableSink.Logging;

/// <summary>Options from the section of the provider.</summary>
internal sealed class ConfigureFromSection(ILoggerProviderConfiguration<DurableFileLoggerProvider> section)
    : IConfigureOptions<DurableFileOptions>
{
    internal const string Path = "Logging:DurableFile";

    public void Configure(DurableFileOptions options) =>
        options.BindingFailures.AddRange(OptionBinder.Bind(section.Configuration, Path, OptionTable.File, options));
}

/// <summary>What the application itself tells about where its log is and who hears of it.</summary>
internal sealed class ApplicationDefaults(NoticeRelay notices, IHostEnvironment? environment = null)
    : IPostConfigureOptions<DurableFileOptions>
{
    public void PostConfigure(string? name, DurableFileOptions options)
    {
        options.LogName ??= DurableLogOptionsValidator.ToLogName(environment?.ApplicationName ?? AppDomain.CurrentDomain.FriendlyName);
        SharedByDoors.Apply(options, notices, environment);
    }
}

/// <summary>All that is wrong with the options, in one exception.</summary>
internal sealed class ValidateFileOptions : IValidateOptions<DurableFileOptions>
{
    public ValidateOptionsResult Validate(string? name, DurableFileOptions options)
    {
        string[] failures = [.. options.BindingFailures, .. DurableLogOptionsValidator.Validate(options, OptionTable.File)];
        return failures.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
