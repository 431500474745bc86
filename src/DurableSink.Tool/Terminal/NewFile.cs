using DurableSink.Storage;

namespace DurableSink.Tooling.Terminal;

/// <summary>A file that was not there before, written from its start, and durable once it is finished; removed where it is not.</summary>
internal sealed class NewFile : Stream
{
    private const int Exists = 17;

    private readonly ILogDirectory _directory;
    private readonly ILogFile _file;
    private readonly string _name;
    private long _written;
    private bool _isFinished;

    /// <exception cref="ToolException">It is there.</exception>
    public NewFile(string path, Surroundings world)
    {
        var full = Path.GetFullPath(path);
        _name = Path.GetFileName(full);
        var settings = new DirectorySettings(DirectIOMode.Off, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, default);
        _directory = world.Storage.OpenDirectory(Path.GetDirectoryName(full)!, settings, create: false);
        try
        {
            _file = _directory.Create(_name, Access.Plain);
        }
        catch (DurableIOException e)
        {
            _directory.Dispose();
            if (e.Errno != Exists) throw;
            throw new ToolException($"'{path}' exists. Remove it, or choose another name.");
        }
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _written;

    public override long Position { get => _written; set => throw new NotSupportedException(); }

    /// <summary>On return all that was written is durable, and so is the name.</summary>
    public void Finish()
    {
        _file.FlushAll();
        _directory.Flush();
        _isFinished = true;
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _file.Write(_written, buffer);
        _written += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        // Finish makes it durable, all at once.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _file.Dispose();
        if (!_isFinished) _directory.Delete(_name);
        _directory.Dispose();
        base.Dispose(disposing);
    }
}
