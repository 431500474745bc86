using Microsoft.Extensions.Logging;

namespace DurableSink.Configuration;

/// <summary>
/// The options, one a line: what configuration may set, and within which limits. Binder, validator and the comparison of two openings
/// of one directory all read these tables.
/// </summary>
internal static class OptionTable
{
    private const int KiB = 1 << 10;
    private const int MiB = 1 << 20;
    private const int GiB = 1 << 30;

    public static IReadOnlyList<Option<DurableLogOptions>> Log { get; } = [.. LogOptions<DurableLogOptions>()];

    public static IReadOnlyList<Option<DurableFileOptions>> File { get; } =
    [
        .. LogOptions<DurableFileOptions>(),
        Name<DurableFileOptions, LogLevel>("AlwaysLevel", o => o.AlwaysLevel, (o, v) => o.AlwaysLevel = v),
        new ListOption<DurableFileOptions>("AlwaysCategories", o => o.AlwaysCategories, (o, v) => o.AlwaysCategories = v),
        new Option<DurableFileOptions, bool>("ThrowOnFailure", ValueKinds.Flag, o => o.ThrowOnFailure, (o, v) => o.ThrowOnFailure = v),
    ];

    /// <summary>What doors that share an audit log must agree on beyond <see cref="Log"/>.</summary>
    public static IReadOnlyList<Option<DurableAuditOptions>> Keys { get; } =
    [
        new Option<DurableAuditOptions, int>("IdempotencyKeys", ValueKinds.Count, o => o.IdempotencyKeys, (o, v) => o.IdempotencyKeys = v, new(1, 1_000_000)),
        Duration<DurableAuditOptions>("IdempotencyAge", o => o.IdempotencyAge, (o, v) => o.IdempotencyAge = v, TimeSpan.FromMinutes(1), TimeSpan.FromDays(366)),
    ];

    public static IReadOnlyList<Option<DurableAuditOptions>> Audit { get; } =
    [
        .. LogOptions<DurableAuditOptions>(),
        new ListOption<DurableAuditOptions>("Categories", o => o.Categories, (o, v) => o.Categories = v),
        .. Keys,
    ];

    /// <summary>The options of every log, whatever door leads to it.</summary>
    public static IEnumerable<Option<T>> LogOptions<T>()
        where T : DurableLogOptions =>
    [
        new Option<T, string?>("Directory", ValueKinds.Text, o => o.Directory, (o, v) => o.Directory = v),
        new Option<T, string?>("LogName", ValueKinds.Text, o => o.LogName, (o, v) => o.LogName = v),
        Name<T, FsyncPolicy>("Fsync", o => o.Fsync, (o, v) => o.Fsync = v),
        Duration<T>("BatchWindow", o => o.BatchWindow, (o, v) => o.BatchWindow = v, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(10)),
        new Option<T, long>("SegmentBytes", ValueKinds.Size, o => o.SegmentBytes, (o, v) => o.SegmentBytes = v, new(64 * KiB, 1L << 40)),
        Duration<T>("SegmentAge", o => o.SegmentAge, (o, v) => o.SegmentAge = v, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)),
        new Option<T, int>("BufferBytes", ValueKinds.SmallSize, o => o.BufferBytes, (o, v) => o.BufferBytes = v, new(64 * KiB, GiB)),
        new Option<T, string?>("BufferDirectory", ValueKinds.Text, o => o.BufferDirectory, (o, v) => o.BufferDirectory = v),
        new Option<T, int>("MaxEventBytes", ValueKinds.SmallSize, o => o.MaxEventBytes, (o, v) => o.MaxEventBytes = v, new(KiB, 16 * MiB)),
        Name<T, FullMode>("WhenFull", o => o.WhenFull, (o, v) => o.WhenFull = v),
        Duration<T>("BlockTimeout", o => o.BlockTimeout, (o, v) => o.BlockTimeout = v, TimeSpan.Zero, TimeSpan.FromHours(1)),
        Duration<T>("FlushTimeout", o => o.FlushTimeout, (o, v) => o.FlushTimeout = v, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1)),
        Name<T, DirectIOMode>("DirectIO", o => o.DirectIO, (o, v) => o.DirectIO = v),
        Name<T, PreallocationMode>("Preallocation", o => o.Preallocation, (o, v) => o.Preallocation = v),
        Name<T, TailBlockMode>("TailBlock", o => o.TailBlock, (o, v) => o.TailBlock = v),
        new Option<T, long?>("RetainBytes", ValueKinds.OrNone(ValueKinds.Size), o => o.RetainBytes, (o, v) => o.RetainBytes = v, new(128 * KiB, 1L << 50)),
        new Option<T, TimeSpan?>("RetainAge", ValueKinds.OrNone(ValueKinds.Duration), o => o.RetainAge, (o, v) => o.RetainAge = v,
            new(TimeSpan.FromMinutes(1), TimeSpan.FromDays(36_525))),
        new Option<T, string?>("SealKeyFile", ValueKinds.Text, o => o.SealKeyFile, (o, v) => o.SealKeyFile = v),
        new Option<T, UnixFileMode>("FileMode", ValueKinds.Mode, o => o.FileMode, (o, v) => o.FileMode = v),
        new Option<T, UnixFileMode>("DirectoryMode", ValueKinds.Mode, o => o.DirectoryMode, (o, v) => o.DirectoryMode = v),
        new Option<T, bool>("AllowNetworkDirectory", ValueKinds.Flag, o => o.AllowNetworkDirectory, (o, v) => o.AllowNetworkDirectory = v),
        Name<T, LockedMode>("WhenLocked", o => o.WhenLocked, (o, v) => o.WhenLocked = v),
        Duration<T>("LockTimeout", o => o.LockTimeout, (o, v) => o.LockTimeout = v, TimeSpan.Zero, TimeSpan.FromMinutes(10)),
        Duration<T>("ShutdownTimeout", o => o.ShutdownTimeout, (o, v) => o.ShutdownTimeout = v, TimeSpan.Zero, TimeSpan.FromMinutes(10)),
    ];

    private static Option<T, TEnum> Name<T, TEnum>(string name, Func<T, TEnum> get, Action<T, TEnum> set)
        where TEnum : struct, Enum => new(name, ValueKinds.Name<TEnum>(), get, set);

    private static Option<T, TimeSpan> Duration<T>(
        string name, Func<T, TimeSpan> get, Action<T, TimeSpan> set, TimeSpan least, TimeSpan most) =>
        new(name, ValueKinds.Duration, get, set, new Limits<TimeSpan>(least, most));
}
