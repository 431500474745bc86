using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace DurableSink.Accepted;

/// <summary>Starts the child, ends it at a random moment, opens the log, and holds it against what had returned.</summary>
internal sealed class Kills
{
    private readonly int _kills = 20;
    private readonly string _root;
    private readonly FsyncPolicy[] _policies = [FsyncPolicy.Batch, FsyncPolicy.Os];
    private readonly string[] _ends = ["kill"];
    private readonly List<string> _faults = [];
    private long _restored;
    private long _events;

    public Kills(string[] args)
    {
        var parent = Path.GetTempPath();
        for (var i = 0; i < args.Length; i += 2)
        {
            var value = i + 1 < args.Length ? args[i + 1] : throw new ArgumentException($"{args[i]} needs a value");
            switch (args[i])
            {
                case "--kills": _kills = int.Parse(value, CultureInfo.InvariantCulture); break;
                case "--directory": parent = value; break;
                case "--policies": _policies = [.. value.Split(',').Select(name => Enum.Parse<FsyncPolicy>(name, ignoreCase: true))]; break;
                case "--ends": _ends = value.Split(','); break;
                default: throw new ArgumentException($"unknown option {args[i]}: --kills N, --directory DIR, --policies batch,os,always, --ends kill,failfast,throw,memory");
            }
        }

        _root = Path.Combine(Path.GetFullPath(parent), $"durablesink-accepted-{Guid.NewGuid():n}");
        Directory.CreateDirectory(_root);
    }

    public int Run()
    {
        foreach (var policy in _policies)
        {
            foreach (var end in _ends) Series(policy, end);
        }

        foreach (var fault in _faults.Take(20)) Console.WriteLine($"  {fault}");
        if (_faults.Count > 0)
        {
            Console.WriteLine($"FAILED: {_faults.Count} faults. Kept: {_root}");
            return 1;
        }

        Directory.Delete(_root, recursive: true);
        Console.WriteLine($"OK: {_events} events in the log; every one whose append had returned is there once and in order. 0 missing; {_restored} of them came from memory.");
        return 0;
    }

    private void Series(FsyncPolicy policy, string end)
    {
        var (log, counts) = (Path.Combine(_root, $"{policy}-{end}"), Path.Combine(_root, $"{policy}-{end}.counts"));
        var (next, restored, withRestored) = (1L, 0L, 0);
        var lasts = new long[Counts.Threads];
        for (var kill = 1; kill <= _kills; kill++)
        {
            End(log, counts, policy, end);
            using var returned = new Counts(counts);
            using (var opened = DurableLog.Open(new() { Directory = log, LogName = "accepted", Fsync = policy }))
            {
                restored += opened.RecoveryReport.Restored;
                withRestored += opened.RecoveryReport.Restored > 0 ? 1 : 0;
                if (opened.RecoveryReport.Missing.Count > 0) _faults.Add($"{policy}, {end} {kill}: events are missing");
            }

            next = Check(new DurableLogReader(log), next, lasts, $"{policy}, {end} {kill}");
            for (var thread = 0; thread < Counts.Threads; thread++)
            {
                if (lasts[thread] < returned[thread])
                    _faults.Add($"{policy}, {end} {kill}: thread {thread} had appended {returned[thread]}, its last in the log is {lasts[thread]}");
                returned[thread] = lasts[thread]; // one more may be there than had returned: the next run goes on after it
            }
        }

        _restored += restored;
        _events += next - 1;
        Console.WriteLine($"{policy}, {end}: {_kills} times, {next - 1} events, {restored} from memory (in {withRestored} of the openings), {_faults.Count} faults so far");
    }

    /// <summary>Reads what is new; returns the number that comes next.</summary>
    private long Check(DurableLogReader reader, long next, long[] lasts, string when)
    {
        foreach (var record in reader.Read(LogPosition.FromSequence(next)))
        {
            if (record.Kind != LogRecordKind.Event || record.Sequence != next) _faults.Add($"{when}: {record.Kind} {record.Sequence} where {next} was to come");
            next = record.LastSequence + 1;
            using var json = JsonDocument.Parse(record.Json);
            if (!json.RootElement.TryGetProperty("Thread", out var at)) continue; // the log's own
            var (thread, n) = (at.GetInt32(), json.RootElement.GetProperty("N").GetInt64());
            if (n != lasts[thread] + 1) _faults.Add($"{when}: thread {thread} wrote {n} after {lasts[thread]}");
            lasts[thread] = n;
        }

        return next;
    }

    private static void End(string log, string counts, FsyncPolicy policy, string end)
    {
        var milliseconds = Random.Shared.Next(5, 400);
        string[] host = Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet" ? ["dotnet", typeof(Kills).Assembly.Location] : [Environment.ProcessPath!];
        string[] child = [.. host, "child", log, counts, $"{policy}", end, $"{(end == "kill" ? 3_600_000 : milliseconds)}"];
        var start = new ProcessStartInfo(end == "memory" ? "/bin/sh" : child[0])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The data segment, and not the address space, which the runtime takes generously: private memory beyond it is refused.
        if (end == "memory") foreach (var arg in new[] { "-c", "ulimit -d 600000; exec \"$@\"", "sh", child[0] }) start.ArgumentList.Add(arg);
        foreach (var arg in child[1..]) start.ArgumentList.Add(arg);
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        using var process = Process.Start(start)!;
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        if (process.StandardOutput.ReadLine() != "writing") throw new InvalidOperationException("the child did not come to write");
        if (end == "kill")
        {
            using var never = new ManualResetEventSlim();
            never.Wait(milliseconds); // the random moment itself
            process.Kill();
        }

        process.WaitForExit();
        if (process.ExitCode == 0) throw new InvalidOperationException("the child ended by itself");
    }
}
