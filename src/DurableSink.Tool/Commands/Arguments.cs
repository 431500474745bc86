using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using DurationText = DurableSink.Configuration.DurationText;

namespace DurableSink.Tooling.Commands;

/// <summary>Arguments and options that several verbs take, and how values are read.</summary>
internal static class Arguments
{
    private const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;

    private static readonly string[] TimeForms =
    [
        "yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK",
        "yyyy-MM-dd HH:mmK", "yyyy-MM-dd HH:mm:ssK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK",
    ];

    public static Argument<string> Directory() => new("DIR") { Description = "A log's directory: the one with the file LOG" };

    public static Argument<string[]> Places()
    {
        var places = new Argument<string[]>("DIR|FILE") { Description = "A log's directory, or segment files", Arity = ArgumentArity.OneOrMore };
        // Where several arguments may come, the parser takes an option that it does not know for one.
        places.Validators.Add(result =>
        {
            if (result.Tokens.FirstOrDefault(t => t.Value.StartsWith('-')) is { } option) result.AddError($"'{option.Value}' is no option here.");
        });
        return places;
    }

    /// <summary>An option whose text is read by <paramref name="parse"/>, which throws a <see cref="FormatException"/> that says what is allowed.</summary>
    public static Option<T> Option<T>(string name, string valueName, string description, Func<string, T> parse) => new(name)
    {
        Description = description,
        HelpName = valueName,
        CustomParser = result => Parse(result, name, parse),
    };

    public static Option<long?> Number(string name, string valueName, string description, long least) => Option<long?>(name, valueName, description, text =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least
            ? number
            : throw new FormatException($"Allowed: a whole number from {least} on"));

    public static Option<DateTimeOffset?> Time(string name, string description, TimeProvider clock) => Option<DateTimeOffset?>(name, "TIME", description, text =>
    {
        if (DurationText.TryParse(text, out var ago)) return clock.GetUtcNow() - ago;
        return DateTimeOffset.TryParseExact(text, TimeForms, CultureInfo.InvariantCulture, Utc, out var time)
            ? time
            : throw new FormatException("Allowed: a time such as 2026-11-20T08:00, 2026-11-20T08:00:01.5Z or 2026-11-20T09:00+01:00 (UTC where no offset is given), " +
                                        "or how long ago, such as 10m or 1.5h");
    });

    private static T? Parse<T>(ArgumentResult result, string name, Func<string, T> parse)
    {
        var text = result.Tokens[^1].Value;
        try
        {
            return parse(text);
        }
        catch (FormatException e)
        {
            result.AddError($"{name} is '{text}'. {e.Message}.");
            return default;
        }
    }
}
