namespace DurableSink.PowerCut;

/// <summary>Tries each event of a recovered log once more under its key: it gets the first one's number and hash, and nothing is written.</summary>
internal sealed class KeyCheck(string drive)
{
    private const int Found = 32; // receipts that are looked up too: each search reads some of a segment

    public async Task RunAsync(RawLog log)
    {
        await using var services = AuditWriter.Services(drive, new());
        var audit = (IAuditLog)services.GetService(typeof(IAuditLog))!;
        var reader = new DurableLogReader(LogDirectory.In(drive));
        var left = Found;
        foreach (var e in log.Events.Where(e => e.Id != RawEvent.OfTheLog).Reverse())
        {
            var receipt = await audit.WithIdempotencyKey(Payload.Text(e.Id)).WriteAsync(Payload.Of(e.Id).ToEvent());
            if (receipt.Sequence != e.Sequence) throw new VerificationException($"event {e.Sequence} became {receipt.Sequence} when it was tried again under its key");
            if (left-- > 0 && reader.Find(receipt) is { Outcome: not AuditOutcome.Found } finding)
                throw new VerificationException($"the receipt of event {e.Sequence}, tried again under its key: {finding.Outcome}");
        }

        if (AuditWriter.LogOf(services).LastSequence != log.LastSequence) throw new VerificationException("events that were tried again were written again");
    }
}
