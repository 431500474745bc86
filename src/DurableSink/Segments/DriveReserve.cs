using DurableSink.Storage;

namespace DurableSink.Segments;

/// <summary>
/// Room that is kept for the moment the drive is full, so that the last events still become durable, and segments can be sealed.
/// It is a spare by its name: one that a crash leaves is deleted by the next opening. Used under the lock of its owner.
/// </summary>
internal sealed class DriveReserve(ILogDirectory directory, DriveGate gate, string logName)
{
    public const long Bytes = 4 << 20;
    private const int Abundance = 4; // a drive that is nearly full needs its room for events, not for a reserve

    private ILogFile? _file;
    private string _name = "";

    /// <summary>Takes the reserve where there is none, the file system can keep room, and has plenty. Errors are none: it is not needed yet.</summary>
    public void Take()
    {
        if (_file != null) return;
        try
        {
            if (directory.FreeBytes < Abundance * Bytes) return;
            _name = SegmentName.NewSpare(logName);
            _file = directory.Create(_name, Access.Plain);
            if (!_file.TryReserve(0, Bytes)) Drop();
        }
        catch (DurableIOException)
        {
            Drop();
        }
    }

    /// <summary>Gives the room back to the drive. False where there is no reserve.</summary>
    public bool Release()
    {
        if (_file is not { } file) return false;
        _file = null;
        file.Dispose();
        gate.Run(file.Path, () =>
        {
            directory.Delete(_name);
            directory.Flush(); // many file systems give blocks out again only when their removal is durable
        });
        return true;
    }

    /// <summary>Removes it, in the end.</summary>
    public void Drop()
    {
        if (_file is not { } file) return;
        _file = null;
        file.Dispose();
        try
        {
            directory.Delete(_name);
        }
        catch (DurableIOException)
        {
            // The next opening deletes it.
        }
    }
}
