using System.Globalization;
using Amazon.Runtime;
using Amazon.S3;
using DurableSink;
using SegmentShipper;
using ShipperChild;

// A program that logs and ships until it is killed: the tests start it, kill it, and look at what it leaves.
//   ShipperChild DIRECTORY ENDPOINT REGION BUCKET PREFIX SEGMENT_BYTES MULTIPART_BYTES write|finish
//   ShipperChild DIRECTORY ENDPOINT REGION BUCKET PREFIX SMALL LARGE measure [ROUNDS]     (so many segments of 1 MiB and of 64 MiB)
// The credentials come from the environment. Each number on standard output is that of an event known to be durable; "shipped N" that all up to N
// are in the bucket. With "finish" it writes nothing, ships all there is, and ends.
var (directory, endpoint, region, bucket, prefix) = (args[0], args[1], args[2], args[3], args[4]);
var (segmentBytes, multipartBytes) = (long.Parse(args[5], CultureInfo.InvariantCulture), long.Parse(args[6], CultureInfo.InvariantCulture));
var finish = args[7] == "finish";

using var client = new AmazonS3Client(
    new BasicAWSCredentials(Environment.GetEnvironmentVariable("S3_ACCESS_KEY"), Environment.GetEnvironmentVariable("S3_SECRET_KEY")),
    new AmazonS3Config
    {
        ServiceURL = endpoint,
        AuthenticationRegion = region,
        ForcePathStyle = true,
        MaxErrorRetry = 0,
        Timeout = TimeSpan.FromSeconds(args[7] == "measure" ? 100 : 10),
        RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
        ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
    });
await using var store = new S3ObjectStore(new() { Bucket = bucket, Endpoint = endpoint, Region = region, MultipartBytes = args[7] == "measure" ? 1L << 30 : multipartBytes, Client = client });
if (args[7] == "measure")
{
    await Measure.RunAsync(directory, client, store, bucket, prefix, (int)segmentBytes, (int)multipartBytes, args.Length > 8 ? int.Parse(args[8], CultureInfo.InvariantCulture) : 1);
    return;
}

await using var log = DurableLog.Open(new() { Directory = directory, LogName = "orders", Preallocation = PreallocationMode.None, SegmentBytes = segmentBytes });
using var shipper = DirectoryShipper.Open(log, store, new()
{
    Prefix = prefix,
    ScanInterval = TimeSpan.FromMilliseconds(20),
    RetryDelay = TimeSpan.FromMilliseconds(50),
    MaxRetryDelay = TimeSpan.FromSeconds(1),
    OnNotice = notice => Console.Error.WriteLine($"{notice.Name}: {notice.Message}"),
});
if (finish)
{
    await log.SealAsync();
    using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
    await shipper.ShipAllAsync(patience.Token);
    Console.WriteLine($"shipped {shipper.Status.ShippedSequence} {shipper.Status.UnshippedSegments} {shipper.Status.SetAside} {shipper.Status.Dropped}");
    return;
}

_ = shipper.RunAsync(default);
var text = new string('x', 20_000);
for (var told = 0L; ;)
{
    for (var i = 0; i < 20; i++) log.Append(DurableEvent.Create("Event {Text}", text));
    await log.FlushAsync();
    Console.WriteLine(log.DurableSequence);
    if (shipper.Status.ShippedSequence is var shipped && shipped > told) Console.WriteLine($"shipped {told = shipped}");
    // Hardly faster than it is shipped; but while the server is away, the log goes on.
    for (var waits = 0; waits < 25 && shipper.Status.UnshippedBytes > 8 * segmentBytes; waits++) await Task.Delay(20);
}
