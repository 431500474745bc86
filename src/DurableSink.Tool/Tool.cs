using System.CommandLine;
using System.CommandLine.Invocation;
using DurableSink.Tooling.Commands;
using DurableSink.Tooling.Terminal;

namespace DurableSink.Tooling;

/// <summary>The command line: verbs, errors, exit codes.</summary>
internal static class Tool
{
    public const string Name = "durable-log";

    /// <summary>No response files: an argument may begin with an @, as CLEF's members do.</summary>
    private static readonly ParserConfiguration Parsing = new() { ResponseFileTokenReplacer = null };

    public static int Run(string[] args, Surroundings world)
    {
        var parsed = Parse(args, world, out var verbose);
        if (parsed.Action is ParseErrorAction)
        {
            foreach (var error in parsed.Errors) world.Error.WriteLine($"{Name}: {error.Message}");
            world.Error.WriteLine($"Try: {Name} {(parsed.CommandResult.Command is RootCommand ? "" : parsed.CommandResult.Command.Name + " ")}--help");
            return Exits.Usage;
        }

        using var output = new StreamWriter(world.Out, leaveOpen: true) { AutoFlush = true };
        try
        {
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = output, Error = world.Error });
        }
        catch (BrokenPipeException)
        {
            return Exits.BrokenPipe;
        }
        catch (OperationCanceledException)
        {
            return Exits.Interrupted;
        }
        catch (Exception e) when (e is ToolException or IOException or UnauthorizedAccessException)
        {
            world.Error.WriteLine($"{Name}: {(parsed.GetValue(verbose) ? e.ToString() : e.Message)}");
            return Exits.Failed;
        }
        catch (Exception e) // a fault of ours: said in a line too
        {
            world.Error.WriteLine(parsed.GetValue(verbose)
                ? $"{Name}: {e}"
                : $"{Name}: unexpected {e.GetType().Name}: {e.Message} Run it again with --verbose, and report what that says.");
            return Exits.Failed;
        }
    }

    /// <summary>What a command line means; nothing is done yet.</summary>
    internal static ParseResult Parse(string[] args, Surroundings world, out Option<bool> verbose)
    {
        verbose = new Option<bool>("--verbose") { Description = "Show where an error comes from", Recursive = true };
        return Root(world, verbose).Parse(args.Length == 0 ? ["--help"] : args, Parsing);
    }

    private static RootCommand Root(Surroundings world, Option<bool> verbose)
    {
        var root = new RootCommand("Shows, checks, follows, feeds and repairs logs of DurableSink. Reading is safe while a log is written; only write, recover, ship and buffers --remove change anything.")
        {
            verbose,
            LsCommand.Create(world),
            CatCommand.Create(world),
            TailCommand.Create(world),
            VerifyCommand.Create(world),
            StatsCommand.Create(world),
            WriteCommand.Create(world),
            RecoverCommand.Create(world),
            ExportCommand.Create(world),
            ShipCommand.Create(world),
            BuffersCommand.Create(world),
        };
        ExamplesHelp.Add(root);
        return root;
    }
}
