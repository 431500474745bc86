using DurableSink.Storage;
using Xunit;

namespace DurableSink.Tests.Storage;

/// <summary>What the tests of the simulated drive share: one directory, blocks filled with one letter, and cuts.</summary>
public abstract class SimulatedDriveTest : IDisposable
{
    private protected const string Root = "/log";
    private protected const int Block = 4096;

    private readonly List<AlignedMemory> _memory = [];

    private protected SimulatedDrive Drive { get; } = new(seed: 1);

    private protected static ILogDirectory OpenOn(SimulatedDrive drive) =>
        drive.OpenDirectory(Root, new DirectorySettings(DirectIOMode.Auto, default, default), create: true);

    private protected ILogDirectory Open() => OpenOn(Drive);

    /// <summary>A file whose name is durable already.</summary>
    private protected ILogFile DurableFile(string name = "a", Access access = Access.Segment)
    {
        var directory = Open();
        var file = directory.Create(name, access);
        directory.Flush();
        return file;
    }

    private protected ReadOnlySpan<byte> Blocks(char letter, int count = 1)
    {
        var memory = AlignedMemory.Allocate(count * Block);
        _memory.Add(memory);
        memory.Span.Fill((byte)letter);
        return memory.Span;
    }

    private protected static string Path(string name = "a") => $"{Root}/{name}";

    /// <summary>Content as runs of letters, such as <c>a4096 b512</c>; zeros are a dot. Null where there is no file.</summary>
    private protected static string? Runs(SimulatedDrive drive, string name = "a")
    {
        if (drive.Bytes(Path(name)) is not { } bytes) return null;
        var runs = new List<string>();
        for (int i = 0, j; i < bytes.Length; i = j)
        {
            for (j = i; j < bytes.Length && bytes[j] == bytes[i];) j++;
            runs.Add($"{(bytes[i] == 0 ? '.' : (char)bytes[i])}{j - i}");
        }
        return string.Join(' ', runs);
    }

    private protected string? AfterCut(CutMode mode = CutMode.None, string name = "a", int seed = 0) =>
        Runs(Drive.PowerCut(mode, seed), name);

    /// <summary>What cuts of many seeds leave: each outcome once.</summary>
    private protected HashSet<string?> Outcomes(CutMode mode, string name = "a") =>
        [.. Enumerable.Range(0, 200).Select(seed => AfterCut(mode, name, seed))];

    private protected static int ErrnoOf(Action action) => Assert.Throws<DurableIOException>(action).Errno;

    public void Dispose()
    {
        _memory.ForEach(memory => memory.Dispose());
        GC.SuppressFinalize(this);
    }
}
