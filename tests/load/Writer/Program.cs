using DurableSink.Load;

// write DIR [options]     logs, says so, waits for the end of its input, closes; a JSON line for each step
// read DIR                what the log's own reader finds
switch (args)
{
    case ["write", var directory, .. var options]:
        Run.Write(directory, Settings.Parse(options));
        return 0;
    case ["read", var directory]:
        Run.Read(directory);
        return 0;
    default:
        Console.Error.WriteLine("usage: write DIR [--threads N] [--events N] [--text-bytes N] [--interval-ms N] [--door log|logger] [--set NAME=VALUE]...\n" +
                                "       read DIR");
        return 2;
}
