using DurableSink.Events;

namespace DurableSink.Hosting;

/// <summary>
/// A thread's reused working space for one log call: what the call's state and the open scopes hold, each read exactly once (a
/// state's indexer may box). The only code that is generic over the state is <see cref="Read"/>, which keeps a struct unboxed.
/// </summary>
internal sealed class LogCall
{
    internal const string OriginalFormat = "{OriginalFormat}";

    /// <summary>A property's <c>ToString</c> may log, and so may that event's property. Deeper than this it is a loop.</summary>
    private const int MaxNesting = 8;

    /// <summary>As many as a collection has elements: a state or scope may be endless, or claim to be (D9).</summary>
    internal const int MaxProperties = ClefCollection.MaxElements;

    [ThreadStatic]
    private static LogCall? _free;

    [ThreadStatic]
    private static int _nesting;

    private KeyValuePair<string, object?>[] _properties = new KeyValuePair<string, object?>[16];
    private object?[] _scopes = new object?[8];
    private int _propertyCount;
    private int _scopeCount;

    public string? Template { get; private set; }

    /// <summary>The call's own properties.</summary>
    public ReadOnlySpan<KeyValuePair<string, object?>> Properties => _properties.AsSpan(0, _propertyCount);

    /// <summary>The states of the open scopes, the outermost first.</summary>
    public ReadOnlySpan<object?> Scopes => _scopes.AsSpan(0, _scopeCount);

    /// <summary>Null where log calls nest without end.</summary>
    public static LogCall? Rent()
    {
        if (_nesting == MaxNesting) return null;
        _nesting++;
        var call = _free ?? new LogCall();
        _free = null;
        return call;
    }

    public static void Return(LogCall call)
    {
        _nesting--;
        call._properties.AsSpan(0, call._propertyCount).Clear(); // the caller's objects are not to be kept alive
        call._scopes.AsSpan(0, call._scopeCount).Clear();
        call._propertyCount = 0;
        call._scopeCount = 0;
        call.Template = null;
        _free = call;
    }

    /// <summary>Reads names and values out of a structured state; of another one nothing.</summary>
    public void Read<TState>(TState state)
    {
        try
        {
            // Each cast is its own: the compiled code for a struct calls the struct's methods directly, and boxes nothing.
            if (state is IReadOnlyList<KeyValuePair<string, object?>>)
            {
                var count = ((IReadOnlyList<KeyValuePair<string, object?>>)state).Count;
                for (var i = 0; i < Math.Min(count, MaxProperties); i++) Add(((IReadOnlyList<KeyValuePair<string, object?>>)state)[i]);
                if (count > MaxProperties) Add(LeftOut($"… {count - MaxProperties} more"));
            }
            else if (state is IEnumerable<KeyValuePair<string, object?>> properties)
            {
                var count = 0;
                foreach (var property in properties)
                {
                    if (count++ == MaxProperties)
                    {
                        Add(LeftOut("… more"));
                        break;
                    }

                    Add(property);
                }
            }
        }
        catch (Exception thrown)
        {
            Add(new("State", ClefValue.Describe(thrown)));
        }
    }

    /// <summary>Stands for the properties beyond the bound.</summary>
    public static KeyValuePair<string, object?> LeftOut(string howMany) => new("…", howMany);

    public void AddScope(object? state)
    {
        if (state is null) return;
        if (_scopeCount == _scopes.Length) Array.Resize(ref _scopes, _scopes.Length * 2);
        _scopes[_scopeCount++] = state;
    }

    private void Add(KeyValuePair<string, object?> property)
    {
        if (property is { Key: OriginalFormat, Value: string template })
        {
            Template = template;
            return;
        }

        if (_propertyCount == _properties.Length) Array.Resize(ref _properties, _properties.Length * 2);
        _properties[_propertyCount++] = property;
    }
}
