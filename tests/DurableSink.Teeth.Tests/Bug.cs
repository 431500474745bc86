namespace DurableSink;

/// <summary>Which of the planted bugs is awake, for the whole process; none is null.</summary>
internal static class Bug
{
    public static string? Awake { get; set; }

    public static bool Is(string name) => Awake == name;
}
