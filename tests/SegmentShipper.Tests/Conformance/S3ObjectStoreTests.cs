using SegmentShipper.Tests.S3;
using Xunit;

namespace SegmentShipper.Tests.Conformance;

[Collection(nameof(CephServer))]
public sealed class CephObjectStoreTests(CephServer server) : ObjectStoreConformance
{
    protected override bool KeepsMetadata => true;

    protected override IObjectStore Store() => new S3ObjectStore(server.Options());
}

[Collection(nameof(SwiftServer))]
public sealed class SwiftObjectStoreTests(SwiftServer server) : ObjectStoreConformance
{
    protected override bool KeepsMetadata => true;

    protected override bool IsAtomic => false; // 501 for every conditional put

    protected override IObjectStore Store() => new S3ObjectStore(server.Options());
}

/// <summary>The same with every object above 16 MiB in parts.</summary>
[Collection(nameof(CephServer))]
public sealed class CephMultipartTests(CephServer server) : ObjectStoreConformance
{
    protected override bool KeepsMetadata => true;

    protected override IObjectStore Store()
    {
        var options = server.Options();
        options.MultipartBytes = 16 << 20;
        return new S3ObjectStore(options);
    }
}

[Collection(nameof(SwiftServer))]
public sealed class SwiftMultipartTests(SwiftServer server) : ObjectStoreConformance
{
    protected override bool KeepsMetadata => true;

    protected override bool IsAtomic => false;

    protected override IObjectStore Store()
    {
        var options = server.Options();
        options.MultipartBytes = 16 << 20;
        return new S3ObjectStore(options);
    }
}
