namespace DurableSink.Tests.AspNetCore;

/// <summary>Code that does not wait for what it writes.</summary>
internal static class Careless
{
    public static Task Drop(IAuditLog audit, string template = "Ordered", params object?[] args)
    {
#pragma warning disable CA2012 // the point
        _ = audit.WriteAsync(template, args, default);
#pragma warning restore CA2012
        return Task.CompletedTask;
    }

    /// <summary>Code that thinks it may answer all the same.</summary>
    public static async Task Caught(Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (Exception told) when (told is DurableLogException or AggregateException or OperationCanceledException)
        {
        }
    }
}
