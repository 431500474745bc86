using DurableSink.Configuration;

namespace SegmentShipper.Configuration;

/// <summary>The options of shipping, one a line: what configuration may set, and within which limits.</summary>
internal static class ShippingOptionTable
{
    private const int KiB = 1 << 10;

    public static IReadOnlyList<Option<ShippingOptions>> Directory { get; } = [.. Shipping<ShippingOptions>()];

    /// <summary>The options of every shipper, wherever it runs.</summary>
    public static IEnumerable<Option<T>> Shipping<T>()
        where T : ShippingOptions =>
    [
        new Option<T, string?>("Prefix", ValueKinds.Text, o => o.Prefix, (o, v) => o.Prefix = v),
        Name<T, Compression>("Compression", o => o.Compression, (o, v) => o.Compression = v),
        Name<T, Verification>("Verify", o => o.Verify, (o, v) => o.Verify = v),
        new Option<T, bool>("Digests", ValueKinds.Flag, o => o.Digests, (o, v) => o.Digests = v),
        new Option<T, string?>("DigestKeyFile", ValueKinds.Text, o => o.DigestKeyFile, (o, v) => o.DigestKeyFile = v),
        Count<T>("Parallel", o => o.Parallel, (o, v) => o.Parallel = v, new(1, 64)),
        Size<T>("BytesPerSecond", o => o.BytesPerSecond, (o, v) => o.BytesPerSecond = v, new(KiB, 1L << 40)),
        Size<T>("KeepBytes", o => o.KeepBytes, (o, v) => o.KeepBytes = v, new(0, 1L << 50)),
        new Option<T, TimeSpan?>("KeepAge", ValueKinds.OrNone(ValueKinds.Duration), o => o.KeepAge, (o, v) => o.KeepAge = v, new(TimeSpan.Zero, TimeSpan.FromDays(36_525))),
        Size<T>("MaxUnshippedBytes", o => o.MaxUnshippedBytes, (o, v) => o.MaxUnshippedBytes = v, new(128 * KiB, 1L << 50)),
        Name<T, UnshippedFullMode>("WhenUnshippedFull", o => o.WhenUnshippedFull, (o, v) => o.WhenUnshippedFull = v),
        Pause<T>("ScanInterval", o => o.ScanInterval, (o, v) => o.ScanInterval = v),
        Pause<T>("RetryDelay", o => o.RetryDelay, (o, v) => o.RetryDelay = v),
        Pause<T>("MaxRetryDelay", o => o.MaxRetryDelay, (o, v) => o.MaxRetryDelay = v),
    ];

    public static Option<T, TEnum> Name<T, TEnum>(string name, Func<T, TEnum> get, Action<T, TEnum> set)
        where TEnum : struct, Enum => new(name, ValueKinds.Name<TEnum>(), get, set);

    public static Option<T, int> Count<T>(string name, Func<T, int> get, Action<T, int> set, Limits<int> limits) =>
        new(name, ValueKinds.SmallSize with { Form = "a number" }, get, set, limits);

    public static Option<T, TimeSpan> Duration<T>(string name, Func<T, TimeSpan> get, Action<T, TimeSpan> set, TimeSpan least, TimeSpan most) =>
        new(name, ValueKinds.Duration, get, set, new(least, most));

    private static Option<T, long?> Size<T>(string name, Func<T, long?> get, Action<T, long?> set, Limits<long?> limits) =>
        new(name, ValueKinds.OrNone(ValueKinds.Size), get, set, limits);

    private static Option<T, TimeSpan> Pause<T>(string name, Func<T, TimeSpan> get, Action<T, TimeSpan> set) =>
        Duration(name, get, set, TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1));
}
