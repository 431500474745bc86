namespace DurableSink.Tooling;

/// <summary>Exit codes. What 1 and 2 mean is said by the verb that returns them (docs/TOOL.md).</summary>
internal static class Exits
{
    public const int Done = 0;

    /// <summary>verify: a torn tail only. write: all is durable, but some lines were shortened.</summary>
    public const int Blemished = 1;

    /// <summary>verify, recover: damaged or incomplete.</summary>
    public const int Damaged = 2;

    /// <summary>It could not be done; the standard error says why.</summary>
    public const int Failed = 3;

    /// <summary>The command line is wrong (EX_USAGE).</summary>
    public const int Usage = 64;

    /// <summary>As a shell reports a program that Ctrl-C ended.</summary>
    public const int Interrupted = 130;

    /// <summary>As a shell reports a program whose reader has gone (SIGPIPE).</summary>
    public const int BrokenPipe = 141;

    /// <summary>As a shell reports a program that SIGTERM ended.</summary>
    public const int Terminated = 143;
}
