namespace DurableSink.Hosting;

/// <summary>Logging categories by their names.</summary>
internal static class CategoryNames
{
    /// <summary>Whether the category is the name or below it.</summary>
    public static bool IsWithin(string category, string name, StringComparison comparison = StringComparison.Ordinal) =>
        category.StartsWith(name, comparison) && (category.Length == name.Length || category[name.Length] == '.');

    /// <summary>Whether the framework logs there, which does not expect exceptions: one out of a log call kills timers, requests, stopping.</summary>
    public static bool IsFrameworks(string category, StringComparison comparison = StringComparison.Ordinal) =>
        IsWithin(category, "Microsoft", comparison) || IsWithin(category, "System", comparison);

    /// <summary>Whether it is the one of our own diagnostics, which are never written into the log that they are about.</summary>
    public static bool IsOurs(string category, StringComparison comparison = StringComparison.Ordinal) =>
        IsWithin(category, NoticeRelay.Category, comparison);

    /// <summary>Whether the category begins with one of the prefixes, letter case ignored.</summary>
    public static bool BeginsWithAny(string category, IEnumerable<string> prefixes)
    {
        foreach (var prefix in prefixes)
            if (category.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }
}
