using DurableSink.Audit;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace DurableSink.AspNetCore;

/// <summary>
/// One request's answer. The pipeline gets response features that hold what it answers; the server's get it once all audit events of the
/// request are durable. For one request, so for one thread at a time, but the scope.
/// </summary>
internal sealed class Answer : IDisposable
{
    private readonly HttpContext _context;
    private readonly AuditScope _scope;
    private readonly IHttpResponseFeature _server;
    private readonly IHttpResponseBodyFeature _serverBody;
    private readonly HeldResponse _response;
    private readonly HeldBody _body;
    private readonly HeldStream _stream;
    private readonly HeldUpgrade? _upgrade;
    private readonly int _status;
    private readonly string? _reason;
    private readonly KeyValuePair<string, StringValues>[] _headers; // of those who stand outside

    public Answer(HttpContext context, AuditScope scope, int bufferBytes)
    {
        (_context, _scope) = (context, scope);
        _server = context.Features.GetRequiredFeature<IHttpResponseFeature>();
        _serverBody = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        (_status, _reason, _headers) = (_server.StatusCode, _server.ReasonPhrase, [.. _server.Headers]);
        _stream = new HeldStream(this, _serverBody.Stream, bufferBytes);
        _body = new HeldBody(this, _stream, _serverBody);
        _response = new HeldResponse(_server, _stream);
        _upgrade = HeldUpgrade.Of(this, context.Features);
        context.Features.Set<IHttpResponseFeature>(_response);
        context.Features.Set<IHttpResponseBodyFeature>(_body);
    }

    /// <summary>Whether whoever writes must not block its thread.</summary>
    public bool IsAsyncOnly => _context.Features.Get<IHttpBodyControlFeature>() is { AllowSynchronousIO: false };

    /// <summary>Whether a flush is meant: of these the client reads each message as it comes.</summary>
    public bool IsStream => _server.Headers.ContentType.ToString() is var type &&
        (type.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) || type.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase));

    /// <summary>Completes when something may leave: all audit events so far are durable.</summary>
    /// <exception cref="DurableLogException">One of them is not.</exception>
    public async ValueTask LeaveAsync()
    {
        await _response.StartAsync().ConfigureAwait(false);
        if (await Failure().ConfigureAwait(false) is { } failure)
            throw new DurableLogException($"The answer must not leave: an audit event of its request is not durable. {failure.Message}", failure);
    }

    /// <summary>The pipeline has answered: what stands in its writer and its callbacks belongs to the answer too.</summary>
    public async ValueTask CompleteAsync()
    {
        await _body.EndAsync().ConfigureAwait(false);
        await _response.StartAsync().ConfigureAwait(false);
    }

    /// <summary>Sends what is held, or that it cannot be.</summary>
    public async ValueTask SendAsync()
    {
        var failure = await Failure().ConfigureAwait(false);
        Restore();
        if (failure is not null)
        {
            await RefuseAsync(failure).ConfigureAwait(false);
            return;
        }

        await _stream.SendHeldAsync(default).ConfigureAwait(false);
        if (_stream.HasBegun && !_server.HasStarted) await _serverBody.StartAsync().ConfigureAwait(false);
        if (_body.IsCompleted) await _serverBody.CompleteAsync().ConfigureAwait(false);
    }

    /// <summary>The pipeline has thrown. True where the exception is to go on outwards, as it would without us; else the client was told
    /// that the events are not durable, whoever stands outside.</summary>
    public async ValueTask<bool> FailAsync()
    {
        var failure = await _scope.MakeDurableAsync(succeeds: false).ConfigureAwait(false);
        Restore();
        if (failure is not null) return !await RefuseAsync(failure).ConfigureAwait(false);
        if (_stream.HasLeft) await _stream.SendHeldAsync(default).ConfigureAwait(false);
        else if (_stream.HasBegun) Reset(); // a half answer is none: who stands outside makes another
        _response.HandOver();
        return true;
    }

    public void Dispose()
    {
        _scope.End();
        _stream.Dispose();
    }

    private ValueTask<Exception?> Failure() => _scope.MakeDurableAsync(succeeds: _server.StatusCode < StatusCodes.Status400BadRequest);

    private void Restore()
    {
        _context.Features.Set(_server);
        _context.Features.Set(_serverBody);
        _upgrade?.Restore(_context.Features);
    }

    /// <summary>Tells the client; false where it has a part of the answer already, which can only be broken off.</summary>
    private async ValueTask<bool> RefuseAsync(Exception failure)
    {
        if (_stream.HasLeft || _server.HasStarted)
        {
            _context.Abort();
            return false;
        }

        Reset();
        await AuditProblem.WriteAsync(_context, failure, _scope.HasAccepted).ConfigureAwait(false);
        return true;
    }

    /// <summary>Nothing of the answer is left, only what those outside had set before.</summary>
    private void Reset()
    {
        (_server.StatusCode, _server.ReasonPhrase) = (_status, _reason);
        _server.Headers.Clear();
        foreach (var (name, value) in _headers) _server.Headers[name] = value;
        _context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers.Clear();
    }
}
