using System.Text;
using DurableSink.Segments;

namespace DurableSink.Tests.Model;

/// <summary>An event under a key: the same whenever it is tried.</summary>
internal sealed class ModelKeyedEvent(int key, long content)
{
    private const int Largest = 15_000; // a few of these make a segment

    public Task<EventPlace> Append(DurableLog log)
    {
        var filling = key % 5 == 0 ? Largest - key : key * 37;
        var body = Encoding.ASCII.GetBytes($$"""{"@t":"2026-11-20T08:00:01.1234567Z","IdempotencyKey":"key {{key}}","@mt":"{N}","N":{{content}},"Filling":"{{new string('x', filling)}}"}""");
        return log.AppendKeyed($"key {key}", KeyedLine.ContentOf(body), Timestamps.FromTicks(Timestamps.TicksOfLine(body)), body.AsSpan()[..^1]).Durable;
    }
}
