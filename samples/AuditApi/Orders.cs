using System.ComponentModel.DataAnnotations;
using DurableSink;

namespace AuditApi;

/// <summary>What a client posts.</summary>
public sealed record NewOrder(
    [Required, StringLength(200)] string Customer,
    [Required, StringLength(100)] string Sku,
    [Range(1, 10_000)] int Count);

/// <summary>What the client gets back with a 201: the order's id, and the receipt of its event in the audit log.</summary>
public sealed record OrderReceipt(Guid OrderId, AuditReceipt Receipt);
