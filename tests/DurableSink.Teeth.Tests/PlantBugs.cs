using System;
using System.IO;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>Part of the build: copies the engine's sources, and replaces in the copies what each bug says. A text that does not stand there
/// exactly once fails the build: the engine has changed, and the bug is to be planted anew.</summary>
public class PlantBugs : Task
{
    public ITaskItem[] Sources { get; set; }

    public ITaskItem[] Bugs { get; set; }

    public string Into { get; set; }

    public override bool Execute()
    {
        foreach (var source in Sources)
        {
            var copy = Copy(source.GetMetadata("RecursiveDir") + Path.GetFileName(source.ItemSpec));
            Directory.CreateDirectory(Path.GetDirectoryName(copy));
            File.WriteAllText(copy, Text(source.ItemSpec));
        }

        foreach (var bug in Bugs)
        {
            var hunks = Text(bug.ItemSpec).Split(new[] { "\n--- " }, StringSplitOptions.None);
            for (var i = 1; i < hunks.Length; i++) Plant(bug.ItemSpec, hunks[i]);
        }

        return !Log.HasLoggedErrors;
    }

    /// <summary>A file's name, the text that stands there, a line of three plus signs, and the text that is to.</summary>
    private void Plant(string bug, string hunk)
    {
        var end = hunk.IndexOf('\n');
        var copy = Copy(hunk.Substring(0, end));
        var texts = hunk.Substring(end + 1).TrimEnd('\n').Split(new[] { "\n+++\n" }, StringSplitOptions.None);
        var source = Text(copy);
        var at = source.IndexOf(texts[0], StringComparison.Ordinal);
        if (at < 0 || source.IndexOf(texts[0], at + 1, StringComparison.Ordinal) >= 0)
        {
            Log.LogError(null, null, null, bug, 0, 0, 0, 0, "'{0}' is not there exactly once: {1}", copy, texts[0]);
            return;
        }

        File.WriteAllText(copy, source.Substring(0, at) + texts[1] + source.Substring(at + texts[0].Length));
    }

    private string Copy(string name) => Path.Combine(Into, name);

    private static string Text(string path) => File.ReadAllText(path).Replace("\r\n", "\n");
}
