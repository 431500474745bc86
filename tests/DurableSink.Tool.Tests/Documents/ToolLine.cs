using System.CommandLine;
using DurableSink.Tooling;
using DurableSink.Tooling.Commands;

namespace DurableSink.Tests.Tooling.Documents;

/// <summary>What the tool's own command line says of arguments, without doing what they ask.</summary>
internal static class ToolLine
{
    private static readonly Surroundings World = new() { In = Stream.Null, Out = Stream.Null, Error = TextWriter.Null };

    public static IReadOnlyList<Verb> Verbs { get; } = [.. Root().Subcommands.Cast<Verb>()];

    /// <summary>Empty where the tool would begin to work.</summary>
    public static string Faults(string[] args) => string.Join('\n', Tool.Parse(args, World, out _).Errors.Select(error => error.Message));

    /// <summary>The words that are no verb, or no option of it; other arguments may be missing, or stand for something.</summary>
    public static string Unknown(string[] args)
    {
        if (Verbs.FirstOrDefault(known => known.Name == args[0]) is not { } verb) return args[0];
        var own = verb.Options.Concat(Root().Options.Where(option => option.Recursive));
        var options = own.SelectMany(option => option.Aliases.Append(option.Name)).ToHashSet();
        return string.Join(' ', args.Skip(1).Where(word => word.StartsWith('-') && !options.Contains(word)));
    }

    private static RootCommand Root() => (RootCommand)Tool.Parse([], World, out _).RootCommandResult.Command;
}
