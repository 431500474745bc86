using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;
using DurableSink;

namespace AuditApi;

/// <summary>An order's id.</summary>
public static class OrderId
{
    /// <summary>The same for each attempt of one client's order: what an event under an idempotency key says must come from the request.</summary>
    public static Guid Of(string idempotencyKey)
    {
        Span<byte> id = SHA256.HashData(Encoding.UTF8.GetBytes(idempotencyKey)).AsSpan(0, 16);
        id[6] = (byte)(id[6] & 0x0F | 0x80); // a UUID of version 8: made by the application's own rule (RFC 9562)
        id[8] = (byte)(id[8] & 0x3F | 0x80);
        return new Guid(id, bigEndian: true);
    }
}

/// <summary>What a client posts.</summary>
public sealed record NewOrder(
    [Required, StringLength(200)] string Customer,
    [Required, StringLength(100)] string Sku,
    [Range(1, 10_000)] int Count);

/// <summary>What the client gets back with a 201: the order's id, and the receipt of its event in the audit log.</summary>
public sealed record OrderReceipt(Guid OrderId, AuditReceipt Receipt);
