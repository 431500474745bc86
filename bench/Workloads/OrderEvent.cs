namespace DurableSink.Bench.Workloads;

/// <summary>The one event of all workloads, made anew each time as an application does: about 245 bytes as a line.</summary>
internal static class OrderEvent
{
    public static DurableEvent Create(long n) => DurableEvent.Create(
        "User {UserId} ordered {Count} items of {Sku} for {Total}", 100_000 + n % 900_000, n % 9 + 1, Skus[n % Skus.Length], 1249.95m);

    private static readonly string[] Skus = [.. Enumerable.Range(0, 100).Select(i => $"WIDGET-BLUE-LARGE-COTTON-2026-{i:0000}-EU-WEST")];
}
