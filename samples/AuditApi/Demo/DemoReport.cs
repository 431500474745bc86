namespace AuditApi.Demo;

/// <summary>Prints what happened.</summary>
internal sealed class DemoReport(TextWriter to)
{
    private const int Shown = 10;

    public void Start(DemoCommand command, string url, string directory, bool directIO)
    {
        to.WriteLine($"Orders over HTTP, answered only when durable: {command.Requests:N0} requests, {command.Clients:N0} clients, policy {command.Fsync}");
        to.WriteLine();
        Line("server", url);
        Line("audit log", $"{directory} ({FileSystem(directory)}, direct I/O: {(directIO ? "yes" : "no")})");
        Line("app log", $"{directory}-app (what application and framework log)");
        Line("shipped to", $"{command.Target} (in the place of a bucket)");
    }

    public void Load(Load warmUp, Load load, OrderClients clients)
    {
        Line("acknowledged", $"{clients.Acknowledged.Count:N0} of {warmUp.Requests + load.Requests:N0} orders " +
                             $"({warmUp.Requests:N0} of them to warm up, not in the next two lines)");
        Line("rate", $"{load.RequestsPerSecond:N0} requests/s");
        Line("durable latency", $"{Percentiles.Of(load.Milliseconds)}   (at the client: request to 201)");
    }

    public void Segments(string title, IReadOnlyList<SegmentFile> segments)
    {
        to.WriteLine();
        to.WriteLine(title);
        foreach (var s in segments.TakeLast(Shown)) to.WriteLine($"  {(s.IsSealed ? "sealed" : "active"),-6} {s.Bytes,14:N0} bytes  {s.Name}");
        if (segments.Count > Shown) to.WriteLine($"  … and {segments.Count - Shown:N0} before them");
    }

    public void Shipped(WholeLog whole, string target)
    {
        to.WriteLine();
        to.WriteLine($"Shipped, verified, and only then gone from the disk: {whole.Objects.Count:N0} objects, {whole.Objects.Sum(o => o.Bytes):N0} bytes in {target}");
        foreach (var (key, bytes) in whole.Objects.TakeLast(Shown)) to.WriteLine($"  {bytes,14:N0} bytes  {key}");
        if (whole.Objects.Count > Shown) to.WriteLine($"  … and {whole.Objects.Count - Shown:N0} before them");
        to.WriteLine($"  {whole.OnTheDiskToo:N0} of them still on the disk too (the newest segment stays)");
    }

    public void Engine(EngineMeter meter)
    {
        to.WriteLine();
        to.WriteLine("The audit log's engine, by the meter \"DurableSink\"");
        Line("events", $"{meter.Events:N0} made durable");
        Line("commits", $"{meter.Commits:N0}   {Percentiles.Of(meter.CommitMilliseconds())}   (write and flush)");
        Line("flushes", $"{meter.Flushes:N0}, {(double)meter.Flushes / Math.Max(1, meter.Events):0.0000} per event");
    }

    public void ReadBack(LogCheck check, string target)
    {
        to.WriteLine();
        to.WriteLine($"Read back, disk and target together: {check.Events:N0} events, {check.Orders:N0} orders. The last ones:");
        foreach (var record in check.Last) to.WriteLine($"  {EventText.Render(record)}");
        to.WriteLine();
        to.WriteLine("It is plain text, one JSON object a line. Try:");
        to.WriteLine($"""  jq -r 'select(.Customer) | [.["@seq"], .OrderId, .Customer, .Count, .Sku] | @tsv' '{target}'/log=orders/dt=*/hour=*/*.clef | tail -5""");
    }

    /// <summary>Whether all is well.</summary>
    public bool Verdict(LogCheck check, OrderClients clients)
    {
        to.WriteLine();
        if (check.Faults.Count == 0 && clients.Refused.IsEmpty)
        {
            to.WriteLine($"OK: each of the {clients.Acknowledged.Count:N0} acknowledged orders is in the target or on the disk exactly once, with the hash of its receipt.");
            return true;
        }

        to.WriteLine($"FAILED: {check.Faults.Count:N0} faults in the log, {clients.Refused.Count:N0} requests not acknowledged.");
        foreach (var fault in check.Faults.Concat(clients.Refused).Take(Shown)) to.WriteLine($"  {fault}");
        return false;
    }

    private void Line(string name, string text) => to.WriteLine($"  {name,-16} {text}");

    private static string FileSystem(string directory)
    {
        try
        {
            return new DriveInfo(directory).DriveFormat;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return "unknown file system"; // worth a figure's footnote, not worth a failure
        }
    }
}
