using System.Text;
using DurableSink.Hosting;

namespace DurableSink.Tooling.Reading;

/// <summary>Which events are wanted: all that is asked for must hold.</summary>
internal sealed class EventFilter(int leastLevel, IReadOnlyList<string> categories, IReadOnlyList<(string Name, string Value)> properties)
{
    private readonly (byte[] Name, string Value)[] _properties = [.. properties.Select(p => (Encoding.UTF8.GetBytes(p.Name), p.Value))];
    private readonly ClefEvent _event = new();

    public bool IsNone => leastLevel <= 0 && categories.Count == 0 && _properties.Length == 0;

    /// <summary>A line that is no JSON matches nothing but the empty filter.</summary>
    public bool Matches(ReadOnlyMemory<byte> line)
    {
        if (IsNone) return true;
        if (!_event.TryRead(line)) return false;
        if (leastLevel > 0 && Levels.RankOf(_event) < leastLevel) return false;
        if (categories.Count > 0 && !CategoryNames.BeginsWithAny(_event.String("SourceContext"u8) ?? "", categories)) return false;
        foreach (var (name, value) in _properties)
        {
            var index = _event.Find(name);
            if (index < 0 || _event.Value(index) != value) return false;
        }

        return true;
    }
}
