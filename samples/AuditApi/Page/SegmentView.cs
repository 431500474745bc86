using System.Globalization;
using System.Text.RegularExpressions;

namespace AuditApi.Page;

/// <summary>A segment as the page shows it.</summary>
/// <param name="Id">The random id in its name: what a receipt says, too.</param>
/// <param name="First">The number of its first event.</param>
/// <param name="Bytes">Its size on this disk, or else in the target.</param>
/// <param name="State">active, sealed, shipping or shipped.</param>
/// <param name="IsHere">Whether its file is on this disk.</param>
/// <param name="Object">Its key in the target; null while it is not there.</param>
internal sealed record SegmentView(string Id, long First, long Bytes, string State, bool IsHere, string? Object);

/// <summary>Looks at the log's directory and at the target: all state is in file names.</summary>
internal static partial class Segments
{
    private const int Shown = 24;

    /// <summary>The newest segments, in log order.</summary>
    public static SegmentView[] Look(string directory, string? target)
    {
        var here = Files(directory, SearchOption.TopDirectoryOnly);
        var stored = target is null ? [] : Files(target, SearchOption.AllDirectories);
        var views = new SortedDictionary<long, SegmentView>();
        foreach (var file in stored)
        {
            var key = Path.GetRelativePath(target!, file.FullName);
            if (Object().Match(file.Name) is { Success: true } name) views[First(name)] = new(Id(name), First(name), file.Length, "shipped", false, key);
        }

        var onTheWay = stored.Select(file => Part().Match(file.Name)).Where(name => name.Success).Select(First).ToHashSet();
        var marked = here.Select(file => Marker().Match(file.Name)).Where(name => name.Success).Select(First).ToHashSet();
        foreach (var file in here)
        {
            if (Segment().Match(file.Name) is not { Success: true } name) continue;
            var first = First(name);
            var key = views.GetValueOrDefault(first)?.Object;
            var state = name.Groups["active"].Success ? "active"
                : marked.Contains(first) || key is not null ? "shipped"
                : onTheWay.Contains(first) ? "shipping"
                : "sealed";
            views[first] = new(Id(name), first, Length(file), state, true, key);
        }

        return [.. views.Values.TakeLast(Shown)];
    }

    private static FileInfo[] Files(string directory, SearchOption depth)
    {
        try
        {
            return new DirectoryInfo(directory).GetFiles("*", depth);
        }
        catch (DirectoryNotFoundException)
        {
            return []; // nothing was shipped yet
        }
    }

    /// <summary>A segment may be sealed, or go, between the listing and this.</summary>
    private static long Length(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    }

    private static long First(Match name) => long.Parse(name.Groups["first"].ValueSpan, CultureInfo.InvariantCulture);

    private static string Id(Match name) => name.Groups["id"].Value;

    [GeneratedRegex(@"^orders-(?<first>\d{20})-(?<id>[0-9a-f]{8})\.clef(?<active>\.active)?$")]
    private static partial Regex Segment();

    [GeneratedRegex(@"^orders-(?<first>\d{20})-[0-9a-f]{8}\.clef\.shipped$")]
    private static partial Regex Marker();

    [GeneratedRegex(@"^[0-9a-f]{32}-orders-(?<first>\d{20})-(?<id>[0-9a-f]{8})\.clef(\.gz)?$")]
    private static partial Regex Object();

    [GeneratedRegex(@"^\.[0-9a-f]{32}-orders-(?<first>\d{20})-[0-9a-f]{8}\.clef(\.gz)?\..*\.part$")]
    private static partial Regex Part();
}
