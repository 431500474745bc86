using System.Diagnostics;
using DurableSink.Bench.Running;

namespace DurableSink.Bench.Paced;

/// <summary>A process that fills the page cache: it writes a file of 2 GiB over and over.</summary>
internal sealed class Neighbour : IDisposable
{
    private const string Verb = "neighbour";
    private const long FileBytes = 2L << 30;
    private readonly Process _process;
    private readonly string _file;

    private Neighbour(Process process, string file) => (_process, _file) = (process, file);

    /// <summary>Returns when it has written its file once.</summary>
    public static Neighbour Start(string folder)
    {
        var file = Path.Combine(folder, "neighbour");
        var process = Child.Start(Verb, file);
        return process.StandardOutput.ReadLine() == "ready" ? new(process, file) : throw new InvalidOperationException("The neighbour ended by itself.");
    }

    /// <summary>Whether this process is a neighbour; then it goes on until it is killed.</summary>
    public static bool TryRun(string[] args)
    {
        if (args is not [Verb, var path]) return false;
        var bytes = new byte[1 << 20];
        Random.Shared.NextBytes(bytes);
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
        for (var offset = 0L; ; offset += bytes.Length)
        {
            if (offset == FileBytes) Console.WriteLine("ready");
            RandomAccess.Write(file, bytes, offset % FileBytes);
        }
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
#pragma warning disable RS0030 // nothing that must last
        File.Delete(_file);
#pragma warning restore RS0030
    }
}
