using System.Runtime.InteropServices;

namespace DurableSink.Tooling.Terminal;

/// <summary>Ctrl-C, SIGTERM and SIGHUP as a token, for verbs that have something to finish. The others simply end.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly PosixSignalRegistration[] _signals;
    private int _exit = Exits.Interrupted;

    public Interruption(Surroundings world)
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(world.Stop);
        _signals = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(s => PosixSignalRegistration.Create(s, On))];
    }

    public CancellationToken Token => _source.Token;

    public bool IsRequested => _source.IsCancellationRequested;

    /// <summary>What the program returns then.</summary>
    public int Exit => _exit;

    public void Dispose()
    {
        foreach (var signal in _signals) signal.Dispose();
        _source.Dispose();
    }

    private void On(PosixSignalContext context)
    {
        context.Cancel = true; // the runtime is not to end the process: we do, when all is finished
        if (context.Signal == PosixSignal.SIGTERM) _exit = Exits.Terminated;
        _source.Cancel();
    }
}
