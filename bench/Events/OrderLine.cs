using System.Buffers;
using System.Text.Json;

namespace DurableSink.Bench.Events;

/// <summary>The event as a line of JSON by <see cref="Utf8JsonWriter"/>, for contenders that take bytes and format nothing.</summary>
internal static class OrderLine
{
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _bytes;

    [ThreadStatic]
    private static Utf8JsonWriter? _json;

    /// <summary>Valid until the thread asks for the next one.</summary>
    public static ReadOnlySpan<byte> Of(long n)
    {
        var order = Order.Of(n);
        var bytes = _bytes ??= new(512);
        var json = _json ??= new(bytes);
        bytes.ResetWrittenCount();
        json.Reset();
        json.WriteStartObject();
        json.WriteString("@t"u8, TimeProvider.System.GetUtcNow().UtcDateTime);
        json.WriteString("@mt"u8, Order.Template);
        json.WriteNumber("UserId"u8, order.UserId);
        json.WriteNumber("Count"u8, order.Count);
        json.WriteString("Sku"u8, order.Sku);
        json.WriteNumber("Total"u8, order.Total);
        json.WriteNumber("@seq"u8, n);
        json.WriteString("@hash"u8, "0000000000000000"u8);
        json.WriteEndObject();
        json.Flush();
        bytes.Write("\n"u8);
        return bytes.WrittenSpan;
    }
}
