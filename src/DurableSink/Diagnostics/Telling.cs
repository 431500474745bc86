namespace DurableSink.Diagnostics;

/// <summary>
/// Which logs are telling something to code that is not ours, on this thread: a notice, a measurement. The thread may be the one that
/// commits, so what is called there must not wait for the same log: it would wait for itself.
/// </summary>
internal static class Telling
{
    private const int MaxNesting = 8;

    [ThreadStatic]
    private static List<object>? _logs;

    /// <summary>Who is told logs, that fails, which is told, and so on without end.</summary>
    public static bool IsEndless => _logs is { Count: >= MaxNesting };

    /// <summary>Whether this thread was called by the log, which is known by its options.</summary>
    public static bool IsBy(object log) => _logs is { Count: > 0 } logs && logs.Contains(log);

    /// <summary>Hands a notice to the options' listener, whose failure is not the log's.</summary>
    public static void Notify(DurableLogOptions options, DurableNotice notice)
    {
        if (options.OnNotice is not { } listener || IsEndless) return;
        Begin(options);
        try
        {
            listener(notice);
        }
        catch (Exception)
        {
            // As documented for OnNotice.
        }
        finally
        {
            End();
        }
    }

    public static void Begin(object log) => (_logs ??= []).Add(log);

    public static void End() => _logs!.RemoveAt(_logs.Count - 1);
}
