using Amazon;
using Amazon.Runtime;
using Amazon.S3;

namespace SegmentShipper.S3;

/// <summary>Makes the SDK's client as servers of every make take it.</summary>
internal static class S3Client
{
    private const string DefaultRegion = "us-east-1";

    public static AmazonS3Client Create(S3ObjectStoreOptions options) => new(Configure(options));

    public static AmazonS3Config Configure(S3ObjectStoreOptions options)
    {
        var config = new AmazonS3Config
        {
            // The SDK's own default adds checksums that other servers refuse or store with the object; ours is Content-MD5, which all know.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            MaxErrorRetry = 0, // the shipper's is the one retry policy
            Timeout = Timeout.InfiniteTimeSpan, // of the whole request with its body; ours is one without progress
            ForcePathStyle = options.PathStyle ?? options.Endpoint is not null,
        };
        if (options.Endpoint is { } endpoint)
        {
            config.ServiceURL = endpoint;
            config.AuthenticationRegion = options.Region ?? DefaultRegion;
        }
        else if (options.Region is { } region)
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        }

        return config;
    }
}
