using System.Globalization;
using DurableSink.PowerCut.Shipping;
using Microsoft.Extensions.Logging;

namespace DurableSink.PowerCut;

/// <summary>When the writer says of an event that it is acknowledged.</summary>
internal enum AcknowledgeAt
{
    /// <summary>When the log said that it is durable: what the rig is here to check.</summary>
    Durable,

    /// <summary>When the log accepted it: a lie under Batch and Os that the rig must notice (see <c>teeth</c>).</summary>
    Accepted,
}

/// <summary>How the writer works: the options of <c>write</c>.</summary>
internal sealed class WriterSettings
{
    public const string LogName = "powercut";

    public FsyncPolicy Fsync { get; private set; } = FsyncPolicy.Always;

    public int Producers { get; private set; } = 6;

    public long SegmentBytes { get; private set; } = 256 << 10;

    public PreallocationMode Preallocation { get; private set; } = PreallocationMode.Auto;

    public TailBlockMode TailBlock { get; private set; } = TailBlockMode.Rewrite;

    public AcknowledgeAt Acknowledge { get; private set; } = AcknowledgeAt.Durable;

    /// <summary>0: until killed. Otherwise each producer stops after so many events and the log is closed.</summary>
    public int Events { get; private set; }

    /// <summary>A directory on another drive to ship to; null: nothing is shipped.</summary>
    public string? Ship { get; private set; }

    public PutAt Put { get; private set; } = PutAt.Standing;

    public static WriterSettings Parse(ReadOnlySpan<string> args)
    {
        var settings = new WriterSettings();
        for (var i = 0; i < args.Length; i += 2)
        {
            var value = i + 1 < args.Length ? args[i + 1] : throw new ArgumentException($"{args[i]} needs a value");
            switch (args[i])
            {
                case "--fsync": settings.Fsync = Enum.Parse<FsyncPolicy>(value, ignoreCase: true); break;
                case "--producers": settings.Producers = int.Parse(value, CultureInfo.InvariantCulture); break;
                case "--segment-bytes": settings.SegmentBytes = long.Parse(value, CultureInfo.InvariantCulture); break;
                case "--preallocation": settings.Preallocation = Enum.Parse<PreallocationMode>(value, ignoreCase: true); break;
                case "--tail-block": settings.TailBlock = Enum.Parse<TailBlockMode>(value, ignoreCase: true); break;
                case "--acknowledge": settings.Acknowledge = Enum.Parse<AcknowledgeAt>(value, ignoreCase: true); break;
                case "--ship": settings.Ship = value; break;
                case "--put": settings.Put = Enum.Parse<PutAt>(value, ignoreCase: true); break;
                case "--events": settings.Events = int.Parse(value, CultureInfo.InvariantCulture); break;
                default: throw new ArgumentException($"unknown option {args[i]}");
            }
        }
        if (settings.SegmentBytes < 256 << 10) throw new ArgumentException("--segment-bytes: at least 262144, for the largest events to fit");
        return settings;
    }

    public DurableLogOptions ToOptions(string directory)
    {
        var options = new DurableLogOptions();
        ApplyTo(options, directory);
        options.FlushTimeout = TimeSpan.FromMinutes(5); // on a busy machine the rig's drive stands still for seconds, which is no error
        return options;
    }

    public void ApplyTo(DurableLogOptions options, string directory)
    {
        (options.Directory, options.LogName, options.Fsync) = (LogDirectory.In(directory), LogName, Fsync);
        (options.SegmentBytes, options.MaxEventBytes) = (SegmentBytes, 128 << 10);
        (options.Preallocation, options.TailBlock) = (Preallocation, TailBlock);
        options.BufferDirectory = "none"; // a power cut takes memory; the rig's does not
        options.OnNotice = Tell;
    }

    // The verifier's last line is its verdict; a recovery is no news there.
    private static void Tell(DurableNotice notice)
    {
        if (notice.Level >= LogLevel.Warning) Console.WriteLine($"{notice.Level} {notice.Name}: {notice.Message}");
    }
}
