namespace DurableSink;

/// <summary>Options of <c>UseDurableAudit</c>. They are read when the application is built; changing them later has no effect.</summary>
public sealed class DurableAuditAnswerOptions
{
    internal const int LeastBytes = 1 << 10;
    internal const int MostBytes = 64 << 20;

    /// <summary>
    /// How much of a request's answer is held in memory, in bytes; default 64 KiB, from 1 KiB to 64 MiB. An answer that fits is sent whole
    /// or not at all. Of a longer one the first part leaves earlier, after the audit events written by then; where a later one
    /// cannot be made durable, the connection is aborted. Memory is taken as an answer grows, and pooled.
    /// </summary>
    public int BufferBytes { get; set; } = 64 << 10;
}
