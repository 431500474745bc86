using System.Text.Json;

namespace DurableSink.PowerCut;

/// <summary>
/// Checks a crash image: opens the log (which recovers it) and holds it against what was acknowledged. Reads it twice, by
/// <see cref="DurableLogReader"/> and by <see cref="RawLog"/>, which know nothing of each other.
/// </summary>
internal sealed class Verifier
{
    private readonly string _drive;
    private readonly string _directory;
    private readonly DurableLogOptions _options;
    private readonly List<Acknowledgement> _acknowledged;

    private readonly bool _mayBeSalvaged;
    private readonly bool _hasKeys;

    private Verifier(string drive, string acknowledgements, bool mayBeSalvaged, bool hasKeys)
    {
        (_drive, _mayBeSalvaged, _hasKeys) = (drive, mayBeSalvaged, hasKeys);
        _directory = LogDirectory.In(drive);
        _options = new WriterSettings().ToOptions(drive);
        _acknowledged = AcknowledgementFile.Read(acknowledgements);
    }

    /// <summary>Returns what was checked, in words; throws <see cref="VerificationException"/> at the first thing wrong.</summary>
    /// <param name="drive">Where the image is mounted.</param>
    /// <param name="acknowledgements">The list of what was acknowledged.</param>
    /// <param name="mayBeSalvaged">Whether errors were injected into the drive, besides the power cut.</param>
    /// <param name="hasKeys">Whether each event was written under a key made of its id.</param>
    public static Task<string> CheckAsync(string drive, string acknowledgements, bool mayBeSalvaged = false, bool hasKeys = false) =>
        new Verifier(drive, acknowledgements, mayBeSalvaged, hasKeys).CheckAsync();

    private async Task<string> CheckAsync()
    {
        var sealedBefore = CheckSealedBeforeRecovery();
        var readBefore = ReadBeforeRecovery();
        var report = Recover();
        var recovered = DirectorySnapshot.Of(_directory);
        if (sealedBefore.LostOrChangedIn(recovered) is { } change) throw new VerificationException($"recovery touched a sealed segment: {change}"); // D4

        var raw = RawLog.Read(_directory);
        if (raw.LastSequence != LastAfter(report))
            throw new VerificationException($"the last event is {raw.LastSequence}, the report says {report.LastSequence}");
        CheckReader(raw);
        CheckAcknowledged(raw, _acknowledged);
        CheckReadBeforeRecovery(readBefore);
        CheckSecondOpen(recovered);
        if (_hasKeys) await new KeyCheck(_drive).RunAsync(raw);
        CheckGoesOn(raw.LastSequence);
        return $"{raw.LastSequence} events in {raw.Segments.Count} segments, {raw.Links} links of the chain, {_acknowledged.Count} acknowledged; recovery: " +
               (report.IsClean ? "clean" : string.Join("; ", report.Segments.Select(s => $"{s.Name} {s.Outcome} ({s.Detail})")));
    }

    // D4: what has a sealed name is whole before anybody repairs anything.
    private DirectorySnapshot CheckSealedBeforeRecovery()
    {
        foreach (var path in RawLog.SealedFiles(_directory))
        {
            var segment = RawSegment.Read(path);
            if (segment.LastSequence < segment.FirstSequence) throw new VerificationException($"{segment.Name}: sealed, but empty");
        }
        return DirectorySnapshot.OfSealed(_directory);
    }

    // D5: a power cut damages nothing that was acknowledged, so nothing may be missing; and without other errors nothing need be salvaged.
    private RecoveryReport Recover()
    {
        using var log = DurableLog.Open(_options);
        var report = log.RecoveryReport;
        if (report.Missing.Count > 0) throw new VerificationException($"recovery misses events {report.Missing[0].First} to {report.Missing[0].Last}");
        var odd = report.Segments.FirstOrDefault(s => s.Outcome == RecoveryOutcome.Left || (s.Outcome == RecoveryOutcome.Salvaged && !_mayBeSalvaged));
        if (odd != null) throw new VerificationException($"{odd.Name}: {odd.Outcome}, {odd.Detail}");
        if (log.LastSequence != LastAfter(report) || log.DurableSequence < report.LastSequence)
            throw new VerificationException($"opened with events to {log.LastSequence}, durable to {log.DurableSequence}, reported to {report.LastSequence}");
        return report;
    }

    // A recovery that had something to do tells of it in the log, as its next event.
    private static long LastAfter(RecoveryReport report) => report.LastSequence + (report.IsClean ? 0 : 1);

    private void CheckReader(RawLog raw)
    {
        using var read = new DurableLogReader(_directory).Read().GetEnumerator();
        foreach (var segment in raw.Segments)
        {
            foreach (var expected in segment.Events)
            {
                if (!read.MoveNext()) throw new VerificationException($"the reader ends before event {expected.Sequence}");
                var record = read.Current;
                if (record.Kind != LogRecordKind.Event || record.Sequence != expected.Sequence || record.LastSequence != expected.Sequence)
                    throw new VerificationException($"the reader returns {record.Kind} {record.Sequence} to {record.LastSequence} for event {expected.Sequence}");
                if (!record.Json.Span.SequenceEqual(expected.Line.Span)) throw new VerificationException($"the reader returns other bytes for event {expected.Sequence}");
                if (record.Segment != segment.Name) throw new VerificationException($"the reader finds event {expected.Sequence} in {record.Segment}, it is in {segment.Name}");
                if (record.IsProvisional) throw new VerificationException($"the reader calls event {expected.Sequence} provisional after recovery");
            }
        }
        if (read.MoveNext()) throw new VerificationException($"the reader goes on with {read.Current.Kind} {read.Current.Sequence}");
    }

    // D1, D2: exactly once, at its sequence number. (That each event is what its id stands for was checked as it was read.)
    public static void CheckAcknowledged(RawLog raw, IReadOnlyCollection<Acknowledgement> acknowledged)
    {
        var sequences = new Dictionary<ulong, long>();
        foreach (var each in raw.Events)
        {
            if (!sequences.TryAdd(each.Id, each.Sequence))
                throw new VerificationException($"id {Payload.Text(each.Id)} stands twice in the log: events {sequences[each.Id]} and {each.Sequence}");
        }
        var lost = acknowledged.Where(a => !sequences.ContainsKey(a.Id)).ToList();
        if (lost.Count > 0)
        {
            throw new VerificationException($"{lost.Count} of {acknowledged.Count} acknowledged events are lost, the first {lost.Min(a => a.Sequence)}; " +
                                            $"the log ends with {raw.LastSequence}");
        }
        foreach (var each in acknowledged)
        {
            if (sequences[each.Id] != each.Sequence)
                throw new VerificationException($"id {Payload.Text(each.Id)} was acknowledged as event {each.Sequence} and is event {sequences[each.Id]}");
        }
    }

    // A reader needs no recovery. What it returns on the image as it is (held against the acknowledgements later).
    private List<LogRecord> ReadBeforeRecovery() =>
        Directory.Exists(_directory) ? [.. new DurableLogReader(_directory).Read()] : []; // or the power went before the directory was durable

    // D7, rule 12: only whole events in order, among them all that were acknowledged.
    private void CheckReadBeforeRecovery(List<LogRecord> records)
    {
        var ids = new Dictionary<long, ulong>();
        foreach (var record in records)
        {
            if (record.Kind != LogRecordKind.Event || record.Sequence != ids.Count + 1)
                throw new VerificationException($"before recovery the reader returns {record.Kind} {record.Sequence} to {record.LastSequence} after event {ids.Count}");
            using var json = JsonDocument.Parse(record.Json);
            if (!Payload.TryParseId(json.RootElement.GetProperty("Id").GetString(), out var id) || Payload.Of(id).Difference(json.RootElement) != null)
                throw new VerificationException($"before recovery the reader returns event {record.Sequence} changed");
            ids.Add(record.Sequence, id);
        }
        foreach (var each in _acknowledged)
        {
            if (!ids.TryGetValue(each.Sequence, out var id) || id != each.Id)
                throw new VerificationException($"before recovery the reader does not return the acknowledged event {each.Sequence}");
        }
    }

    // D5: recovery is idempotent.
    private void CheckSecondOpen(DirectorySnapshot recovered)
    {
        using (var log = DurableLog.Open(_options))
        {
            var report = log.RecoveryReport;
            if (!report.IsClean) throw new VerificationException($"a second opening finds work: {report.Segments[0]}");
            if (report.SparesDeleted > 0) throw new VerificationException($"a second opening finds {report.SparesDeleted} spares");
        }
        if (recovered.DifferenceTo(DirectorySnapshot.Of(_directory)) is { } difference)
            throw new VerificationException($"a second opening changes files: {difference}");
    }

    // The recovered log takes the next event under the next number.
    private void CheckGoesOn(long last)
    {
        var id = (ulong)last + 1; // no two verifications of one log use the same
        using (var log = DurableLog.Open(_options))
        {
            var sequence = log.Append(Payload.Of(id).ToEvent());
            log.Flush();
            if (sequence != last + 1) throw new VerificationException($"the next event got number {sequence} after {last}");
        }
        var raw = RawLog.Read(_directory);
        if (raw.LastSequence != last + 1 || raw.Events.Last().Id != id) throw new VerificationException("the event appended after recovery is not the log's last");
        var read = new DurableLogReader(_directory).Read(LogPosition.FromSequence(last + 1)).Single();
        if (read.Sequence != last + 1) throw new VerificationException($"the reader returns {read.Kind} {read.Sequence} for the event appended after recovery");
    }

}
