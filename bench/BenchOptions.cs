using System.Globalization;

namespace DurableSink.Bench;

/// <summary>The command line after the verb.</summary>
internal sealed class BenchOptions
{
    public const string Usage =
        "options:\n" +
        "  --rounds N       measured rounds; each runs every case once (default: the workload's, 5 for most)\n" +
        "  --seconds S      duration of one case in one round (default: the workload's)\n" +
        "  --directory DIR  where to write: the drive that is measured (default artifacts/bench under the current directory)\n" +
        "  --only TEXT      only contenders whose name holds it\n" +
        "  --json FILE      the figures of every round, too";

    public const int UsualRounds = 5;

    public int? Rounds { get; private set; }

    public double? Seconds { get; private set; }

    public string Directory { get; private set; } = Path.Combine("artifacts", "bench");

    public string? Only { get; private set; }

    public string? JsonFile { get; private set; }

    public static BenchOptions Parse(string[] args)
    {
        var options = new BenchOptions();
        for (var i = 0; i < args.Length; i += 2)
        {
            var value = i + 1 < args.Length ? args[i + 1] : throw new ArgumentException($"{args[i]} needs a value");
            switch (args[i])
            {
                case "--rounds": options.Rounds = (int)Number(args[i], value, atLeast: 1); break;
                case "--seconds": options.Seconds = Number(args[i], value, atLeast: 0.1); break;
                case "--directory": options.Directory = value; break;
                case "--only": options.Only = value; break;
                case "--json": options.JsonFile = value; break;
                default: throw new ArgumentException($"unknown option {args[i]}");
            }
        }
        options.Directory = Path.GetFullPath(options.Directory);
        System.IO.Directory.CreateDirectory(options.Directory);
        return options;
    }

    private static double Number(string name, string value, double atLeast) =>
        double.TryParse(value, CultureInfo.InvariantCulture, out var number) && number >= atLeast
            ? number
            : throw new ArgumentException($"{name} {value}: a number from {atLeast} is needed");
}
