using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace DurableSink.Events;

/// <summary>What <c>{@X}</c> asks for: System.Text.Json by the application's contracts, never by reflection of ours.</summary>
internal sealed class PropertyCapture
{
    private readonly JsonSerializerOptions? _json;
    private readonly Action<Type>? _unknownType;
    private int _reported;

    /// <param name="resolver">The application's contracts; without them a value is written as by <c>{X}</c>.</param>
    /// <param name="unknownType">Told once of a value that could not be serialised for want of a contract.</param>
    public PropertyCapture(IJsonTypeInfoResolver? resolver = null, Action<Type>? unknownType = null)
    {
        _unknownType = unknownType;
        if (resolver is null) return;
        _json = new JsonSerializerOptions { TypeInfoResolver = resolver, Encoder = JsonText.Relaxed };
        _json.MakeReadOnly();
    }

    /// <summary>The application's contract for a type; null where there is none.</summary>
    public JsonTypeInfo<T>? Contract<T>() =>
        _json is not null && _json.TryGetTypeInfo(typeof(T), out var contract) ? (JsonTypeInfo<T>)contract : null;

    public void WriteSerialized(EventLine line, object? value)
    {
        if (ClefValue.TryWriteScalar(line, value)) return;
        var type = value!.GetType();
        var start = line.Length;
        try
        {
            if (_json is not null && _json.TryGetTypeInfo(type, out var contract))
            {
                line.WriteJson((value, contract), static (json, x) => JsonSerializer.Serialize(json, x.value, x.contract));
                return;
            }
        }
        catch (Exception thrown)
        {
            line.Rewind(start);
            JsonText.WriteString(line, ClefValue.Describe(thrown));
            return;
        }

        if (_unknownType is not null && Interlocked.Exchange(ref _reported, 1) == 0) _unknownType(type);
        ClefValue.Write(line, value);
    }
}
