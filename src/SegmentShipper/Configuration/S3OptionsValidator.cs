namespace SegmentShipper.Configuration;

/// <summary>Whether the options of a bucket can work.</summary>
internal static class S3OptionsValidator
{
    private const int MostTags = 10;

    public static IReadOnlyList<string> Validate(S3ObjectStoreOptions options)
    {
        var failures = ShipperOptionTable.S3.Select(option => option.Check(options)).OfType<string>().ToList();
        if (string.IsNullOrWhiteSpace(options.Bucket)) failures.Add("Bucket is missing. Name a bucket that exists.");
        if (options.Endpoint is { } endpoint && !(Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0))
        {
            // Not shown: somebody may have put a password there.
            failures.Add("Endpoint is no address of a server. Allowed: https://host[:port] (http:// only within a machine or a trusted network), without credentials in it.");
        }

        if (options.ObjectLockMode is null != options.ObjectLockDays is null) failures.Add("ObjectLockMode and ObjectLockDays belong together: set both, or none.");
        if (options.ObjectLockMode is { } mode && mode is not ("GOVERNANCE" or "COMPLIANCE")) failures.Add($"ObjectLockMode is '{mode}'. Allowed: GOVERNANCE, COMPLIANCE.");
        if (options.ServerSideEncryption is { } encryption && encryption is not ("AES256" or "aws:kms" or "aws:kms:dsse"))
            failures.Add($"ServerSideEncryption is '{encryption}'. Allowed: AES256, aws:kms, aws:kms:dsse.");
        if (options.KmsKeyId is not null && options.ServerSideEncryption is not ("aws:kms" or "aws:kms:dsse"))
            failures.Add("KmsKeyId is set, but ServerSideEncryption is not aws:kms: the key would not be used.");
        if (options.Tags.Count > MostTags) failures.Add($"There are {options.Tags.Count} Tags. Allowed: {MostTags}.");
        failures.AddRange(options.Tags.Where(tag => tag.IndexOf('=', StringComparison.Ordinal) is < 1).Select(tag => $"Tags has '{tag}'. Allowed: name=value."));
        return failures;
    }
}
