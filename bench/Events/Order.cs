namespace DurableSink.Bench.Events;

/// <summary>The one event of all workloads, made anew each time as an application does: about 245 bytes as a line of JSON.</summary>
internal readonly record struct Order(int UserId, int Count, string Sku, decimal Total)
{
    public const string Template = "User {UserId} ordered {Count} items of {Sku} for {Total}";

    private static readonly string[] Skus = [.. Enumerable.Range(0, 100).Select(i => $"WIDGET-BLUE-LARGE-COTTON-2026-{i:0000}-EU-WEST")];

    public static Order Of(long n) => new(100_000 + (int)(n % 900_000), (int)(n % 9) + 1, Skus[n % Skus.Length], 1249.95m);

    public static DurableEvent Event(long n)
    {
        var order = Of(n);
        return DurableEvent.Create(Template, order.UserId, order.Count, order.Sku, order.Total);
    }
}
