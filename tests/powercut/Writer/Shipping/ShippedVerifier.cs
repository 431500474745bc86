using SegmentShipper;

namespace DurableSink.PowerCut.Shipping;

/// <summary>
/// Checks a crash image of a log that was being shipped, together with the target, which lost no power. What stood in the target at the cut
/// and what is on the drive must be the whole log, each event once; and so must it be after the next run has shipped the rest (D6).
/// </summary>
internal sealed class ShippedVerifier
{
    private readonly string _drive;
    private readonly string _acknowledgements;
    private readonly string _directory;
    private readonly ObjectNotes _notes;
    private readonly Target _target;
    private readonly string _work;

    private ShippedVerifier(string drive, string acknowledgements, string away, string work)
    {
        (_drive, _acknowledgements, _work) = (drive, acknowledgements, work);
        _directory = LogDirectory.In(drive);
        _notes = ObjectNotes.Read(acknowledgements);
        // An object whose put was begun may have arrived after the cut, as a request that is on its way does; one that was not begun cannot.
        _target = Target.CopyOf(away, _notes.BegunKeys, Path.Combine(work, "target"));
    }

    /// <summary>Returns what was checked, in words; throws <see cref="VerificationException"/> at the first thing wrong.</summary>
    /// <param name="drive">Where the image is mounted.</param>
    /// <param name="acknowledgements">The list of what was acknowledged, and of what was put and stood.</param>
    /// <param name="away">The target. It is only read.</param>
    public static async Task<string> CheckAsync(string drive, string acknowledgements, string away)
    {
        var work = acknowledgements + ".work";
        if (Directory.Exists(work)) Directory.Delete(work, recursive: true);
        try
        {
            return await new ShippedVerifier(drive, acknowledgements, away, work).CheckAsync();
        }
        finally
        {
            if (Directory.Exists(work)) Directory.Delete(work, recursive: true);
        }
    }

    private async Task<string> CheckAsync()
    {
        var removed = CheckRemoved();
        var atTheCut = await Verifier.CheckAsync(PutTogether("cut", _notes.StandingKeys.Contains), _acknowledgements);
        if (!Directory.Exists(_directory)) return $"no log yet; {atTheCut}"; // the power went before the directory was durable
        var arrived = _target.Hashes();
        await ShipTheRestAsync();
        CheckTarget(arrived);
        Verifier.CheckAcknowledged(RawLog.Read(LogDirectory.In(PutTogether("end", _ => true))), AcknowledgementFile.Read(_acknowledgements));
        return $"{_notes.StandingKeys.Count} objects stood in the target, {removed} of their segments were gone from the drive; {atTheCut}";
    }

    /// <summary>D6: what is not on the drive any more, or is marked there as shipped, stood in the target before.</summary>
    private int CheckRemoved()
    {
        var removed = 0;
        foreach (var key in _notes.StandingKeys)
            if (!_target.Has(key)) throw new VerificationException($"{key} stood in the target, and is gone");
        foreach (var key in _notes.BegunKeys)
        {
            var path = Path.Combine(_directory, Target.SegmentOf(key));
            if (File.Exists(path + ".shipped") && !_notes.StandingKeys.Contains(key)) throw new VerificationException($"{Path.GetFileName(path)} is marked as shipped, and its object did not stand");
            if (File.Exists(path) || File.Exists(path + ".active")) continue; // its name may not have been durable yet
            if (!_notes.StandingKeys.Contains(key)) throw new VerificationException($"{Path.GetFileName(path)} was removed before its object stood in the target");
            removed++;
        }
        return removed;
    }

    /// <summary>The log of the drive with the segments in the target back in it, as a copy; returns the drive that it is on.</summary>
    private string PutTogether(string name, Func<string, bool> counts)
    {
        var drive = Path.Combine(_work, name);
        var whole = LogDirectory.In(drive);
        if (!Directory.Exists(_directory)) return drive;
        Directory.CreateDirectory(whole);
        foreach (var path in Directory.GetFiles(_directory))
        {
            // The shipper's own files, and the lock of the process that has ended, are no part of the log.
            if (Path.GetFileName(path) is not ("LOCK" or "SHIP") and var file && Path.GetExtension(file) is not (".shipped" or ".shipping"))
                File.Copy(path, Path.Combine(whole, file));
        }
        foreach (var key in _target.Keys.Where(counts))
        {
            var path = Path.Combine(whole, Target.SegmentOf(key));
            var bytes = _target.Read(key);
            if (!File.Exists(path + ".active") && !File.Exists(path)) File.WriteAllBytes(path, bytes);
            else if (File.Exists(path) && !File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes))
                throw new VerificationException($"{Path.GetFileName(path)} on the drive differs from its object");
        }
        return drive;
    }

    /// <summary>The next run, with compression switched on meanwhile.</summary>
    private async Task ShipTheRestAsync()
    {
        await using var log = DurableLog.Open(new WriterSettings().ToOptions(_drive));
        await log.SealAsync();
        await using var store = new DirectoryObjectStore(_target.Root);
        using var shipper = DirectoryShipper.Open(log, store, new() { Compression = Compression.Gzip });
        var status = await shipper.ShipAsync();
        if (status.UnshippedSegments > 0 || status.SetAside > 0 || status.Dropped > 0 || status.LastFailure != null)
            throw new VerificationException($"the next run could not ship all: {status}");
        if (RawLog.SealedFiles(_directory).Count() > 1) throw new VerificationException("the next run shipped all, and did not remove all but the newest");
    }

    /// <summary>D6: nothing was overwritten, and no segment has two objects.</summary>
    private void CheckTarget(IReadOnlyDictionary<string, string> arrived)
    {
        var hashes = _target.Hashes();
        foreach (var (key, hash) in arrived)
            if (!hashes.TryGetValue(key, out var now) || now != hash) throw new VerificationException($"{key} in the target was changed by the next run");
        if (_target.Keys.FirstOrDefault(key => !Target.IsObject(key)) is { } stray) throw new VerificationException($"{stray} in the target is no segment");
        if (_target.Keys.GroupBy(Target.SegmentOf).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new VerificationException($"{twice.Key} is in the target twice: {string.Join(", ", twice)}");
    }
}
