using Microsoft.Extensions.Configuration;

namespace DurableSink.Configuration;

/// <summary>One option of a table: its name and all that binder, validator and comparison need to know of it.</summary>
internal abstract class Option<TOptions>(string name)
{
    public string Name => name;

    /// <summary>What is allowed, for people.</summary>
    public abstract string Allowed { get; }

    /// <summary>Sets it from configuration; the reason when that cannot be done.</summary>
    public abstract string? Bind(IConfigurationSection section, TOptions options);

    /// <summary>What is wrong with its present value; null when nothing is.</summary>
    public abstract string? Check(TOptions options);

    /// <summary>Its present value as it would be configured.</summary>
    public abstract string Show(TOptions options);
}

/// <summary>An option with one value, which may have limits.</summary>
internal sealed class Option<TOptions, T>(
    string name, ValueKind<T> kind, Func<TOptions, T> get, Action<TOptions, T> set, Limits<T>? limits = null) : Option<TOptions>(name)
{
    public override string Allowed => limits is null
        ? kind.Form
        : $"{kind.Show(limits.Least)} to {kind.Show(limits.Most)}, written as {kind.Form}";

    public override string? Bind(IConfigurationSection section, TOptions options)
    {
        if (section.GetChildren().Any()) return $"has keys below it, but takes one value. Allowed: {Allowed}.";
        if (section.Value is not { } text) return null; // JSON's null: not set
        if (!kind.TryParse(text.Trim(), out var value)) return $"is '{text}', which cannot be read. Allowed: {Allowed}.";
        if (limits?.Contains(value) == false) return $"is '{text}', which is out of range. Allowed: {Allowed}.";
        set(options, value);
        return null;
    }

    /// <summary>In code an enum can be a number without a name: what could not be read back is not valid.</summary>
    public override string? Check(TOptions options)
    {
        var value = get(options);
        if (value is null || (limits?.Contains(value) ?? kind.TryParse(kind.Show(value), out _))) return null;
        return $"{Name} is {kind.Show(value)}. Allowed: {Allowed}.";
    }

    public override string Show(TOptions options) => kind.Show(get(options));
}

/// <summary>An option that is a list: <c>Name:0</c>, <c>Name:1</c>, …</summary>
internal sealed class ListOption<TOptions>(
    string name, Func<TOptions, IList<string>> get, Action<TOptions, IList<string>> set) : Option<TOptions>(name)
{
    public override string Allowed => $"a list of texts ({Name}:0, {Name}:1, …; in JSON an array)";

    public override string? Bind(IConfigurationSection section, TOptions options)
    {
        var elements = section.GetChildren().Select(child => child.Value).ToList();
        if (elements.Count == 0 && section.Value is { Length: > 0 } text) return $"is '{text}', which is no list. Allowed: {Allowed}.";
        if (section.GetChildren().FirstOrDefault(child => child.GetChildren().Any()) is { } nested)
            return $"has keys below its element {nested.Key}, which takes one text.";
        if (elements.Any(string.IsNullOrWhiteSpace)) return $"has an empty element. Allowed: {Allowed}.";
        if (elements.Count > 0) set(options, elements!);
        return null;
    }

    public override string? Check(TOptions options) =>
        get(options) is { } list && !list.Any(string.IsNullOrWhiteSpace) ? null : $"{Name} has an empty element. Allowed: {Allowed}.";

    public override string Show(TOptions options) => string.Join(", ", get(options));
}

/// <summary>The least and greatest value allowed.</summary>
internal sealed record Limits<T>(T Least, T Most)
{
    /// <summary>No value, where an option may have none, is within every limit.</summary>
    public bool Contains(T value) => value is null ||
        (Comparer<T>.Default.Compare(value, Least) >= 0 && Comparer<T>.Default.Compare(value, Most) <= 0);
}
