using System.IO.Hashing;
using DurableSink.Tooling.Reading;

namespace DurableSink.Tooling.Stats;

/// <summary>Tallies by a text of the events, found by its hash so that nothing is decoded twice. Their number is bounded; what comes
/// beyond counts as others.</summary>
internal sealed class Tallies
{
    private const int Most = 10_000;

    private readonly Dictionary<ulong, Tally> _byHash = [];
    private readonly Tally _none;
    private readonly Tally _others = new("(others)");

    /// <summary><paramref name="none"/> names the events that do not have the member.</summary>
    public Tallies(string none) => _none = new(none);

    /// <summary>Adds an event by one of its string members.</summary>
    public void Add(ClefEvent e, ReadOnlySpan<byte> member, int bytes)
    {
        var index = e.Find(member);
        if (index < 0)
        {
            _none.Add(bytes);
            return;
        }

        var hash = XxHash3.HashToUInt64(e.Raw(index));
        if (!_byHash.TryGetValue(hash, out var tally))
        {
            tally = _byHash.Count < Most ? _byHash[hash] = new(e.Value(index)) : _others;
        }

        tally.Add(bytes);
    }

    /// <summary>Those with the most events.</summary>
    public IEnumerable<Tally> Top(int count) => _byHash.Values.Append(_none).Append(_others).Where(t => t.Events > 0).OrderByDescending(t => t.Events).ThenBy(t => t.Name, StringComparer.Ordinal).Take(count);
}
