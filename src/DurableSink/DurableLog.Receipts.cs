using DurableSink.Segments;

namespace DurableSink;

/// <summary>For the door that hands out receipts.</summary>
public sealed partial class DurableLog
{
    /// <summary>
    /// Appends a line as <see cref="AppendLine"/> does, and says its number; the task completes when it is durable, under every policy,
    /// with where it stands. What is not accepted is thrown; the task fails where the event is in doubt.
    /// </summary>
    internal ValueTask<EventPlace> AppendLineAsync(ReadOnlySpan<byte> body, long skipped, CancellationToken cancellationToken, out long sequence)
    {
        try
        {
            CheckLength(body.Length + skipped);
            var place = _commit.AppendForPlaceAsync(body, cancellationToken, out sequence);
            _drops.Accepted();
            return place;
        }
        catch (Exception failure) when (failure is DurableLogException or ObjectDisposedException)
        {
            _drops.Dropped(failure, told: true);
            throw;
        }
    }
}
