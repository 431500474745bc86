using System.Runtime.InteropServices;
using Spectre.Console;

namespace DurableSink.Tooling.Terminal;

/// <summary>A bar with its rate on the standard error, where that is a terminal; else nothing is shown.</summary>
internal sealed class ProgressBar(Surroundings world)
{
    /// <summary>Runs work that says how many bytes there are, and then how many are done.</summary>
    public void Run(string what, Action<Action<long>, Action<long>> work)
    {
        if (!world.IsErrorTerminal)
        {
            work(_ => { }, _ => { });
            return;
        }

        // The bar hides the cursor; a program that ends here must not leave it so.
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => world.Error.Write("\e[?25h"));
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(world.Error),
            ColorSystem = world.NoColor ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
        });
        console.Progress().AutoClear(true).Columns(
            new TaskDescriptionColumn(), new Spectre.Console.ProgressBarColumn(), new PercentageColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
            .Start(progress =>
            {
                var task = progress.AddTask(what, maxValue: 1);
                work(total => task.MaxValue = Math.Max(total, 1), done => task.Increment(done));
            });
    }
}
