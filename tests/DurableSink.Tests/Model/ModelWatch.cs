using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;
using DurableSink.Tests.Commit;

namespace DurableSink.Tests.Model;

/// <summary>Runs a program on a thread of its own. One that takes no further step for long hangs; what its log was about is told then.</summary>
internal sealed class ModelWatch(ModelProgram program)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2); // for one step, on a machine that has other things to do

    public void Run()
    {
        var run = Soon.Run(program.Run);
        var done = ((IAsyncResult)run).AsyncWaitHandle;
        for (var steps = -1L; !done.WaitOne(Patience);)
        {
            if (steps == program.Said) throw new ModelException($"It takes no further step for {Patience}.\n{Describe(program.Log)}");
            steps = program.Said;
        }

        try
        {
            run.GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is not ModelException)
        {
            throw new ModelException($"{e.Message}\n{Describe(program.Log)}\n{e}");
        }
    }

    /// <summary>The fields of the log's parts, and the threads of the process with what each waits in.</summary>
    private static string Describe(DurableLog? log)
    {
        var text = new StringBuilder();
        foreach (var part in new[] { "_commit", "_keeper", "_writer", "_watch" })
        {
            if (log == null || Field(log, part) is not { } value) continue;
            Fields(text, part, value);
            if (Field(value, "gate") is { } gate) Fields(text, "gate", gate);
            if (Field(value, "_buffer") is { } buffer) Fields(text, "buffer", buffer);
        }

        if (!OperatingSystem.IsLinux()) return text.ToString();
        foreach (var task in Directory.GetDirectories("/proc/self/task"))
        {
            try
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"{Path.GetFileName(task)} {File.ReadAllText($"{task}/comm").Trim()}: {File.ReadAllText($"{task}/wchan")}");
            }
            catch (IOException)
            {
                // It has ended.
            }
        }

        return text.ToString();
    }

    private static object? Field(object part, string name) => part.GetType()
        .GetFields(BindingFlags.Instance | BindingFlags.NonPublic).FirstOrDefault(f => f.Name == name || f.Name == $"<{name}>P")?.GetValue(part);

    private static void Fields(StringBuilder text, string name, object part) => text.AppendLine($"{name}: " + string.Join(", ", part.GetType()
        .GetFields(BindingFlags.Instance | BindingFlags.NonPublic)
        .Select(f => (f.Name, Value: f.GetValue(part)))
        .Where(f => f.Value is null or ValueType or string or ICollection or Exception)
        .Select(f => $"{f.Name}={(f.Value is ICollection many ? $"[{many.Count}]" : f.Value is Exception e ? e.Message : f.Value ?? "null")}")));
}
