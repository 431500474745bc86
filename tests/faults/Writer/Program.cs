using DurableSink.Faults;

// write DIR [options]     logs until SIGTERM; prints a line for each call, notice and total: the ledger
// reopen DIR [options]    recovers the log, reads it, and prints what it found
// messages DIR            provokes errors of use, and prints what is said of each
switch (args)
{
    case ["write", var directory, .. var options]:
        return Run.Write(directory, Settings.Parse(options));
    case ["reopen", var directory, .. var options]:
        return Run.Reopen(directory, Settings.Parse(options));
    case ["messages", var directory]:
        return Messages.Print(directory);
    default:
        Console.Error.WriteLine("usage: write DIR [--threads N] [--event-bytes N] [--pace-ms N] [--ask-every N] [--cancel-after-ms N]\n" +
                                "           [--door log|logger] [--set NAME=VALUE]...\n" +
                                "       reopen DIR [--set NAME=VALUE]...\n       messages DIR");
        return 2;
}
