using System.Globalization;
using DurableSink.Bench.Reporting;

namespace DurableSink.Bench.Recovery;

/// <summary>
/// How long opening a log takes: one great active segment left by a killed process, and many sealed ones after a clean close. Every
/// opening is timed by itself, in a fresh process.
/// </summary>
internal sealed class RecoveryBench(RecoveryOptions options, TextWriter to)
{
    private const double Gibibyte = 1L << 30;

    public void Run()
    {
        Directory.CreateDirectory(options.Directory);
        to.WriteLine($"{options.Rounds} rounds, each opening in a fresh process: median (least..greatest)");
        to.WriteLine(Place.Of(options.Directory).Description);
        to.WriteLine(Runtime.Description);
        to.WriteLine();
        GreatActive();
        ManySealed();
    }

    private void GreatActive()
    {
        var (seconds, rates, raw, reading) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        var (isDirect, gibibytes, events) = (true, 0.0, 0L);
        for (var round = 0; round < options.Rounds; round++)
        {
            InFolder(folder =>
            {
                RecoveryRig.LeaveActive(folder, (long)options.Mebibytes << 20);
                gibibytes = new FileInfo(Directory.EnumerateFiles(folder, "*.active").Single()).Length / Gibibyte;
                var answer = RecoveryRig.Ask(RecoveryChild.Open, folder);
                if (answer[2] != 1) throw new InvalidOperationException($"{answer[2]} segments were recovered: a full hour fell into the round; run again.");
                events = (long)answer[3];
                isDirect &= answer[4] == 1;
                seconds.Add(answer[0]);
                rates.Add(gibibytes / answer[0]);
                raw.Add(gibibytes / RecoveryRig.Ask(RecoveryChild.ReadRaw, folder)[0]);
                var read = RecoveryRig.Ask(RecoveryChild.Read, folder);
                if (read[1] < events) throw new InvalidOperationException($"{read[1]} of {events} events were read.");
                reading.Add(read[2] / Gibibyte / read[0]);
            });
            Progress(round, seconds[^1]);
        }

        to.WriteLine($"one active segment of {gibibytes:0.000} GiB ({events:#,0} events) after kill -9, {(isDirect ? "read direct" : "its page cache dropped before")}");
        to.WriteLine($"  recovered in   {Spread.Of(seconds).ToString("0.000")} s");
        to.WriteLine($"                 {Spread.Of(rates).ToString("0.00")} GiB/s");
        to.WriteLine($"  the drive alone, 1 MiB direct reads one at a time, same rounds:");
        to.WriteLine($"                 {Spread.Of(raw).ToString("0.00")} GiB/s");
        to.WriteLine($"  read, sealed   {Spread.Of(reading).ToString("0.00")} GiB/s");
    }

    private void ManySealed() => InFolder(folder =>
    {
        RecoveryRig.LeaveSealed(folder, options.Segments);
        var (recovery, opening, reading) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < options.Rounds; round++)
        {
            var answer = RecoveryRig.Ask(RecoveryChild.Open, folder);
            if (answer[2] != 0) throw new InvalidOperationException($"{answer[2]} segments were left by a clean close.");
            recovery.Add(answer[0]);
            opening.Add(answer[1]);
            reading.Add(RecoveryRig.Ask(RecoveryChild.Read, folder)[0]);
            Progress(round, opening[^1]);
        }

        to.WriteLine($"{Directory.EnumerateFiles(folder, "*.clef").Count():#,0} sealed segments after a clean close");
        to.WriteLine($"  recovery       {Spread.Of(recovery).ToString("0.000")} s");
        to.WriteLine($"  whole opening  {Spread.Of(opening).ToString("0.000")} s");
        to.WriteLine($"  read           {Spread.Of(reading).ToString("0.00")} s");
    });

    private void InFolder(Action<string> work)
    {
        var folder = Directory.CreateDirectory(Path.Combine(options.Directory, $"recovery-{Guid.NewGuid():n}")).FullName;
        try
        {
            work(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Progress(int round, double seconds) =>
        Console.Error.WriteLine($"round {round + 1}: {seconds.ToString("0.000", CultureInfo.InvariantCulture)} s");
}
