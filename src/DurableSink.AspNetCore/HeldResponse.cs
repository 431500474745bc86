using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace DurableSink.AspNetCore;

/// <summary>Status and headers as the pipeline sees them: begun with the first byte or flush, as without us, though nothing has left.</summary>
internal sealed class HeldResponse(IHttpResponseFeature server, HeldStream stream) : IHttpResponseFeature
{
    private Stack<(Func<object, Task> Callback, object State)>? _starting;
    private bool _isStarting;

    public int StatusCode
    {
        get => server.StatusCode;
        set
        {
            ThrowIfStarted(nameof(StatusCode));
            server.StatusCode = value;
        }
    }

    public string? ReasonPhrase
    {
        get => server.ReasonPhrase;
        set
        {
            ThrowIfStarted(nameof(ReasonPhrase));
            server.ReasonPhrase = value;
        }
    }

    public IHeaderDictionary Headers
    {
        get => server.Headers;
        set => server.Headers = value;
    }

    /// <summary>What stood here before there was <see cref="IHttpResponseBodyFeature"/>.</summary>
    [Obsolete("Use IHttpResponseBodyFeature.Stream.")]
    public Stream Body
    {
        get => server.Body;
        set => server.Body = value;
    }

    /// <summary>Not while its callbacks run: they may change all of it.</summary>
    public bool HasStarted => (stream.HasBegun && !_isStarting) || server.HasStarted;

    public void OnStarting(Func<object, Task> callback, object state)
    {
        ThrowIfStarted(nameof(OnStarting));
        (_starting ??= new()).Push((callback, state));
    }

    public void OnCompleted(Func<object, Task> callback, object state) => server.OnCompleted(callback, state);

    /// <summary>Before anything leaves, and before the audit events are waited for: callbacks may write some. The last one first.</summary>
    public async ValueTask StartAsync()
    {
        if (_starting is null) return;
        _isStarting = true;
        while (_starting.TryPop(out var next)) await next.Callback(next.State).ConfigureAwait(false);
        _isStarting = false;
    }

    /// <summary>The answer is another's to make: the callbacks run when it starts.</summary>
    public void HandOver()
    {
        if (_starting is null || server.HasStarted) return;
        foreach (var (callback, state) in _starting.Reverse()) server.OnStarting(callback, state);
    }

    private void ThrowIfStarted(string what)
    {
        if (HasStarted) throw new InvalidOperationException($"{what} cannot be set: the response has already started.");
    }
}
