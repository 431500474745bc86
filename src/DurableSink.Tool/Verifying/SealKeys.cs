using DurableSink.Segments;

namespace DurableSink.Tooling.Verifying;

/// <summary>The keys that signatures are checked with; perhaps none.</summary>
internal sealed class SealKeys(IReadOnlyList<SealKey> all)
{
    public static SealKeys None { get; } = new([]);

    public bool IsEmpty => all.Count == 0;

    /// <exception cref="ToolException">One of them is no file with a key.</exception>
    public static SealKeys Read(IEnumerable<string> files)
    {
        try
        {
            return new([.. files.Select(file => SealKey.ReadPublic(file, "--key"))]);
        }
        catch (DurableLogException wrong)
        {
            throw new ToolException(wrong.Message);
        }
    }

    /// <summary>Whether the line was signed with the key that it names; null where it names none of these.</summary>
    public bool? Signed(ReadOnlySpan<byte> line)
    {
        var id = SealKey.IdIn(line);
        return all.FirstOrDefault(key => key.Id == id)?.Signed(line);
    }
}
