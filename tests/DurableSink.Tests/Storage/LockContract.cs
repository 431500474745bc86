using System.ComponentModel;
using System.Diagnostics;
using DurableSink.Storage;
using Xunit;

namespace DurableSink.Tests.Storage;

/// <summary>What every storage promises of a lock (D8), on a real file system.</summary>
public abstract class LockContract : StorageTest
{
    private protected LockContract(ILogStorage storage) : base(storage) { }

    [Fact]
    public void The_second_opener_in_one_process_is_told_who_holds_it()
    {
        var held = OpenTemp().TryLock("LOCK", "host one, process 1", out var holder);
        Assert.NotNull(held);
        Assert.Equal("host one, process 1", holder);

        Assert.Null(OpenTemp().TryLock("LOCK", "host two", out holder));
        Assert.Equal("host one, process 1", holder);

        held.Dispose();
        Assert.True(File.Exists(Temp["LOCK"])); // never unlinked
        using var second = OpenTemp().TryLock("LOCK", "host two", out _);
        Assert.NotNull(second);
        Assert.Equal("host two", Holder());
    }

    [Fact]
    public void What_an_earlier_holder_wrote_is_gone()
    {
        OpenTemp().TryLock("LOCK", "a long name of a holder", out _)!.Dispose();
        using var held = OpenTemp().TryLock("LOCK", "short", out _);
        Assert.Equal("short", Holder());
    }

    [Fact]
    public async Task Another_process_s_lock_is_respected_until_it_ends()
    {
        File.WriteAllText(Temp["LOCK"], "");
        using var other = StartHolder(Temp["LOCK"]);
        Assert.Equal("held", await other.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));

        var directory = OpenTemp();
        Assert.Null(directory.TryLock("LOCK", "me", out var holder));
        Assert.Equal("an unknown holder", holder);

        other.Kill(entireProcessTree: true); // however it ends
        await other.WaitForExitAsync(TestContext.Current.CancellationToken);
        await other.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken); // its child is gone as well
        using var held = directory.TryLock("LOCK", "me", out _);
        Assert.NotNull(held);
    }

    private static Process StartHolder(string path)
    {
        try
        {
            var start = new ProcessStartInfo("flock", ["--no-fork", path, "sh", "-c", "echo held; exec cat"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            };
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            Assert.Skip($"This test needs the flock command: {e.Message}");
            throw;
        }
    }

    // By another opener: reading the file is refused to some while it is locked.
    private string Holder()
    {
        Assert.Null(OpenTemp().TryLock("LOCK", "another one", out var holder));
        return holder;
    }
}
