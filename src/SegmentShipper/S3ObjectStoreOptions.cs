using Amazon.S3;
using DurableSink;

namespace SegmentShipper;

/// <summary>
/// A bucket of S3, or of a server that speaks its language. Credentials are never given here: they come from the SDK's chain (environment,
/// profile, container or instance role, …), or from a <see cref="Client"/> of one's own.
/// </summary>
public sealed class S3ObjectStoreOptions
{
    /// <summary>The bucket. It must exist. No default.</summary>
    public string? Bucket { get; set; }

    /// <summary>The server, for one that is not AWS: <c>https://host[:port]</c>. Default: AWS, by <see cref="Region"/>.</summary>
    public string? Endpoint { get; set; }

    /// <summary>The bucket's region, such as <c>eu-central-1</c>. Default: the SDK's chain for AWS, <c>us-east-1</c> where there is an
    /// <see cref="Endpoint"/> (many servers take any).</summary>
    public string? Region { get; set; }

    /// <summary>Whether the bucket stands in the path (<c>host/bucket/key</c>), not in the host's name. Default: where there is an
    /// <see cref="Endpoint"/>.</summary>
    public bool? PathStyle { get; set; }

    /// <summary>Such as <c>STANDARD_IA</c> or <c>GLACIER_IR</c>. Default: the bucket's.</summary>
    public string? StorageClass { get; set; }

    /// <summary>Encryption on the server: <c>AES256</c>, <c>aws:kms</c> or <c>aws:kms:dsse</c>. Default: the bucket's.</summary>
    public string? ServerSideEncryption { get; set; }

    /// <summary>The KMS key, by id or ARN, where <see cref="ServerSideEncryption"/> is one of KMS. Default: the account's.</summary>
    public string? KmsKeyId { get; set; }

    /// <summary>A canned ACL, such as <c>bucket-owner-full-control</c>. Default: none.</summary>
    public string? Acl { get; set; }

    /// <summary>Object Lock: <c>GOVERNANCE</c> or <c>COMPLIANCE</c>, with <see cref="ObjectLockDays"/>. Default: the bucket's.</summary>
    public string? ObjectLockMode { get; set; }

    /// <summary>For how many days from its shipping an object is locked: 1 to 36,525. Default: none.</summary>
    public int? ObjectLockDays { get; set; }

    /// <summary>Tags of every object, as <c>name=value</c>; at most 10. Default: none.</summary>
    public IList<string> Tags { get; set; } = [];

    /// <summary>Objects larger than this are sent in parts: 16 MiB to 5 GiB, default 1 GiB. A single put is the better way for a segment: it
    /// is conditional on every server that knows conditions, and leaves nothing behind.</summary>
    public long MultipartBytes { get; set; } = 1L << 30;

    /// <summary>How long a request may stand still, with no byte of its body taken and no answer: 1 s to 1 h, default 1 min. (The SDK's own default is
    /// 24 days.)</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The client to use instead of one made by these options, with credentials and network of its own. Its caller disposes it. Only in
    /// code. <see cref="Endpoint"/>, <see cref="Region"/> and <see cref="PathStyle"/> are its own matter then.</summary>
    public IAmazonS3? Client { get; set; }

    /// <summary>Told of what an operator should know of the server. Called from any thread; an exception out of it is ignored. Default: nobody; behind
    /// <c>AddSegmentShipper</c> whoever hears of the shipper.</summary>
    public Action<DurableNotice>? OnNotice { get; set; }

    /// <summary>The source of time for <see cref="ObjectLockDays"/>. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;
}
