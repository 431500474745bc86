using DurableSink;
using DurableSink.Configuration;
using DurableSink.Segments;
using SegmentShipper.Objects;

namespace SegmentShipper.Configuration;

/// <summary>Whether options can work. Every failure is listed, each with option, value, limit and remedy.</summary>
internal static class ShippingOptionsValidator
{
    /// <param name="options">What to check.</param>
    /// <param name="hasLog">Whether the log is open in this process.</param>
    public static IReadOnlyList<string> Validate(ShippingOptions options, bool hasLog) => Validate(options, ShippingOptionTable.Directory, hasLog);

    public static IReadOnlyList<string> Validate<T>(T options, IReadOnlyList<Option<T>> table, bool hasLog)
        where T : ShippingOptions
    {
        var failures = table.Select(option => option.Check(options)).OfType<string>().ToList();
        if (!string.IsNullOrEmpty(options.Prefix) && !(ObjectKeys.IsValid(options.Prefix) && options.Prefix.Length <= 512))
        {
            failures.Add($"Prefix is '{options.Prefix}'. Allowed: up to 512 characters, in parts of A-Z a-z 0-9 . _ - = that do not begin with a dot, joined by /, " +
                "without one at either end; such as 'logs/production'.");
        }

        if (options.MaxRetryDelay < options.RetryDelay)
        {
            failures.Add($"MaxRetryDelay is {DurationText.Show(options.MaxRetryDelay)}, less than RetryDelay ({DurationText.Show(options.RetryDelay)}). " +
                "Raise MaxRetryDelay, or lower RetryDelay.");
        }

        if (!hasLog && options is { MaxUnshippedBytes: not null, WhenUnshippedFull: UnshippedFullMode.StopAccepting })
        {
            failures.Add("WhenUnshippedFull is StopAccepting, but the log is not open in this process: nothing here can stop it. Choose DropOldest, or ship within " +
                "the application that logs.");
        }

        CheckDigests(options, failures);
        if (options.TimeProvider is null) failures.Add("TimeProvider is null. Leave it at TimeProvider.System.");
        return failures;
    }

    private static void CheckDigests(ShippingOptions options, List<string> failures)
    {
        if (options is { Digests: true, Verify: Verification.PutChecksum })
            failures.Add("Digests is true and Verify is PutChecksum, but the chain's end is found by listing and reading objects. Allow both and leave Verify at Head, or leave Digests out.");
        if (options.DigestKeyFile is not { } file) return;
        if (!options.Digests) failures.Add($"DigestKeyFile is '{file}', but Digests is false: the key would not be used. Set Digests to true, or leave DigestKeyFile out.");
        try
        {
            SealKey.ReadPrivate(file, nameof(options.DigestKeyFile));
        }
        catch (DurableLogException wrong)
        {
            failures.Add(wrong.Message);
        }
    }
}
