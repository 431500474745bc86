using System.Diagnostics;
using DurableSink.Segments;
using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.Segments;

/// <summary>
/// Files that nobody wrote: random bytes, cut, spliced, repeated and overwritten segments. The reader and recovery come to an end with
/// them, without an exception that is not ours, and without more memory than files of that size need.
/// </summary>
public sealed class FuzzTests
{
    private const int Rounds = 400;
    private const int LargestMiB = 64; // for files of some 30 KB

    private static readonly byte[][] Pieces =
    [
        "{\"@header\":1,"u8.ToArray(), "{\"@seal\":1,"u8.ToArray(), ",\"@durable\":                9999,\"@seq\":"u8.ToArray(), ",\"@hash\":\""u8.ToArray(), "\"}\n"u8.ToArray(),
        "9223372036854775807"u8.ToArray(), "{\"@t\":\""u8.ToArray(), "\n\n\n\n"u8.ToArray(), new byte[512], "\"Missing\":[[1,9223372036854775807]]"u8.ToArray(),
        "{\"@keys\":1,"u8.ToArray(), "\"Count\":2147483647"u8.ToArray(),
    ];

    [Fact]
    public void Reader_and_recovery_come_to_an_end_with_any_files()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("DURABLESINK_FUZZ_SEED"), out var asked) ? asked : 1;
        var rounds = int.TryParse(Environment.GetEnvironmentVariable("DURABLESINK_FUZZ_ROUNDS"), out var more) ? more : Rounds;
        for (var last = seed + rounds; seed < last; seed++)
        {
            var drive = Drive(new Random(seed));
            var (before, watch) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.StartNew());
            try
            {
                Read(drive);
                Recover(drive);
                Read(drive);
                Recover(drive.PowerCut(CutMode.None, 0)); // what it left is taken by the next
            }
            catch (Exception e) when (e is not DurableLogException)
            {
                Assert.Fail($"DURABLESINK_FUZZ_SEED={seed}: {e}");
            }

            var mib = (GC.GetAllocatedBytesForCurrentThread() - before) >> 20;
            Assert.True(mib < LargestMiB, $"DURABLESINK_FUZZ_SEED={seed}: {mib} MiB");
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"DURABLESINK_FUZZ_SEED={seed}: {watch.Elapsed}");
        }
    }

    private static void Read(SimulatedDrive drive)
    {
        try
        {
            foreach (var record in new DurableLogReader(LogLab.Root, drive).Read())
                Assert.True(record.Kind != LogRecordKind.Event || LineTrailer.TryRead(record.Json.Span, out _, out _)); // never half a line
        }
        catch (DurableLogException)
        {
            // said so: a newer format, say
        }
    }

    private static void Recover(SimulatedDrive drive)
    {
        try
        {
            using var log = DurableLog.OpenOn(drive, new() { Directory = LogLab.Root, LogName = SegmentText.LogName, Preallocation = PreallocationMode.None, LockTimeout = TimeSpan.Zero });
            log.RememberKeys(1000, TimeSpan.FromDays(36500));
        }
        catch (DurableLogException)
        {
            // said so
        }
    }

    private static SimulatedDrive Drive(Random random)
    {
        var first = new SegmentText(1, "aaaaaaaa").Commit(random.Next(1, 30)).Pad().Commit(random.Next(1, 30));
        var second = new SegmentText(first.Last + 1, "bbbbbbbb", previous: "aaaaaaaa").Commit(random.Next(1, 40));
        var files = new (string Name, byte[] Bytes)[]
        {
            random.Next(2) == 0 ? (first.Name.Sealed, first.Seal().Exact()) : (first.Name.Active, first.Active(4096)),
            (second.Name.Active, second.Active(random.Next(3) * 4096)),
            (first.Name.Keys, "{\"@keys\":1,\"@t\":\"2026-11-20T08:00:00.0000000Z\",\"LogId\":\"0123456789abcdef0123456789abcdef\",\"SegmentId\":\"aaaaaaaa\",\"Count\":1}\n"u8.ToArray()),
        };
        for (var i = random.Next(1, 5); i > 0; i--)
        {
            ref var file = ref files[random.Next(files.Length)];
            file.Bytes = Change(file.Bytes, files[random.Next(files.Length)].Bytes, random);
        }

        return LogLab.Drive(files);
    }

    private static byte[] Change(byte[] bytes, byte[] other, Random random)
    {
        var at = random.Next(bytes.Length + 1);
        var count = random.Next(Math.Min(bytes.Length - at, 2000) + 1);
        switch (random.Next(8))
        {
            case 0: // random bytes
                random.NextBytes(bytes.AsSpan(at, count));
                return bytes;
            case 1: // cut
                return bytes[..at];
            case 2: // something taken out
                return [.. bytes[..at], .. bytes[(at + count)..]];
            case 3: // repeated
                return [.. bytes[..(at + count)], .. bytes[at..]];
            case 4: // spliced
                return [.. bytes[..at], .. other[random.Next(other.Length + 1)..]];
            case 5: // a piece of the format where it does not belong
                return [.. bytes[..at], .. Pieces[random.Next(Pieces.Length)], .. bytes[at..]];
            case 6: // the same, over what was there, and its line made whole again
                return Rehashed(bytes, Pieces[random.Next(Pieces.Length)], at);
            default: // nothing but noise
                bytes = new byte[random.Next(20_000)];
                random.NextBytes(bytes);
                return bytes;
        }
    }

    private static byte[] Rehashed(byte[] bytes, byte[] piece, int at)
    {
        var start = bytes.AsSpan(0, at).LastIndexOf(LineTrailer.Newline) + 1;
        var length = bytes.AsSpan(start).IndexOf(LineTrailer.Newline);
        if (length < 40) return bytes;
        var body = bytes.AsSpan(start, length - 28).ToArray();
        piece.AsSpan(0, Math.Min(piece.Length, Math.Max(0, body.Length - (at - start)))).CopyTo(body.AsSpan(Math.Min(at - start, body.Length)));
        var hash = LineTrailer.ToText(System.IO.Hashing.XxHash3.HashToUInt64(body));
        return [.. bytes[..start], .. body, .. System.Text.Encoding.ASCII.GetBytes($",\"@hash\":\"{hash}\"}}"), .. bytes[(start + length)..]];
    }
}
