using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace DurableSink.Tooling.Commands;

/// <summary>The usual help, and after it a verb's examples.</summary>
internal sealed class ExamplesHelp(HelpAction usual) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public static void Add(RootCommand root)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new ExamplesHelp((HelpAction)help.Action!);
    }

    public override int Invoke(ParseResult parseResult)
    {
        var result = usual.Invoke(parseResult);
        if (parseResult.CommandResult.Command is not Verb { Examples.Count: > 0 } verb) return result;
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (var (line, what) in verb.Examples)
        {
            output.WriteLine($"  # {what}");
            output.WriteLine($"  {line}");
        }

        output.WriteLine();
        return result;
    }
}
