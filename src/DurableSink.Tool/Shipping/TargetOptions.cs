using System.CommandLine;

namespace DurableSink.Tooling.Shipping;

/// <summary>The options of every verb that talks to a bucket.</summary>
internal sealed class TargetOptions
{
    public Option<string?> Endpoint { get; } = new("--endpoint")
    {
        Description = "The server of s3://…, where it is not AWS: https://host[:port]. Credentials come from where the AWS SDK looks: environment, profile, role",
        HelpName = "URL",
    };

    public Option<string?> Region { get; } = new("--region") { Description = "The bucket's region", HelpName = "R" };

    public Option<bool> PathStyle { get; } = new("--path-style") { Description = "host/bucket/key instead of bucket.host/key; with --endpoint it is so anyway" };

    public void AddTo(Command verb)
    {
        verb.Add(Endpoint);
        verb.Add(Region);
        verb.Add(PathStyle);
    }

    public TargetServer Of(ParseResult parsed) => new(parsed.GetValue(Endpoint), parsed.GetValue(Region), parsed.GetValue(PathStyle));
}
