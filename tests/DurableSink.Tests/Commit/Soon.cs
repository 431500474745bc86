using System.Runtime.CompilerServices;
using Xunit;

namespace DurableSink.Tests.Commit;

/// <summary>Waiting for a condition, with a deadline that only a hang reaches.</summary>
internal static class Soon
{
    public static TimeSpan Deadline { get; } = TimeSpan.FromSeconds(20);

    /// <summary>Long enough to see most wrong things happen; too short never fails a right program.</summary>
    public static TimeSpan Grace { get; } = TimeSpan.FromMilliseconds(30);

    public static void Is(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        Assert.True(SpinWait.SpinUntil(condition, Deadline), $"Not within {Deadline}: {what}");
    }

    /// <summary>The condition does not come true, as far as a grace period can tell.</summary>
    public static void IsNot(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        Assert.False(SpinWait.SpinUntil(condition, Grace), $"Came true: {what}");
    }

    /// <summary>Runs on a thread of its own.</summary>
    public static Task<T> Run<T>(Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                done.SetResult(work());
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        })
        { IsBackground = true, Name = "test" }.Start();
        return done.Task;
    }

    public static Task Run(Action work) => Run(() =>
    {
        work();
        return true;
    });

    /// <summary>The result, or its exception; a failure where it does not come.</summary>
    public static T Result<T>(Task<T> task)
    {
        Done((Task)task);
        return task.GetAwaiter().GetResult();
    }

    public static void Done(Task task)
    {
        Assert.True(task.IsCompleted || Task.WaitAny([task], Deadline) == 0, "Somebody waits for ever.");
        task.GetAwaiter().GetResult();
    }

    public static T Result<T>(ValueTask<T> task) => Result(task.AsTask());

    public static void Done(ValueTask task) => Done(task.AsTask());
}
