namespace SegmentShipper.Shipping;

/// <summary>What became of one pass over a directory. Counted by several uploads at a time.</summary>
internal sealed class Pass
{
    private int _failed;
    private int _succeeded;
    private int _failedInARow;

    /// <summary>Segments wait that had no turn in it.</summary>
    public bool HasMore { get; set; }

    public int Failed => Volatile.Read(ref _failed);

    public int FailedInARow => Volatile.Read(ref _failedInARow);

    /// <summary>Something failed and nothing succeeded: what comes next would not fare better, and waits.</summary>
    public bool IsVain => Failed > 0 && Volatile.Read(ref _succeeded) == 0;

    public void Succeed()
    {
        Interlocked.Increment(ref _succeeded);
        Volatile.Write(ref _failedInARow, 0);
    }

    public void Fail()
    {
        Interlocked.Increment(ref _failed);
        Interlocked.Increment(ref _failedInARow);
    }
}
