namespace DurableSink.Tooling.Stats;

/// <summary>Events and bytes of one kind.</summary>
internal sealed class Tally(string name)
{
    public string Name => name;

    public long Events { get; private set; }

    public long Bytes { get; private set; }

    public void Add(Tally other) => (Events, Bytes) = (Events + other.Events, Bytes + other.Bytes);

    public void Add(int bytes)
    {
        Events++;
        Bytes += bytes;
    }
}
