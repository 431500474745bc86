using System.Globalization;
using System.Net;
using Amazon.Runtime;

namespace SegmentShipper.S3;

/// <summary>What the SDK throws, as errors that say what was being done where, in the server's words, and what helps.</summary>
internal static class S3Errors
{
    /// <summary>Whether it is a failure of the store: not one of this program, not the caller's own cancellation, not told already.</summary>
    public static bool IsOurs(Exception failure, CancellationToken cancellationToken) => failure switch
    {
        ObjectStoreException => false,
        OperationCanceledException => !cancellationToken.IsCancellationRequested, // the request timed out
        _ => failure is AmazonClientException or AmazonServiceException or HttpRequestException or TimeoutException or IOException or WebException,
    };

    /// <summary>Whether the server does not know something of the request, such as its condition.</summary>
    public static bool IsNotImplemented(AmazonServiceException answer) => answer.StatusCode == HttpStatusCode.NotImplemented || answer.ErrorCode == "NotImplemented";

    public static ObjectStoreException Of(Exception failure, string doing, bool isHead = false)
    {
        if (failure is AmazonServiceException { StatusCode: not 0 } answer)
        {
            var (error, remedy) = Judge(answer, isHead);
            var code = string.IsNullOrEmpty(answer.ErrorCode) ? answer.StatusCode.ToString() : answer.ErrorCode;
            return new(error, string.Create(CultureInfo.InvariantCulture,
                $"Failed {doing}: {(int)answer.StatusCode} {code}, \"{answer.Message.TrimEnd('.')}\", request id {(string.IsNullOrEmpty(answer.RequestId) ? "none" : answer.RequestId)}. {remedy}"), failure);
        }

        if (failure is AmazonClientException && IsAboutCredentials(failure))
        {
            var why = failure.Message.Contains('\n', StringComparison.Ordinal) ? "" : $" ({failure.Message})"; // a page on each place where it looked is no message
            return new(ObjectStoreError.Denied, $"Failed {doing}: no credentials were found{why}. Give them where the SDK looks: environment (AWS_ACCESS_KEY_ID, …), profile, " +
                "or the role of the container or instance.", failure);
        }

        var cause = failure;
        while (cause.InnerException is { } inner) cause = inner;
        var what = failure is OperationCanceledException or TimeoutException ? "no answer within RequestTimeout" : cause.Message.TrimEnd('.');
        return new(ObjectStoreError.Unreachable, $"Failed {doing}: {what}. Check address, network and the server; it is tried again.", failure);
    }

    private static (ObjectStoreError Error, string Remedy) Judge(AmazonServiceException answer, bool isHead) => answer.ErrorCode switch
    {
        "NoSuchBucket" => (ObjectStoreError.NotFound, "Create the bucket, or correct Bucket, Endpoint or Region."),
        "NoSuchKey" => (ObjectStoreError.NotFound, "The object does not exist."),
        "RequestTimeTooSkewed" => (ObjectStoreError.Denied, "This machine's clock and the server's differ too much: set it (NTP)."),
        "ExpiredToken" or "ExpiredTokenException" or "TokenRefreshRequired" or "InvalidToken" =>
            (ObjectStoreError.Denied, "The credentials have expired: renew them where the SDK finds them; a role renews itself."),
        "SignatureDoesNotMatch" => (ObjectStoreError.Denied, "The secret key is not the one of this access key, or something on the way changes requests."),
        "InvalidAccessKeyId" => (ObjectStoreError.Denied, "The server does not know this access key."),
        "AuthorizationHeaderMalformed" or "PermanentRedirect" or "TemporaryRedirect" or "IllegalLocationConstraintException" or "AuthorizationQueryParametersError" =>
            (ObjectStoreError.Refused, "The bucket is in another region: set Region (and Endpoint) to the one the server names."),
        "BadDigest" or "InvalidDigest" or "XAmzContentSHA256Mismatch" or "IncompleteBody" =>
            (ObjectStoreError.Corrupted, "What arrived was not what was sent, and was not kept; it is sent again. If that stays so, something on the way changes bodies."),
        "SlowDown" or "ServiceUnavailable" or "RequestLimitExceeded" or "TooManyRequests" => (ObjectStoreError.Throttled, "It is tried again, later each time."),
        "ConditionalRequestConflict" or "OperationAborted" => (ObjectStoreError.Throttled, "Another write of the same key was under way; it is looked at again."),
        "QuotaExceeded" or "InsufficientStorage" => (ObjectStoreError.Full, "Make room, or raise the quota."),
        "InvalidRequest" or "InvalidArgument" or "NotImplemented" or "InvalidStorageClass" or "KMS.NotFoundException" or "EntityTooLarge" =>
            (ObjectStoreError.Refused, "The server does not take the request so: see StorageClass, ServerSideEncryption, Acl, ObjectLock, Tags and MultipartBytes."),
        _ => JudgeStatus(answer.StatusCode, isHead),
    };

    private static (ObjectStoreError Error, string Remedy) JudgeStatus(HttpStatusCode status, bool isHead) => (int)status switch
    {
        301 or 307 or 308 => (ObjectStoreError.Refused, "The bucket is elsewhere: set Region (and Endpoint) to the one the server names."),
        403 when isHead => (ObjectStoreError.Denied, "Allow s3:GetObject on the prefix and s3:ListBucket on the bucket (without the latter a missing object looks forbidden), or set Verify to PutChecksum " +
            "for credentials that may only write. Also possible: wrong or expired credentials, or a clock that is wrong; the answer to a HEAD has no words."),
        400 when isHead => (ObjectStoreError.Refused, "The answer to a HEAD has no words. Often: the bucket is in another region (set Region to it), or the credentials have expired."),
        401 or 403 => (ObjectStoreError.Denied, "Allow s3:PutObject on the prefix (and s3:GetObject, s3:ListBucket); see the bucket's policy, and KMS where it is used."),
        404 => (ObjectStoreError.NotFound, "The bucket or the object does not exist: correct Bucket, Endpoint or Region."),
        408 or 429 or 503 => (ObjectStoreError.Throttled, "It is tried again, later each time."),
        507 => (ObjectStoreError.Full, "Make room, or raise the quota."),
        >= 500 => (ObjectStoreError.Internal, "The server failed; it is tried again."),
        _ => (ObjectStoreError.Refused, "The server does not take the request so: see the options of the bucket."),
    };

    private static bool IsAboutCredentials(Exception failure) =>
        failure.Message.Contains("credentials", StringComparison.OrdinalIgnoreCase) || failure.InnerException?.Message.Contains("credentials", StringComparison.OrdinalIgnoreCase) == true;
}
