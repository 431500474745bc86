namespace AuditApi;

/// <summary>Whether there is anywhere to ship to.</summary>
internal static class Shipping
{
    public static bool IsWanted(IConfiguration configuration) =>
        configuration.GetSection("SegmentShipper") is var section && (section["TargetDirectory"] ?? section["S3:Bucket"]) is not null;
}
