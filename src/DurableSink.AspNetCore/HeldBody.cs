using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace DurableSink.AspNetCore;

/// <summary>The body as the pipeline sees it: stream, writer and files all end in the held stream.</summary>
internal sealed class HeldBody(Answer answer, HeldStream stream, IHttpResponseBodyFeature server) : StreamResponseBodyFeature(stream)
{
    private bool _isEnding;

    /// <summary>Whether the pipeline said that the answer is whole, before its end.</summary>
    public bool IsCompleted { get; private set; }

    public override void DisableBuffering()
    {
        stream.IsThrough = true;
        server.DisableBuffering();
    }

    /// <summary>An answer that is held is completed when the pipeline has ended: until then the request may write audit events.</summary>
    public override async Task CompleteAsync()
    {
        await base.CompleteAsync().ConfigureAwait(false);
        IsCompleted = true;
        if (!stream.IsThrough) return;
        await answer.LeaveAsync().ConfigureAwait(false);
        await server.CompleteAsync().ConfigureAwait(false);
    }

    /// <summary>The pipeline's end does not begin an answer.</summary>
    public override Task StartAsync(CancellationToken cancellationToken = default) => _isEnding ? Task.CompletedTask : base.StartAsync(cancellationToken);

    /// <summary>What the writer was given and has not flushed goes into the stream.</summary>
    public Task EndAsync()
    {
        _isEnding = true;
        return base.CompleteAsync();
    }
}
