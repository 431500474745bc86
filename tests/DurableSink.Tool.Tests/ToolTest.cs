using System.Text;
using DurableSink.Tests.Segments;
using DurableSink.Tooling;

namespace DurableSink.Tests.Tooling;

/// <summary>Runs the tool as its main program does, with memory in place of the terminal, on a directory of the test's own.</summary>
public abstract class ToolTest : IDisposable
{
    private readonly TempDirectory _temp = new();

    /// <summary>The log's directory: there once something is written or planted in it.</summary>
    protected string Dir => _temp["log"];

    private protected TempDirectory Temp => _temp;

    private protected TimeProvider Clock { get; set; } = TimeProvider.System;

    public void Dispose() => _temp.Dispose();

    private protected Ran Run(params string[] args) => RunWith("", args);

    private protected Ran RunWith(string input, params string[] args)
    {
        using var output = new MemoryStream();
        using var error = new StringWriter { NewLine = "\n" };
        var exit = Tool.Run(args, World(new MemoryStream(Encoding.UTF8.GetBytes(input)), output, error));
        return new(exit, Encoding.UTF8.GetString(output.ToArray()), error.ToString());
    }

    private protected Surroundings World(Stream input, Stream output, TextWriter error) => new() { In = input, Out = output, Error = error, Time = Clock };

    /// <summary>Appends events to the log by the engine, and closes it.</summary>
    private protected void Write(params DurableEvent[] events) => Write(_ => { }, events);

    private protected void Write(Action<DurableLogOptions> configure, params DurableEvent[] events)
    {
        var options = new DurableLogOptions { Directory = Dir, LogName = "orders" };
        configure(options);
        using var log = DurableLog.Open(options);
        foreach (var e in events) log.Append(e);
    }

    /// <summary>Puts segments into the directory as another run may have left them.</summary>
    private protected void Plant(params (string Name, byte[] Bytes)[] files)
    {
        Directory.CreateDirectory(Dir);
        if (!File.Exists(Path.Combine(Dir, "LOG")))
            File.WriteAllText(Path.Combine(Dir, "LOG"), $$"""{"Format":1,"LogId":"{{SegmentText.LogId}}","LogName":"{{SegmentText.LogName}}","Created":"2026-11-20T08:00:00.0000000Z"}""" + "\n");
        foreach (var (name, bytes) in files) File.WriteAllBytes(Path.Combine(Dir, name), bytes);
    }

    private protected static (string Name, byte[] Bytes) Sealed(SegmentText text) => (text.Name.Sealed, text.Exact());

    private protected static (string Name, byte[] Bytes) Active(SegmentText text, int room = 0) => (text.Name.Active, text.Active(room));

    /// <summary>Names and contents of all files, to be compared: what only reads must leave them alone.</summary>
    private protected string Snapshot() => string.Join('\n', Directory.EnumerateFiles(Dir).Order(StringComparer.Ordinal)
        .Select(f => $"{Path.GetFileName(f)} {Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f)))}"));
}

/// <summary>What a run of the tool left.</summary>
internal sealed record Ran(int Exit, string Out, string Error)
{
    public string[] Lines => Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
