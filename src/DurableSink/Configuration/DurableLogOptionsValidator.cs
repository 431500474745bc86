namespace DurableSink.Configuration;

/// <summary>Whether options can work. Every failure is listed, each with option, value, limit and remedy.</summary>
internal static class DurableLogOptionsValidator
{
    public const int MaxLogNameLength = 64;
    private const int LeastSegmentEvents = 2;
    private const int LeastBufferEvents = 4;
    private const int LeastRetainedSegments = 2;

    /// <summary>The failures of the options of a log; empty when it can be opened.</summary>
    public static IReadOnlyList<string> Validate(DurableLogOptions options) => Validate(options, OptionTable.Log);

    /// <summary>The failures of the options of a log behind a door, which has more of them.</summary>
    public static IReadOnlyList<string> Validate<T>(T options, IReadOnlyList<Option<T>> table)
        where T : DurableLogOptions
    {
        var failures = table.Select(option => option.Check(options)).OfType<string>().ToList();
        CheckNames(options, failures);
        CheckSizes(options, failures);
        CheckModes(options, failures);
        if (options.TimeProvider is null) failures.Add("TimeProvider is null. Leave it at TimeProvider.System.");
        return failures;
    }

    /// <summary>Whether a log may have this name: it begins file names, and object keys later.</summary>
    public static bool IsLogName(string name) =>
        name.Length is > 0 and <= MaxLogNameLength && char.IsAsciiLetterOrDigit(name[0]) && name.All(IsLogNameCharacter);

    /// <summary>The nearest name that a log may have.</summary>
    public static string ToLogName(string name)
    {
        var allowed = string.Concat(name.Select(c => IsLogNameCharacter(c) ? c : '_')).TrimStart('.', '_', '-');
        return allowed.Length == 0 ? "app" : allowed[..Math.Min(allowed.Length, MaxLogNameLength)];
    }

    private static bool IsLogNameCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-';

    private static void CheckNames(DurableLogOptions options, List<string> failures)
    {
        if (options.LogName is { } name && !IsLogName(name))
        {
            failures.Add($"LogName is '{name}'. Allowed: 1 to {MaxLogNameLength} of A-Z a-z 0-9 . _ -, beginning with a letter or digit" +
                         $", such as '{ToLogName(name)}'.");
        }

        if (options.Directory is { } directory && (string.IsNullOrWhiteSpace(directory) || directory.Contains('\0')))
        {
            failures.Add($"Directory is '{directory.Replace("\0", "\\0", StringComparison.Ordinal)}'. " +
                         "Name a directory for this log alone, or leave it out for logs/<LogName>.");
        }
    }

    private static void CheckSizes(DurableLogOptions options, List<string> failures)
    {
        if (options.SegmentBytes < LeastSegmentEvents * (long)options.MaxEventBytes)
        {
            failures.Add($"SegmentBytes is {SizeText.Show(options.SegmentBytes)}, less than {LeastSegmentEvents} times MaxEventBytes " +
                         $"({SizeText.Show(options.MaxEventBytes)}). Raise SegmentBytes, or lower MaxEventBytes.");
        }

        if (options.BufferBytes < LeastBufferEvents * (long)options.MaxEventBytes)
        {
            failures.Add($"BufferBytes is {SizeText.Show(options.BufferBytes)}, less than {LeastBufferEvents} times MaxEventBytes " +
                         $"({SizeText.Show(options.MaxEventBytes)}). Raise BufferBytes, or lower MaxEventBytes.");
        }

        if (options.RetainBytes is { } retain && retain / LeastRetainedSegments < options.SegmentBytes)
        {
            failures.Add($"RetainBytes is {SizeText.Show(retain)}, less than {LeastRetainedSegments} times SegmentBytes " +
                         $"({SizeText.Show(options.SegmentBytes)}): one segment being written and one sealed. Raise RetainBytes, or lower SegmentBytes.");
        }
    }

    /// <summary>We must be able to use what we make.</summary>
    private static void CheckModes(DurableLogOptions options, List<string> failures)
    {
        const UnixFileMode file = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        const UnixFileMode directory = file | UnixFileMode.UserExecute;
        if ((options.FileMode & file) != file)
            failures.Add($"FileMode is {ValueKinds.Mode.Show(options.FileMode)}. The owner must be able to read and write: at least 0600.");
        if ((options.DirectoryMode & directory) != directory)
        {
            failures.Add($"DirectoryMode is {ValueKinds.Mode.Show(options.DirectoryMode)}. " +
                         "The owner must be able to read, write and enter: at least 0700.");
        }
    }
}
