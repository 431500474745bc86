using DurableSink.Faults;

// write DIR LEDGER [options]     logs until SIGTERM; LEDGER gets a line for each call, notice and total
// reopen DIR LEDGER [options]    recovers the log, reads it, and says what it found
// messages DIR CASE...           provokes errors of use, and prints what is said of each
switch (args)
{
    case ["write", var directory, var ledger, .. var options]:
        return Run.Write(directory, ledger, Settings.Parse(options));
    case ["reopen", var directory, var ledger, .. var options]:
        return Run.Reopen(directory, ledger, Settings.Parse(options));
    case ["messages", var directory]:
        return Messages.Print(directory);
    default:
        Console.Error.WriteLine("usage: write DIR LEDGER [--threads N] [--event-bytes N] [--pace-ms N] [--ask-every N] [--cancel-after-ms N]\n" +
                                "           [--door log|logger] [--set NAME=VALUE]...\n" +
                                "       reopen DIR LEDGER [--set NAME=VALUE]...\n       messages DIR");
        return 2;
}
