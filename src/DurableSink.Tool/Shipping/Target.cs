using Amazon.Runtime;
using SegmentShipper;
using SegmentShipper.Objects;

namespace DurableSink.Tooling.Shipping;

/// <summary>Where objects are, as it is typed: a bucket or a directory, with what their keys begin with.</summary>
internal sealed record Target
{
    public const string Forms = "s3://BUCKET[/PREFIX], or dir:PATH";

    private const string S3 = "s3://";
    private const string Dir = "dir:";

    /// <summary>As it was typed.</summary>
    public required string Text { get; init; }

    /// <summary>Null for a directory.</summary>
    public string? Bucket { get; private init; }

    /// <summary>Null for a bucket.</summary>
    public string? Directory { get; private init; }

    /// <summary>Null where there is none; of a directory it is a part of the path.</summary>
    public string? Prefix { get; private init; }

    /// <summary>Whether somebody means a target by it, right or wrong.</summary>
    public static bool IsMeant(string text) => text.StartsWith(S3, StringComparison.OrdinalIgnoreCase) || text.StartsWith(Dir, StringComparison.Ordinal);

    /// <exception cref="FormatException">It is none; the message says what is allowed.</exception>
    public static Target Parse(string text)
    {
        if (text.StartsWith(Dir, StringComparison.Ordinal) && text.Length > Dir.Length) return OfDirectory(text[Dir.Length..]) with { Text = text };
        if (!text.StartsWith(S3, StringComparison.OrdinalIgnoreCase)) throw new FormatException($"Allowed: {Forms}");
        var (bucket, prefix) = text[S3.Length..].TrimEnd('/').Split('/', 2) is [var first, var rest] ? (first, rest) : (text[S3.Length..].TrimEnd('/'), null);
        if (bucket.Length == 0) throw new FormatException($"The bucket is missing. Allowed: {Forms}");
        if (prefix is not null && !ObjectKeys.IsValid(prefix))
            throw new FormatException($"The prefix '{prefix}' is none. Allowed: parts of A-Z a-z 0-9 . _ - = that do not begin with a dot, joined by /");
        return new() { Text = text, Bucket = bucket, Prefix = prefix };
    }

    /// <summary>A directory by its path alone.</summary>
    public static Target OfDirectory(string path) => new() { Text = path, Directory = path };

    /// <summary>The store that it names; the caller disposes it. Nothing is asked of it yet.</summary>
    /// <exception cref="ToolException">What was said of the server cannot be.</exception>
    public IObjectStore Open(TargetServer server)
    {
        if (Directory is { } path)
        {
            if (server != TargetServer.Default) throw new ToolException($"--endpoint, --region and --path-style are for s3://…, not for '{Text}'.");
            return new DirectoryObjectStore(path);
        }

        try
        {
            return new S3ObjectStore(new() { Bucket = Bucket, Endpoint = server.Endpoint, Region = server.Region, PathStyle = server.PathStyle ? true : null });
        }
        catch (ArgumentException wrong)
        {
            throw new ToolException($"'{Text}': {wrong.Message}");
        }
        catch (AmazonClientException) when (server is { Endpoint: null, Region: null })
        {
            throw new ToolException($"'{Text}': no region is known. Name it: --region, or where the AWS SDK looks (AWS_REGION, profile, role); or the server: --endpoint.");
        }
    }
}

/// <summary>Which server has the bucket. Credentials come from the SDK's chain.</summary>
/// <param name="Endpoint">Null for AWS.</param>
/// <param name="Region">Null for the SDK's own choice.</param>
/// <param name="PathStyle">Whether the bucket stands in the path; with an endpoint it does anyway.</param>
internal sealed record TargetServer(string? Endpoint, string? Region, bool PathStyle)
{
    public static readonly TargetServer Default = new(null, null, false);
}
