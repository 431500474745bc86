using DurableSink.Configuration;

namespace SegmentShipper.Configuration;

/// <summary>The options of <c>AddSegmentShipper</c>, one a line, and those of its bucket.</summary>
internal static class ShipperOptionTable
{
    public const string S3Section = "S3";

    public static IReadOnlyList<Option<SegmentShipperOptions>> Shipper { get; } =
    [
        new ListOption<SegmentShipperOptions>("Logs", o => o.Logs, (o, v) => o.Logs = v),
        new Option<SegmentShipperOptions, string?>("TargetDirectory", ValueKinds.Text, o => o.TargetDirectory, (o, v) => o.TargetDirectory = v),
        new SkippedOption<SegmentShipperOptions>(S3Section),
        .. ShippingOptionTable.Shipping<SegmentShipperOptions>(),
        ShippingOptionTable.Duration<SegmentShipperOptions>("ShutdownTimeout", o => o.ShutdownTimeout, (o, v) => o.ShutdownTimeout = v, TimeSpan.Zero, TimeSpan.FromMinutes(10)),
        Age("DegradedAge", o => o.DegradedAge, (o, v) => o.DegradedAge = v),
        Age("UnhealthyAge", o => o.UnhealthyAge, (o, v) => o.UnhealthyAge = v),
    ];

    public static IReadOnlyList<Option<S3ObjectStoreOptions>> S3 { get; } =
    [
        Text("Bucket", o => o.Bucket, (o, v) => o.Bucket = v),
        Text("Endpoint", o => o.Endpoint, (o, v) => o.Endpoint = v),
        Text("Region", o => o.Region, (o, v) => o.Region = v),
        new Option<S3ObjectStoreOptions, bool?>("PathStyle", OptionalFlag, o => o.PathStyle, (o, v) => o.PathStyle = v),
        Text("StorageClass", o => o.StorageClass, (o, v) => o.StorageClass = v),
        Text("ServerSideEncryption", o => o.ServerSideEncryption, (o, v) => o.ServerSideEncryption = v),
        Text("KmsKeyId", o => o.KmsKeyId, (o, v) => o.KmsKeyId = v),
        Text("Acl", o => o.Acl, (o, v) => o.Acl = v),
        Text("ObjectLockMode", o => o.ObjectLockMode, (o, v) => o.ObjectLockMode = v),
        new Option<S3ObjectStoreOptions, int?>("ObjectLockDays", OptionalCount, o => o.ObjectLockDays, (o, v) => o.ObjectLockDays = v, new(1, 36_525)),
        new ListOption<S3ObjectStoreOptions>("Tags", o => o.Tags, (o, v) => o.Tags = v),
        new Option<S3ObjectStoreOptions, long>("MultipartBytes", ValueKinds.Size, o => o.MultipartBytes, (o, v) => o.MultipartBytes = v, new(16L << 20, 5L << 30)),
        ShippingOptionTable.Duration<S3ObjectStoreOptions>(
            "RequestTimeout", o => o.RequestTimeout, (o, v) => o.RequestTimeout = v, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)),
    ];

    private static ValueKind<bool?> OptionalFlag => ValueKinds.OrNone(ValueKinds.Flag);

    private static ValueKind<int?> OptionalCount => ValueKinds.OrNone(ValueKinds.SmallSize with { Form = "a number" });

    private static Option<S3ObjectStoreOptions, string?> Text(
        string name, Func<S3ObjectStoreOptions, string?> get, Action<S3ObjectStoreOptions, string?> set) => new(name, ValueKinds.Text, get, set);

    private static Option<SegmentShipperOptions, TimeSpan> Age(
        string name, Func<SegmentShipperOptions, TimeSpan> get, Action<SegmentShipperOptions, TimeSpan> set) =>
        ShippingOptionTable.Duration(name, get, set, TimeSpan.FromSeconds(1), TimeSpan.FromDays(365));
}
