using DurableSink.Segments;

namespace DurableSink;

/// <summary>For the door that hands out receipts.</summary>
public sealed partial class DurableLog
{
    /// <summary>
    /// Appends a line as <see cref="AppendLine"/> does; the task completes when it is durable, under every policy, with where it stands.
    /// Failures are <see cref="AppendAsync"/>'s, and in the task.
    /// </summary>
    internal ValueTask<EventPlace> AppendLineAsync(ReadOnlySpan<byte> body, long skipped, CancellationToken cancellationToken)
    {
        try
        {
            CheckLength(body.Length + skipped);
            var place = _commit.AppendForPlaceAsync(body, cancellationToken);
            _drops.Accepted();
            return place;
        }
        catch (Exception failure) when (failure is DurableLogException or ObjectDisposedException)
        {
            _drops.Dropped(failure, told: true);
            return ValueTask.FromException<EventPlace>(failure);
        }
    }
}
