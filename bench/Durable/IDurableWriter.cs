namespace DurableSink.Bench.Durable;

/// <summary>Something that makes events durable one by one. Used by many producers at once.</summary>
internal interface IDurableWriter : IDisposable
{
    /// <summary>Flushes of the drive so far, as it or its wrapper counts them; null where nothing does.</summary>
    long? Flushes { get; }
}

/// <summary>Returns when the event is durable.</summary>
internal interface IBlockingWriter : IDurableWriter
{
    void Write(long n);
}

/// <summary>Completes when the event is durable, with a number that nobody needs: so that each contender's own task is what the producer
/// awaits, and none has a second one around it.</summary>
internal interface IAwaitableWriter : IDurableWriter
{
    ValueTask<long> WriteAsync(long n);
}
