namespace DurableSink;

/// <summary>STUB of the contract; the engine replaces it.</summary>
public sealed class DurableLog : IDisposable, IAsyncDisposable
{
    /// <summary>Opens.</summary>
    public static DurableLog Open(DurableLogOptions options) => throw new NotSupportedException(options.Directory);

    /// <summary>Full path of the directory in use (an instance's own one where <see cref="LockedMode.Instance"/> chose it).</summary>
    public string Directory { get; } = "";

    /// <summary>The log's name.</summary>
    public string LogName { get; } = "";

    /// <summary>The log's random 128-bit id, 32 hexadecimal digits.</summary>
    public string LogId { get; } = "";

    /// <summary>Whether segments bypass the page cache (D10).</summary>
    public bool IsDirectIO { get; }

    /// <summary>Highest sequence number accepted so far.</summary>
    public long LastSequence { get; }

    /// <summary>Highest sequence number known durable: all events up to it are.</summary>
    public long DurableSequence { get; }

    /// <summary>What opening found and did.</summary>
    public RecoveryReport RecoveryReport { get; } = null!;

    /// <summary>Returns at acceptance or durability by policy.</summary>
    public long Append(in DurableEvent e) => throw new NotSupportedException();

    /// <summary>Completes when durable.</summary>
    public ValueTask<long> AppendAsync(in DurableEvent e, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Returns when all events accepted before are durable.</summary>
    public void Flush() => throw new NotSupportedException();

    /// <summary>Completes when all events accepted before are durable.</summary>
    public ValueTask FlushAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Seals the present segment; completes when its sealed name is durable.</summary>
    public ValueTask SealAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Drains, seals, closes.</summary>
    public void Dispose() { }

    /// <summary>Drains, seals, closes.</summary>
    public ValueTask DisposeAsync() => default;

    // ---- for the doors (Logging, Audit, Serilog)

    /// <summary>Longest line body that <see cref="AppendLine"/> takes: MaxEventBytes less the longest trailer.</summary>
    internal int MaxBodyBytes { get; }

    /// <summary>
    /// Appends one line: <paramref name="body"/> is a JSON object without its closing brace and newline; the engine adds the trailer.
    /// waitDurable: returns when durable. told: failures are thrown; otherwise counted and reported once, and the method never throws
    /// (0 is returned for an event that was dropped).
    /// </summary>
    internal long AppendLine(ReadOnlySpan<byte> body, bool waitDurable, bool told) => throw new NotSupportedException();

    internal DurableLogOptions Options { get; } = new();

    /// <summary>Raises a notice (never recurses into the log).</summary>
    internal void Notify(DurableNotice notice) => Options.OnNotice?.Invoke(notice);
}
