using Amazon.S3;
using Amazon.S3.Model;

namespace SegmentShipper.S3;

/// <summary>Requests as the options want them.</summary>
internal sealed class S3Requests(S3ObjectStoreOptions options)
{
    private const string ContentSha256 = "x-amz-content-sha256";

    public string Bucket => options.Bucket!;

    private DateTime? LockedUntil => options.ObjectLockDays is { } days ? options.TimeProvider.GetUtcNow().UtcDateTime.AddDays(days) : null;

    public GetObjectMetadataRequest Head(string key) => new() { BucketName = options.Bucket, Key = key };

    public GetObjectRequest Get(string key) => new() { BucketName = options.Bucket, Key = key };

    public GetObjectRequest GetFirstByte(string key) => new() { BucketName = options.Bucket, Key = key, ByteRange = new(0, 0) };

    public ListObjectsV2Request List(string? folder) => new() { BucketName = options.Bucket, Prefix = folder is null ? null : folder + "/" };

    public PutObjectRequest Put(string key, ObjectContent content, Stream body, string? ifNoneMatch)
    {
        var put = new PutObjectRequest
        {
            BucketName = options.Bucket,
            Key = key,
            InputStream = body,
            AutoCloseStream = false,
            AutoResetStreamPosition = false,
            UseChunkEncoding = false,
            MD5Digest = Convert.ToBase64String(content.Md5.Span),
            ContentType = content.ContentType,
            IfNoneMatch = ifNoneMatch,
            CannedACL = Acl,
            StorageClass = StorageClass,
            ServerSideEncryptionMethod = Encryption,
            ServerSideEncryptionKeyManagementServiceKeyId = options.KmsKeyId,
            ObjectLockMode = LockMode,
            ObjectLockRetainUntilDate = LockedUntil,
            TagSet = Tags,
        };
        put.Headers.ContentLength = content.Length;
        put.Headers[ContentSha256] = Convert.ToHexStringLower(content.Sha256.Span); // else the SDK reads the body once more to sign it
        foreach (var (name, value) in content.Metadata) put.Metadata.Add(name, value);
        return put;
    }

    public InitiateMultipartUploadRequest Initiate(string key, ObjectContent content)
    {
        var initiate = new InitiateMultipartUploadRequest
        {
            BucketName = options.Bucket,
            Key = key,
            ContentType = content.ContentType,
            CannedACL = Acl,
            StorageClass = StorageClass,
            ServerSideEncryptionMethod = Encryption,
            ServerSideEncryptionKeyManagementServiceKeyId = options.KmsKeyId,
            ObjectLockMode = LockMode,
            ObjectLockRetainUntilDate = LockedUntil,
            TagSet = Tags,
        };
        foreach (var (name, value) in content.Metadata) initiate.Metadata.Add(name, value);
        return initiate;
    }

    public UploadPartRequest Part(string key, string uploadId, int number, Stream bytes, byte[] md5) => new()
    {
        BucketName = options.Bucket,
        Key = key,
        UploadId = uploadId,
        PartNumber = number,
        InputStream = bytes,
        PartSize = bytes.Length,
        UseChunkEncoding = false,
        MD5Digest = Convert.ToBase64String(md5),
    };

    private S3CannedACL? Acl => options.Acl is { } acl ? S3CannedACL.FindValue(acl) : null;

    private S3StorageClass? StorageClass => options.StorageClass is { } storage ? S3StorageClass.FindValue(storage) : null;

    private ServerSideEncryptionMethod? Encryption => options.ServerSideEncryption is { } method ? ServerSideEncryptionMethod.FindValue(method) : null;

    private ObjectLockMode? LockMode => options.ObjectLockMode is { } mode ? ObjectLockMode.FindValue(mode) : null;

    private List<Tag>? Tags => options.Tags.Count == 0 ? null : [.. options.Tags.Select(static tag => tag.Split('=', 2)).Select(static pair => new Tag { Key = pair[0], Value = pair[1] })];
}
