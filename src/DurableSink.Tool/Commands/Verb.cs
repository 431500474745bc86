using System.CommandLine;

namespace DurableSink.Tooling.Commands;

/// <summary>A verb with examples for its help: what is typed, and what for.</summary>
internal sealed class Verb(string name, string description, params (string Line, string For)[] examples) : Command(name, description)
{
    public IReadOnlyList<(string Line, string For)> Examples => examples;
}
