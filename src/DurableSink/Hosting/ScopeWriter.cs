using DurableSink.Events;

namespace DurableSink.Hosting;

/// <summary>
/// The open scopes, as Serilog's bridge writes them: names and values become properties (the event's own win, then the inner scope's),
/// all other states and the texts of formatted ones stand in the array <c>Scope</c>, the outermost first.
/// </summary>
internal static class ScopeWriter
{
    private const string ScopeName = "Scope";

    public static void Write(EventLine line, ReadOnlySpan<object?> scopes, PropertyCapture capture)
    {
        var hasItems = false;
        for (var i = scopes.Length - 1; i >= 0; i--) hasItems |= WriteProperties(line, scopes[i]!, capture);
        if (!hasItems || line.IsFull || !line.Names.Add(ScopeName)) return;

        JsonText.WriteName(line, ScopeName);
        var separator = (byte)'[';
        foreach (var scope in scopes)
        {
            if (IsNamed(scope) && !IsFormatted(scope)) continue;
            line.Write(separator);
            separator = (byte)',';
            ClefValue.Write(line, IsNamed(scope) ? ClefValue.TextOf(scope) : scope);
        }

        line.Write((byte)']');
    }

    public static void WriteFailure(EventLine line, Exception thrown, PropertyCapture capture) =>
        ClefWriter.WriteIfAbsent(line, "ScopeFailure", ClefValue.Describe(thrown), capture);

    /// <summary>Writes the scope's properties; true when it has an item for the array too.</summary>
    private static bool WriteProperties(EventLine line, object scope, PropertyCapture capture)
    {
        try
        {
            switch (scope)
            {
                case IReadOnlyList<KeyValuePair<string, object?>> list: // by index: an enumerator would be allocated
                    var count = list.Count;
                    for (var i = 0; i < Math.Min(count, LogCall.MaxProperties); i++) WriteProperty(line, list[i], capture);
                    if (count > LogCall.MaxProperties) WriteProperty(line, LogCall.LeftOut($"… {count - LogCall.MaxProperties} more"), capture);
                    break;
                case Dictionary<string, object?> dictionary:
                    foreach (var property in dictionary) WriteProperty(line, property, capture); // a real one is as long as it is
                    break;
                case IEnumerable<KeyValuePair<string, object?>> properties:
                    WriteEach(line, properties, capture);
                    break;
                case ValueTuple<string, object?> pair:
                    WriteProperty(line, new(pair.Item1, pair.Item2), capture);
                    break;
                default:
                    return true;
            }
        }
        catch (Exception thrown)
        {
            WriteFailure(line, thrown, capture);
            return false;
        }

        return IsFormatted(scope);
    }

    private static void WriteEach(EventLine line, IEnumerable<KeyValuePair<string, object?>> properties, PropertyCapture capture)
    {
        var read = 0;
        foreach (var property in properties)
        {
            if (read++ == LogCall.MaxProperties)
            {
                WriteProperty(line, LogCall.LeftOut("… more"), capture);
                return;
            }

            WriteProperty(line, property, capture);
        }
    }

    private static void WriteProperty(EventLine line, KeyValuePair<string, object?> property, PropertyCapture capture)
    {
        if (property.Key == LogCall.OriginalFormat && property.Value is string) return;
        ClefWriter.WriteIfAbsent(line, property.Key, property.Value, capture);
    }

    private static bool IsNamed(object? scope) =>
        scope is IEnumerable<KeyValuePair<string, object?>> or ValueTuple<string, object?>;

    /// <summary>A scope from a message template: the framework puts the template last.</summary>
    private static bool IsFormatted(object? scope)
    {
        try
        {
            return scope is IReadOnlyList<KeyValuePair<string, object?>> { Count: > 0 } list && list[^1].Key == LogCall.OriginalFormat;
        }
        catch (Exception)
        {
            return false; // its failure is told where its properties are written
        }
    }
}
