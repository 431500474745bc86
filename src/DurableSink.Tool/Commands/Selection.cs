using System.CommandLine;
using DurableSink.Tooling.Reading;

namespace DurableSink.Tooling.Commands;

/// <summary>The options that choose events.</summary>
internal sealed class Selection
{
    private readonly Option<DateTimeOffset?> _since;
    private readonly Option<DateTimeOffset?> _until;
    private readonly Option<long?> _first = Arguments.Number("--from-seq", "N", "From this sequence number on", least: 1);
    private readonly Option<long?> _last = Arguments.Number("--to-seq", "N", "Up to this sequence number", least: 1);

    private readonly Option<int> _level = Arguments.Option("--level", "LEVEL", "This level or worse: " + Levels.Allowed, text =>
        Levels.Rank(text) is >= 0 and var rank ? rank : throw new FormatException($"Allowed: {Levels.Allowed}"));

    private readonly Option<string[]> _category = new("--category")
    {
        Description = "SourceContext is, or begins with, this: Shop.Orders takes Shop.Orders.Pay too. May be given several times; one must hold",
        HelpName = "NAME",
    };

    private readonly Option<string[]> _property = new("--property")
    {
        Description = "A member of the line equals this, @tr and @sp included. May be given several times; all must hold. More than that is jq's and DuckDB's work: see the examples",
        HelpName = "NAME=VALUE",
    };

    public Selection(TimeProvider clock)
    {
        _since = Arguments.Time("--since", "From this time on (UTC), or from so long ago on, such as 10m. Order is by number: clocks step", clock);
        _until = Arguments.Time("--until", "Up to this time", clock);
        _property.Validators.Add(result =>
        {
            if (result.Tokens.FirstOrDefault(t => t.Value.IndexOf('=') < 1) is { } wrong)
                result.AddError($"--property is '{wrong.Value}'. Allowed: NAME=VALUE, such as UserId=42.");
        });
    }

    public void AddRange(Command command)
    {
        command.Add(_since);
        command.Add(_until);
        command.Add(_first);
        command.Add(_last);
    }

    public void AddFilter(Command command)
    {
        command.Add(_level);
        command.Add(_category);
        command.Add(_property);
    }

    public EventRange Range(ParseResult parsed) => new(
        parsed.GetValue(_first) ?? EventRange.All.First, parsed.GetValue(_last) ?? EventRange.All.Last,
        parsed.GetValue(_since) ?? EventRange.All.Since, parsed.GetValue(_until) ?? EventRange.All.Until);

    public EventFilter Filter(ParseResult parsed) => new(parsed.GetValue(_level), parsed.GetValue(_category) ?? [],
        [.. (parsed.GetValue(_property) ?? []).Select(p => p.Split('=', 2)).Select(p => (p[0], p[1]))]);
}
