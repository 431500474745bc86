using System.Text;

namespace DurableSink.Events;

/// <summary>
/// An exception as text: what its <c>ToString</c> says, unless it holds so many inner ones that this would take the stack or the
/// memory. The framework's own text is recursive, and repeats the text of each inner exception at every level.
/// </summary>
internal static class ExceptionText
{
    private const int MaxDepth = 100;
    private const int MaxCount = 256;
    private const int Shown = 40;
    private const int MaxWalk = 1_000_000; // InnerException cannot be made a cycle, except by reflection

    /// <summary>May throw what the exception's own members throw.</summary>
    public static string? Of(Exception exception) => IsOrdinary(exception) ? exception.ToString() : Shorten(exception);

    private static bool IsOrdinary(Exception exception)
    {
        if (exception.InnerException is null) return true;
        var count = 0;
        foreach (var (_, depth) in Walk(exception))
            if (++count > MaxCount || depth > MaxDepth)
                return false;
        return true;
    }

    /// <summary>The first ones, each with its message and stack, then the root cause.</summary>
    private static string Shorten(Exception exception)
    {
        var text = new StringBuilder();
        Exception last = exception;
        foreach (var (one, _) in Walk(exception).Take(Shown))
        {
            if (text.Length > 0) text.Append("\n ---> ");
            Append(text, one);
            last = one;
        }

        text.Append("\n ---> (… there are more inner exceptions than are shown)");
        var root = last;
        for (var i = 0; i < MaxWalk && root.InnerException is { } inner; i++) root = inner;
        if (root != last) Append(text.Append("\n ---> "), root);
        return text.ToString();
    }

    private static void Append(StringBuilder text, Exception exception)
    {
        text.Append(exception.GetType());
        if (exception is AggregateException aggregate) text.Append($" ({aggregate.InnerExceptions.Count} inner exceptions)"); // its message holds all of theirs
        else text.Append(": ").Append(exception.Message);
        if (exception.StackTrace is { Length: > 0 } stack) text.Append('\n').Append(stack);
    }

    /// <summary>The exception and all inner ones, outer before inner.</summary>
    private static IEnumerable<(Exception Exception, int Depth)> Walk(Exception exception)
    {
        var next = new Stack<(Exception Exception, int Depth)>();
        next.Push((exception, 0));
        while (next.TryPop(out var present))
        {
            yield return present;
            if (present.Exception is AggregateException aggregate)
            {
                for (var i = aggregate.InnerExceptions.Count - 1; i >= 0; i--) next.Push((aggregate.InnerExceptions[i], present.Depth + 1));
            }
            else if (present.Exception.InnerException is { } inner)
            {
                next.Push((inner, present.Depth + 1));
            }
        }
    }
}
