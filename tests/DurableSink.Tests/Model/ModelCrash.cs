using DurableSink.Tests.Storage;

namespace DurableSink.Tests.Model;

/// <summary>The end of a life: at a number of drive calls, what is on the drive then is what the next life finds, and every call of
/// the dying one fails from then on.</summary>
internal sealed class ModelCrash
{
    private readonly SimulatedDrive _drive;
    private readonly ModelWorld _world;
    private readonly ModelClock _clock;
    private readonly CutMode? _mode; // null for a crash of the process
    private readonly int _seed;
    private readonly Lock _lock = new();
    private long _callsLeft = long.MaxValue;

    public ModelCrash(SimulatedDrive drive, ModelWorld world, ModelClock clock, CutMode? mode, int seed)
    {
        (_drive, _world, _clock, _mode, _seed) = (drive, world, clock, mode, seed);
    }

    /// <summary>Lets it come at that call from now.</summary>
    public void After(long calls)
    {
        _callsLeft = calls;
        _drive.Called += OnCalled;
    }

    /// <summary>The drive for the next life, once the crash has happened.</summary>
    public SimulatedDrive? Left { get; private set; }

    /// <summary>While the model itself looks at the drive.</summary>
    public bool IsPaused { get; set; }

    public string? At { get; private set; }

    /// <summary>What was acknowledged before.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>What must be there: a crash of the process takes nothing that was accepted, a power cut nothing acknowledged.</summary>
    public long Accepted { get; private set; }

    public long AcknowledgedNow => Math.Max(_world.Acknowledged, Log?.DurableSequence ?? 0);

    /// <summary>Where the log tells how far it is durable: that counts too.</summary>
    public DurableLog? Log { get; set; }

    public SimulatedDrive Now(string what = "after the last action")
    {
        lock (_lock)
        {
            if (Left != null) return Left;
            Acknowledged = AcknowledgedNow; // first: the drive goes on meanwhile
            Accepted = _mode == null && _drive.HasSharedMemory ? Math.Max(Acknowledged, _world.Accepts) : Acknowledged;
            Left = _mode is { } mode ? _drive.PowerCut(mode, _seed) : Log?.Frozen(_drive.ProcessCrash) ?? _drive.ProcessCrash();
            At = what;
            _clock.Hurries = true; // in the middle of an opening too, which waits for its ShutdownTimeout then
            return Left;
        }
    }

    private void OnCalled(DriveCall call, string name, long offset, int length)
    {
        if (IsPaused && Left == null) return;
        if (Interlocked.Decrement(ref _callsLeft) > 0 && Left == null) return;
        Now($"before {call} '{name}' at {offset}, {length} bytes");
        throw SimulatedDrive.Error(SimulatedDrive.OperationOf(call), name, offset, Errno.EIO, "crashed");
    }
}
