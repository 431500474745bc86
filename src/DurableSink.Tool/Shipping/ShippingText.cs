using System.Globalization;
using System.Text;
using DurableSink.Tooling.Reading;
using DurableSink.Tooling.Terminal;
using SegmentShipper;

namespace DurableSink.Tooling.Shipping;

/// <summary>How shipping stands, in words.</summary>
internal static class ShippingText
{
    public static string OnTheWay(ShippingStatus status) => string.Create(CultureInfo.InvariantCulture,
        $"{Amounts.Count(status.Shipped, "segment")} shipped, up to event {status.ShippedSequence}; {Waiting(status)}{(status.LastFailure is null ? "" : "; failing, and tried again")}");

    /// <summary>At the end: what is there, and what is left.</summary>
    public static StringBuilder Of(ShippingStatus status, LogFolder log, Target target)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Amounts.Count(status.Shipped, "segment")} shipped to {target.Text}{(status.ShippedSequence == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"; with what was shipped before, all events up to {status.ShippedSequence}"))}\n");
        if (status.UnshippedSegments > 0) text.Append(CultureInfo.InvariantCulture, $"left: {Waiting(status)}\n");
        if (status.SetAside > 0)
            text.Append(CultureInfo.InvariantCulture, $"set aside: {Amounts.Count(status.SetAside, "segment")}; durable-log ls shows them, docs/SHIPPING.md says what to do\n");
        if (log.List.Active is [var active, ..])
            text.Append(CultureInfo.InvariantCulture, $"not sealed yet: events from {active.FirstSequence} on, in {active.Active}; the application seals it, or durable-log recover after a crash\n");
        return text;
    }

    private static string Waiting(ShippingStatus status) => status.UnshippedSegments == 0
        ? "nothing waits"
        : $"{Amounts.Count(status.UnshippedSegments, "segment")} ({Amounts.Bytes(status.UnshippedBytes)}) not there yet, the oldest sealed {Amounts.Seconds(status.OldestUnshipped)} ago";
}
