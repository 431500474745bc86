using System.Globalization;
using DurableSink.Bench.Running;

namespace DurableSink.Bench.Recovery;

/// <summary>Starts the processes that make, open and read logs.</summary>
internal static class RecoveryRig
{
    /// <summary>Leaves one active segment of some length, as a process does that is killed.</summary>
    public static void LeaveActive(string folder, long bytes)
    {
        using var maker = Child.Start(RecoveryChild.MakeActive, folder, bytes.ToString(CultureInfo.InvariantCulture));
        var said = maker.StandardOutput.ReadLine();
        if (said == "ready") maker.Kill(); // SIGKILL
        maker.WaitForExit();
        if (said != "ready") throw new InvalidOperationException("The process that was to be killed ended by itself.");
    }

    /// <summary>Leaves sealed segments and a clean close.</summary>
    public static void LeaveSealed(string folder, int segments)
    {
        using var maker = Child.Start(RecoveryChild.MakeSealed, folder, segments.ToString(CultureInfo.InvariantCulture));
        Child.Finish(maker);
    }

    /// <summary>What one of <see cref="RecoveryChild"/>'s commands answers.</summary>
    public static double[] Ask(string command, string folder)
    {
        using var child = Child.Start(command, folder);
        return [.. Child.Finish(child).Split(' ').Select(v => double.Parse(v, CultureInfo.InvariantCulture))];
    }
}
