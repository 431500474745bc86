using System.Globalization;

namespace DurableSink.Bench.Recovery;

/// <summary>The command line of the mode <c>recovery</c>.</summary>
internal sealed class RecoveryOptions
{
    public const string Usage =
        "usage: recovery [--rounds N] [--mebibytes M] [--segments S] [--directory DIR]\n" +
        "  --rounds N       openings of each kind, each in a process of its own (default 5)\n" +
        "  --mebibytes M    size of the active segment that a killed process leaves (default 1024)\n" +
        "  --segments S     sealed segments of the log that was closed cleanly (default 10000)\n" +
        "  --directory DIR  where to write: the drive that is measured (default artifacts/bench under the current directory)";

    public int Rounds { get; private set; } = 5;

    public int Mebibytes { get; private set; } = 1024;

    public int Segments { get; private set; } = 10_000;

    public string Directory { get; private set; } = Path.Combine("artifacts", "bench");

    public static RecoveryOptions Parse(string[] args)
    {
        var options = new RecoveryOptions();
        for (var i = 0; i < args.Length; i += 2)
        {
            var value = i + 1 < args.Length ? args[i + 1] : throw new ArgumentException($"{args[i]} needs a value");
            switch (args[i])
            {
                case "--rounds": options.Rounds = Number(args[i], value); break;
                case "--mebibytes": options.Mebibytes = Number(args[i], value); break;
                case "--segments": options.Segments = Number(args[i], value); break;
                case "--directory": options.Directory = value; break;
                default: throw new ArgumentException($"unknown option {args[i]}");
            }
        }
        options.Directory = Path.GetFullPath(options.Directory);
        return options;
    }

    private static int Number(string name, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1
            ? number
            : throw new ArgumentException($"{name} {value}: a whole number from 1 is needed");
}
