using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;

namespace SegmentShipper.S3;

/// <summary>An object in parts, for what is too large to be put in one piece. What an attempt leaves behind the next one of the same key removes.</summary>
internal sealed class MultipartPut(IAmazonS3 client, S3Requests requests, Patience patience, string location)
{
    private const long LeastPart = 16L << 20;
    private const int MostParts = 10_000;
    private static readonly TimeSpan AbortTimeout = TimeSpan.FromSeconds(10);

    /// <param name="key">The object's key.</param>
    /// <param name="content">What it holds.</param>
    /// <param name="isThere">Asks once more at the end: not every server honours a condition there.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<PutResult> PutAsync(
        string key, ObjectContent content, Func<CancellationToken, ValueTask<bool>> isThere, CancellationToken cancellationToken)
    {
        var doing = string.Create(CultureInfo.InvariantCulture, $"writing '{key}' ({content.Length} bytes) in parts to {location}");
        try
        {
            await RemoveLeftAsync(key, cancellationToken).ConfigureAwait(false);
            var upload = (await patience.WaitAsync(token => client.InitiateMultipartUploadAsync(requests.Initiate(key, content), token), cancellationToken).ConfigureAwait(false)).UploadId;
            try
            {
                var parts = await SendAsync(key, upload, content, doing, cancellationToken).ConfigureAwait(false);
                if (await isThere(cancellationToken).ConfigureAwait(false))
                {
                    await AbortAsync(key, upload).ConfigureAwait(false);
                    return PutResult.Exists;
                }

                await CompleteAsync(key, upload, parts, cancellationToken).ConfigureAwait(false);
                return PutResult.Created;
            }
            catch
            {
                await AbortAsync(key, upload).ConfigureAwait(false);
                throw;
            }
        }
        catch (AmazonS3Exception exists) when (exists.StatusCode == HttpStatusCode.PreconditionFailed)
        {
            return PutResult.Exists;
        }
        catch (Exception failure) when (S3Errors.IsOurs(failure, cancellationToken))
        {
            throw S3Errors.Of(failure, doing);
        }
    }

    private async ValueTask<List<PartETag>> SendAsync(string key, string upload, ObjectContent content, string doing, CancellationToken cancellationToken)
    {
        var size = (int)Math.Max(LeastPart, (content.Length + MostParts - 1) / MostParts);
        var buffer = new byte[(int)Math.Min(size, content.Length)];
        var parts = new List<PartETag>();
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var sent = 0L; sent < content.Length;)
        {
            var length = await content.Stream.ReadAtLeastAsync(buffer, (int)Math.Min(size, content.Length - sent), throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            if (length == 0) break;
            sha256.AppendData(buffer, 0, length);
            using var part = new MemoryStream(buffer, 0, length, writable: false);
            // Each part is checked by the server on arrival.
            var (number, md5) = (parts.Count + 1, Md5.Of(buffer.AsSpan(0, length)));
            var answer = await patience.SendAsync(
                part, (body, token) => client.UploadPartAsync(requests.Part(key, upload, number, body, md5), token), cancellationToken).ConfigureAwait(false);
            parts.Add(new(parts.Count + 1, answer.ETag));
            sent += length;
        }

        if (sha256.GetHashAndReset().AsSpan().SequenceEqual(content.Sha256.Span)) return parts;
        throw new ObjectStoreException(ObjectStoreError.Corrupted, $"What came in the end, {doing}, has another SHA-256 than announced. It was not kept.");
    }

    /// <summary>With the condition that nothing is there; where the server refuses that, as some do, without: it was asked just now.</summary>
    private async ValueTask CompleteAsync(string key, string upload, List<PartETag> parts, CancellationToken cancellationToken)
    {
        Task<CompleteMultipartUploadResponse> Complete(string? ifNoneMatch, CancellationToken token) => client.CompleteMultipartUploadAsync(
            new() { BucketName = requests.Bucket, Key = key, UploadId = upload, PartETags = parts, IfNoneMatch = ifNoneMatch }, token);

        try
        {
            await patience.WaitAsync(token => Complete("*", token), cancellationToken).ConfigureAwait(false);
        }
        catch (AmazonS3Exception refused) when (S3Errors.IsNotImplemented(refused))
        {
            await patience.WaitAsync(token => Complete(null, token), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Best effort: the one who may not, or cannot, leaves it to a lifecycle rule of the bucket.</summary>
    private async ValueTask AbortAsync(string key, string upload)
    {
        try
        {
            using var timeout = new CancellationTokenSource(AbortTimeout);
            await client.AbortMultipartUploadAsync(new() { BucketName = requests.Bucket, Key = key, UploadId = upload }, timeout.Token).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The next attempt tries it again.
        }
    }

    private async ValueTask RemoveLeftAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            var left = await patience.WaitAsync(
                token => client.ListMultipartUploadsAsync(new ListMultipartUploadsRequest { BucketName = requests.Bucket, Prefix = key }, token), cancellationToken).ConfigureAwait(false);
            foreach (var upload in left.MultipartUploads ?? [])
                if (upload.Key == key) await AbortAsync(key, upload.UploadId).ConfigureAwait(false);
        }
        catch (AmazonS3Exception)
        {
            // Not allowed, or not known there: a lifecycle rule of the bucket removes it.
        }
    }
}
