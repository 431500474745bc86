using System.Text;

namespace DurableSink.Events;

/// <summary>
/// The names of one event's properties, each without its capturing operator. Reused from event to event: a few names are compared
/// one by one, which beats hashing; many go into a set.
/// </summary>
internal sealed class PropertyNames
{
    private const int Few = 24;

    private readonly (string Key, int From)[] _few = new (string, int)[Few];
    private HashSet<string>? _many;
    private int _count;

    /// <summary>A property's name: never null, and with U+FFFD where half a surrogate pair stands, as it is written. Two names must not
    /// become the same one later.</summary>
    public static string Of(string? key)
    {
        if (key is null) return "";
        return key.AsSpan().ContainsAnyInRange('\ud800', '\udfff') ? Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(key)) : key;
    }

    /// <summary>Adds the name that begins at <paramref name="from"/> in <paramref name="key"/>; false when it is there already.</summary>
    public bool Add(string key, int from = 0)
    {
        if (_count > Few) return _many!.Add(key[from..]);
        var name = key.AsSpan(from);
        foreach (ref readonly var known in _few.AsSpan(0, _count))
            if (name.SequenceEqual(known.Key.AsSpan(known.From)))
                return false;
        if (_count == Few) MoveToSet(key[from..]);
        else _few[_count] = (key, from);
        _count++;
        return true;
    }

    /// <summary>Adds the names to others that are empty.</summary>
    public void CopyTo(PropertyNames others)
    {
        if (_many is not null) others._many = new(_many, StringComparer.Ordinal);
        _few.AsSpan(0, Math.Min(_count, Few)).CopyTo(others._few);
        others._count = _count;
    }

    public void Clear()
    {
        _few.AsSpan(0, Math.Min(_count, Few)).Clear();
        _many = null;
        _count = 0;
    }

    private void MoveToSet(string name)
    {
        _many = new HashSet<string>(StringComparer.Ordinal) { name };
        foreach (var (key, from) in _few) _many.Add(key[from..]);
    }
}
