using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.Commit;

/// <summary>Holds the drive's calls that match, before they are made, until they are let go.</summary>
internal sealed class Hold : IDisposable
{
    private readonly SimulatedDrive _drive;
    private readonly Func<DriveCall, string, bool> _which;
    private readonly ManualResetEventSlim _entered = new();
    private readonly ManualResetEventSlim _released = new();

    public Hold(SimulatedDrive drive, Func<DriveCall, string, bool> which)
    {
        (_drive, _which) = (drive, which);
        drive.Called += OnCalled;
    }

    public Hold(SimulatedDrive drive, params DriveCall[] calls) : this(drive, (call, _) => calls.Contains(call)) { }

    /// <summary>Returns when a call is held.</summary>
    public void WaitEntered() => Assert.True(_entered.Wait(Soon.Deadline), "No call came to be held.");

    public void Release() => _released.Set();

    public void Dispose()
    {
        _drive.Called -= OnCalled;
        Release();
    }

    private void OnCalled(DriveCall call, string name, long offset, int length)
    {
        if (_released.IsSet || !_which(call, name)) return;
        _entered.Set();
        _released.Wait();
    }
}
