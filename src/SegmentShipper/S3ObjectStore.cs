using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using Amazon.S3;
using Amazon.S3.Model;
using Microsoft.Extensions.Logging;
using SegmentShipper.Configuration;
using SegmentShipper.Objects;
using SegmentShipper.S3;

namespace SegmentShipper;

/// <summary>
/// Objects in a bucket of S3, or of a server that speaks its language. A segment is one conditional put (<c>If-None-Match: *</c>) whose body the
/// server checks by Content-MD5. Where a server does not know conditions, it is asked first whether the object is there: that is safe as long as
/// one shipper has the log's directory, which its lock sees to. Nothing is tried again here; the shipper does that.
/// </summary>
public sealed class S3ObjectStore : IObjectStore
{
    private const string Any = "*";
    private const int MostProbeBytes = 2 << 20;
    private const string MetadataPrefix = "x-amz-meta-";

    private readonly S3ObjectStoreOptions _options;
    private readonly IAmazonS3 _client;
    private readonly S3Requests _requests;
    private readonly Patience _patience;
    private readonly MultipartPut _multipart;
    private readonly SemaphoreSlim _probing = new(1);
    private volatile ConditionSupport _conditions;

    /// <summary>Makes the store; the server is not asked for anything yet.</summary>
    /// <param name="options">Read once.</param>
    /// <exception cref="ArgumentException">Options are missing or out of range; the message lists each.</exception>
    public S3ObjectStore(S3ObjectStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var failures = S3OptionsValidator.Validate(options);
        if (failures.Count > 0) throw new ArgumentException(string.Join(" ", failures), nameof(options));
        _options = options;
        _client = options.Client ?? S3Client.Create(options);
        _requests = new S3Requests(options);
        Location = $"s3://{options.Bucket}" + (options.Endpoint is { } endpoint ? $" at {endpoint}" : "");
        _patience = new Patience(options.RequestTimeout);
        _multipart = new MultipartPut(_client, _requests, _patience, Location);
    }

    private enum ConditionSupport
    {
        Unknown,
        Honoured,
        None,
    }

    /// <inheritdoc/>
    public string Location { get; }

    /// <inheritdoc/>
    public async ValueTask<PutResult> PutIfAbsentAsync(string key, ObjectContent content, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        if (!ObjectKeys.IsValid(key)) throw new ArgumentException($"'{key}' is no key. Allowed: parts of A-Z a-z 0-9 . _ - =, not beginning with a dot, joined by /.", nameof(key));
        if (content.Length > _options.MultipartBytes)
        {
            if (await HeadAsync(key, cancellationToken).ConfigureAwait(false) is not null) return PutResult.Exists;
            return await _multipart.PutAsync(key, content, async token => await HeadAsync(key, token).ConfigureAwait(false) is not null, cancellationToken).ConfigureAwait(false);
        }

        if (_conditions != ConditionSupport.None && await PutWithConditionAsync(key, content, cancellationToken).ConfigureAwait(false) is { } result) return result;
        content.Stream.Position = 0;
        if (await HeadAsync(key, cancellationToken).ConfigureAwait(false) is not null) return PutResult.Exists;
        await TryPutAsync(key, content, null, cancellationToken).ConfigureAwait(false);
        return PutResult.Created;
    }

    /// <inheritdoc/>
    public async ValueTask<ObjectDescription?> HeadAsync(string key, CancellationToken cancellationToken = default)
    {
        try
        {
            var found = await _patience.WaitAsync(token => _client.GetObjectMetadataAsync(_requests.Head(key), token), cancellationToken).ConfigureAwait(false);
            var metadata = found.Metadata.Keys.ToDictionary(
                name => name.StartsWith(MetadataPrefix, StringComparison.OrdinalIgnoreCase) ? name[MetadataPrefix.Length..] : name, name => found.Metadata[name]);
            return new(found.ContentLength, metadata, Md5Of(found));
        }
        catch (AmazonS3Exception missing) when (missing.StatusCode == HttpStatusCode.NotFound)
        {
            return null; // or the bucket is: the put that follows says so
        }
        catch (AmazonS3Exception wordless) when (wordless.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.BadRequest or HttpStatusCode.MovedPermanently)
        {
            var told = await WordsAsync(key, cancellationToken).ConfigureAwait(false);
            throw S3Errors.Of(told ?? wordless, $"asking for '{key}' in {Location}", isHead: told is null);
        }
        catch (Exception failure) when (S3Errors.IsOurs(failure, cancellationToken))
        {
            throw S3Errors.Of(failure, $"asking for '{key}' in {Location}", isHead: true);
        }
    }

    /// <summary>The answer to a HEAD has no body, so no reason: a GET is refused for the same one, with words. Null where it is not refused.</summary>
    private async ValueTask<AmazonS3Exception?> WordsAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            using var found = await _patience.WaitAsync(token => _client.GetObjectAsync(_requests.GetFirstByte(key), token), cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (AmazonS3Exception answer)
        {
            return answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.RequestedRangeNotSatisfiable ? null : answer;
        }
        catch (Exception failure) when (S3Errors.IsOurs(failure, cancellationToken))
        {
            return null; // what is known already is told
        }
    }

    /// <inheritdoc/>
    public async ValueTask<Stream> OpenReadAsync(string key, CancellationToken cancellationToken = default)
    {
        try
        {
            var found = await _patience.WaitAsync(token => _client.GetObjectAsync(_requests.Get(key), token), cancellationToken).ConfigureAwait(false);
            return new ResponseStream(found, _patience);
        }
        catch (Exception failure) when (S3Errors.IsOurs(failure, cancellationToken))
        {
            throw S3Errors.Of(failure, $"reading '{key}' in {Location}");
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ListedObject> ListAsync(string? folder, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var request = _requests.List(folder);
        do
        {
            var page = await ListPageAsync(request, cancellationToken).ConfigureAwait(false);
            foreach (var found in page.S3Objects ?? []) yield return new(found.Key, found.Size ?? 0);
            request.ContinuationToken = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (request.ContinuationToken is not null);
    }

    /// <summary>Disposes the client that was made here, not one that was given.</summary>
    public ValueTask DisposeAsync()
    {
        _probing.Dispose();
        if (_options.Client is null) _client.Dispose();
        return default;
    }

    private async Task<ListObjectsV2Response> ListPageAsync(ListObjectsV2Request request, CancellationToken cancellationToken)
    {
        try
        {
            return await _patience.WaitAsync(token => _client.ListObjectsV2Async(request, token), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (S3Errors.IsOurs(failure, cancellationToken))
        {
            throw S3Errors.Of(failure, $"listing '{request.Prefix}' in {Location}");
        }
    }

    /// <summary>Null where the server does not know the condition.</summary>
    private async ValueTask<PutResult?> TryPutAsync(string key, ObjectContent content, string? ifNoneMatch, CancellationToken cancellationToken)
    {
        try
        {
            await _patience.SendAsync(
                content.Stream, (body, token) => _client.PutObjectAsync(_requests.Put(key, content, body, ifNoneMatch), token), cancellationToken).ConfigureAwait(false);
            return PutResult.Created;
        }
        catch (AmazonS3Exception exists) when (ifNoneMatch is not null && exists.StatusCode == HttpStatusCode.PreconditionFailed)
        {
            return PutResult.Exists;
        }
        catch (AmazonS3Exception unknown) when (ifNoneMatch is not null && S3Errors.IsNotImplemented(unknown))
        {
            return null;
        }
        catch (Exception failure) when (S3Errors.IsOurs(failure, cancellationToken))
        {
            throw S3Errors.Of(failure, string.Create(CultureInfo.InvariantCulture, $"writing '{key}' ({content.Length} bytes) to {Location}"));
        }
    }

    /// <summary>Null where the server does not know the condition. The first put of a small object is alone: it finds that out.</summary>
    private async ValueTask<PutResult?> PutWithConditionAsync(string key, ObjectContent content, CancellationToken cancellationToken)
    {
        if (_conditions == ConditionSupport.Honoured) return await TryPutAsync(key, content, Any, cancellationToken).ConfigureAwait(false);
        if (content.Length > MostProbeBytes && _conditions == ConditionSupport.Unknown)
        {
            // Too large to be sent twice: as if there were no conditions, and with one.
            return await HeadAsync(key, cancellationToken).ConfigureAwait(false) is not null ? PutResult.Exists
                : await TryPutAsync(key, content, Any, cancellationToken).ConfigureAwait(false);
        }

        await _probing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_conditions == ConditionSupport.None) return null;
            var result = await TryPutAsync(key, content, Any, cancellationToken).ConfigureAwait(false);
            if (result is null) NoConditions("refuses conditional puts");
            else if (result == PutResult.Exists) _conditions = ConditionSupport.Honoured;
            else if (_conditions == ConditionSupport.Unknown) await ProbeAsync(key, content, cancellationToken).ConfigureAwait(false);
            return result;
        }
        finally
        {
            _probing.Release();
        }
    }

    /// <summary>Some servers ignore the condition, and would overwrite. So the first object is put once more, the same bytes: nobody loses by it, and who
    /// knows conditions refuses.</summary>
    private async ValueTask ProbeAsync(string key, ObjectContent content, CancellationToken cancellationToken)
    {
        content.Stream.Position = 0;
        if (await TryPutAsync(key, content, Any, cancellationToken).ConfigureAwait(false) == PutResult.Exists) _conditions = ConditionSupport.Honoured;
        else NoConditions("ignores the condition of a put");
    }

    private void NoConditions(string what)
    {
        _conditions = ConditionSupport.None;
        try
        {
            _options.OnNotice?.Invoke(new(LogLevel.Warning, "NoConditionalPut",
                $"{Location} {what} (If-None-Match): it is asked first whether an object is there. Nothing is overwritten as long as one shipper at a time has a log's directory; " +
                "what others write to its keys at the same moment is not guarded against."));
        }
        catch (Exception)
        {
            // As documented for OnNotice.
        }
    }

    /// <summary>An ETag is the MD5 of what was put in one piece and not encrypted with a key of KMS.</summary>
    private static string? Md5Of(GetObjectMetadataResponse found)
    {
        var tag = found.ETag?.Trim('"');
        var isKms = found.ServerSideEncryptionMethod?.Value.StartsWith("aws:kms", StringComparison.Ordinal) == true;
        return !isKms && tag is { Length: 32 } && tag.All(char.IsAsciiHexDigit) ? tag.ToLowerInvariant() : null;
    }
}
