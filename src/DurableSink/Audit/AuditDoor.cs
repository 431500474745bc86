using System.Text.Json.Serialization.Metadata;
using DurableSink.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DurableSink.Audit;

/// <summary>One audit log as the container borrows it: whoever writes waits for durability, and is told.</summary>
internal sealed class AuditDoor(
    string name, IOptionsMonitor<DurableAuditOptions> options, DurableLogPool pool, NoticeRelay notices, OptionsWatch<DurableAuditOptions>? watch)
    : DoorLog<DurableAuditOptions>(pool, notices, watch)
{
    private volatile string[]? _categories;

    public string Name => name;

    protected override DurableAuditOptions Options => options.Get(name);

    /// <summary>Whether the category is routed here. Where the options are not valid nobody knows: the event is taken, and refused with
    /// the reason, because silence could lose it.</summary>
    public bool Takes(string category)
    {
        if ((_categories ??= OptionsIfValid()?.Categories.ToArray()) is not { } categories) return true;
        return categories.Length > 0 && CategoryNames.BeginsWithAny(category, categories);
    }

    protected override void Prepare(ILineTarget target, DurableAuditOptions options) => target.Log.RememberKeys(options.IdempotencyKeys, options.IdempotencyAge);

    protected override IJsonTypeInfoResolver? Contracts(DurableAuditOptions options) => options.TypeInfoResolver;

    protected override LogLevel WaitsFrom(DurableAuditOptions options, string category) => LogLevel.Trace;

    protected override bool Tells(DurableAuditOptions? options, string category) => true;
}
