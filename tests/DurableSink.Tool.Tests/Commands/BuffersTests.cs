using System.Runtime.Versioning;
using DurableSink.Storage;
using DurableSink.Tooling;
using Xunit;

namespace DurableSink.Tests.Tooling.Commands;

/// <summary>What killed processes left in memory: shown for what it is, and removed only where nothing is lost by it, or where that is said.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class BuffersTests : ToolTest, IDisposable
{
    private const UnixFileMode OfBuffers = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly TempDirectory _memory;

    public BuffersTests()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("buffers outlive their process on Linux only");
        _memory = new("/dev/shm");
    }

    void IDisposable.Dispose()
    {
        _memory.Dispose();
        Dispose();
    }

    [Fact]
    public void Where_none_is_left_that_is_said()
    {
        var ran = Buffers();
        Assert.Equal((0, $"No buffers in {_memory.Path}.\n", ""), (ran.Exit, ran.Out, ran.Error));
    }

    [Fact]
    public void One_of_an_open_log_is_in_use_and_is_never_removed()
    {
        using var log = Open();
        log.Append(DurableEvent.Create("m"));
        var ran = Buffers("--remove", "--abandon");
        Assert.Equal((0, ""), (ran.Exit, ran.Error));
        Assert.Matches($@"\nin-use +- +\d+ +\S+Z +durablesink-{log.LogId}-[0-9a-f]{{8}} +{Dir}\n", ran.Out);
        Assert.Single(Files());
    }

    [Fact]
    public void One_that_is_held_is_in_use_where_its_log_is_gone_too()
    {
        using var log = Open();
        log.Append(DurableEvent.Create("m"));
        Directory.Delete(Dir, recursive: true);
        Assert.Contains("\nin-use ", Buffers("--remove", "--abandon").Out);
        Assert.Single(Files());
    }

    [Fact]
    public void One_that_the_next_opening_restores_is_left_for_it()
    {
        LeaveKilled(durable: 5, accepted: 7);
        var ran = Buffers("--remove");
        Assert.Equal((Exits.Damaged, ""), (ran.Exit, ran.Error));
        Assert.Matches(@"\nrestorable +7 ", ran.Out);
        Assert.Contains("restorable: the next opening of the log makes its events durable", ran.Out);
        using (var log = Open()) Assert.Equal((7, 12), (log.RecoveryReport.Restored, log.RecoveryReport.LastSequence));
        Assert.Empty(Files());
    }

    [Fact]
    public void One_that_the_next_opening_restores_is_removed_where_that_is_said()
    {
        LeaveKilled(durable: 5, accepted: 7);
        var ran = Buffers("--remove", "--abandon");
        Assert.Equal((0, ""), (ran.Exit, ran.Error));
        Assert.Matches(@"\nremoved +7 ", ran.Out);
        Assert.Matches(@"\nremoved 1 buffer, [\d.]+ MiB, with 7 events that no log holds\n", ran.Out);
        Assert.Empty(Files());
        using var log = Open();
        Assert.Equal((0, 5), (log.RecoveryReport.Restored, log.RecoveryReport.LastSequence));
    }

    [Fact]
    public void One_whose_log_holds_all_of_it_is_removed()
    {
        LeaveKilled(durable: 5, accepted: 0);
        var shown = Buffers();
        Assert.Equal(Exits.Damaged, shown.Exit);
        Assert.Matches(@"\nneedless +0 ", shown.Out);
        Assert.Single(Files());
        var ran = Buffers("--remove");
        Assert.Equal(0, ran.Exit);
        Assert.Matches(@"\nremoved +0 ", ran.Out);
        Assert.Empty(Files());
    }

    [Fact]
    public void One_of_a_log_that_is_gone_is_removed_where_it_holds_no_events()
    {
        LeaveKilled(durable: 5, accepted: 0);
        Directory.Delete(Dir, recursive: true);
        Assert.Matches(@"\norphaned +0 ", Buffers().Out);
        Assert.Equal(0, Buffers("--remove").Exit);
        Assert.Empty(Files());
    }

    [Fact]
    public void One_of_a_log_that_is_gone_keeps_its_events_until_they_are_abandoned()
    {
        LeaveKilled(durable: 5, accepted: 7);
        Directory.Move(Dir, Temp["moved"]);
        var ran = Buffers("--remove");
        Assert.Equal(Exits.Damaged, ran.Exit);
        Assert.Matches($@"\norphaned +7 .* {Dir}\n", ran.Out);
        using (var moved = Open("moved")) Assert.Equal(7, moved.RecoveryReport.Restored); // as it says: opened where it is
        Assert.Empty(Files());
    }

    [Fact]
    public void A_copy_in_the_place_of_the_log_is_another_one()
    {
        LeaveKilled(durable: 5, accepted: 7);
        Directory.Move(Dir, Temp["moved"]);
        Directory.CreateDirectory(Dir);
        foreach (var file in Directory.GetFiles(Temp["moved"])) File.Copy(file, Path.Combine(Dir, Path.GetFileName(file)));
        Assert.Matches(@"\norphaned +7 ", Buffers("--remove").Out);
        Assert.Single(Files());
    }

    [Fact]
    public void Events_that_do_not_follow_the_log_are_refused_as_the_next_opening_does()
    {
        LeaveKilled(durable: 5, accepted: 7);
        var kept = File.ReadAllBytes(Files().Single());
        var name = Files().Single();
        using (var log = Open(buffers: "none")) log.Append(DurableEvent.Create("another event 6"));
        File.WriteAllBytes(name, kept); // an opening without buffers retires them too
        File.SetUnixFileMode(name, OfBuffers);
        var ran = Buffers("--remove");
        Assert.Matches(@"\nrefused +\d+ ", ran.Out);
        Assert.Single(Files());
        using (Open()) { }
        Assert.Empty(Files());
        Assert.Contains(_notices, notice => notice.Name == "BufferRefused");
    }

    [Fact]
    public void Other_files_are_no_buffers()
    {
        File.WriteAllText(_memory["durablesink-notes"], "mine");
        File.WriteAllText(_memory["durablesink-0-1"], "too short");
        Assert.StartsWith("No buffers", Buffers("--remove", "--abandon").Out, StringComparison.Ordinal);
        Assert.Equal(2, Files().Length);
    }

    [Fact]
    public void To_abandon_goes_with_remove()
    {
        Assert.Equal(Exits.Usage, Buffers("--abandon").Exit);
        Assert.Contains("'/nowhere' does not exist", Run("buffers", "--in", "/nowhere").Error);
    }

    private readonly List<DurableNotice> _notices = [];

    private Ran Buffers(params string[] options) => Run(["buffers", "--in", _memory.Path, .. options]);

    private string[] Files() => Directory.GetFiles(_memory.Path);

    private DurableLog Open(string? name = null, string? buffers = null) => DurableLog.Open(new()
    {
        Directory = name is null ? Dir : Temp[name],
        LogName = "orders",
        Fsync = FsyncPolicy.Os,
        BatchWindow = TimeSpan.FromSeconds(10),
        BufferDirectory = buffers ?? _memory.Path,
        OnNotice = _notices.Add,
    });

    /// <summary>Files and memory as a process leaves them that is killed: what they were at that moment, put back after its log was closed.</summary>
    private void LeaveKilled(int durable, int accepted)
    {
        Dictionary<string, byte[]> files;
        using (var log = Open())
        {
            for (var n = 0; n < durable; n++) log.Append(DurableEvent.Create("Durable {N}", n));
            log.Flush();
            for (var n = 0; n < accepted; n++) log.Append(DurableEvent.Create("Accepted {N}", n));
            files = Directory.GetFiles(Dir).Where(path => Path.GetFileName(path) != "LOCK").Concat(Files()).ToDictionary(path => path, Read);
        }

        foreach (var path in Directory.GetFiles(Dir)) new FileInfo(path).Delete();
        foreach (var (path, bytes) in files)
        {
            File.WriteAllBytes(path, bytes);
            if (path.StartsWith(_memory.Path, StringComparison.Ordinal)) File.SetUnixFileMode(path, OfBuffers);
        }
    }

    /// <summary>Past the lock that its log holds, which the BCL heeds.</summary>
    private static byte[] Read(string path)
    {
        using var directory = LogStorage.ForThisPlatform().OpenDirectory(Path.GetDirectoryName(path)!, DirectorySettings.ForReading, create: false);
        using var file = directory.Open(Path.GetFileName(path), Access.Plain, write: false);
        var bytes = new byte[file.Length];
        Assert.Equal(bytes.Length, file.Read(0, bytes));
        return bytes;
    }
}
