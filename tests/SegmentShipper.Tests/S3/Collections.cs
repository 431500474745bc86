using Xunit;

namespace SegmentShipper.Tests.S3;

[CollectionDefinition(nameof(CephServer))]
public sealed class CephCollection : ICollectionFixture<CephServer>;

[CollectionDefinition(nameof(SwiftServer))]
public sealed class SwiftCollection : ICollectionFixture<SwiftServer>;
