using DurableSink.Segments;
using DurableSink.Tests.Storage;

namespace DurableSink.Tests.Model;

/// <summary>
/// Crash points of one life: before calls that change the drive, the drive as a power cut or a crash of the process would leave it then,
/// with what was acknowledged. Each is recovered when the life is over and all that was offered is known; some are cut again meanwhile.
/// </summary>
internal sealed class ModelPoints
{
    private const int Most = 48; // a life

    private readonly SimulatedDrive _drive;
    private readonly ModelCrash _crash;
    private readonly ModelWorld _world;
    private readonly ModelTexts _texts;
    private readonly DurableLogOptions _options;
    private readonly Random _random;
    private readonly List<Point> _points = [];
    private readonly Lock _lock = new();
    private long _checked;

    public ModelPoints(SimulatedDrive drive, ModelCrash crash, ModelWorld world, ModelTexts texts, DurableLogOptions options, int seed)
    {
        (_drive, _crash, _world, _texts, _options, _random) = (drive, crash, world, texts, options, new Random(seed));
        drive.Called += OnCalled;
    }

    /// <summary>How many were checked since this was asked.</summary>
    public long TakeChecked() => Interlocked.Exchange(ref _checked, 0);

    /// <summary>Checks those so far: while the log is paused, or once all calls of the life have returned.</summary>
    public void Check()
    {
        List<Point> points;
        lock (_lock)
        {
            points = [.. _points];
            _points.Clear();
        }

        foreach (var point in points)
        {
            try
            {
                Check(point);
            }
            catch (Exception e) when (e is ModelException or DurableLogException)
            {
                throw new ModelException($"{point.When}: {e.Message} Files {string.Join(' ', ModelDrives.Files(point.Image))}.");
            }
        }
    }

    private void OnCalled(DriveCall call, string name, long offset, int length)
    {
        if (!Changes(call)) return;
        lock (_lock)
        {
            if (_crash.Left != null || _crash.IsPaused) return;
            var isRare = call is not (DriveCall.Write or DriveCall.WriteDurable or DriveCall.Flush or DriveCall.Create);
            if (_points.Count >= Most || _random.Next(100) >= (isRare ? 80 : 27)) return;
            var acknowledged = _crash.AcknowledgedNow; // first: the drive goes on meanwhile
            var seed = _random.Next();
            var mode = _random.Next(10) switch { < 2 => CutMode.None, < 5 => CutMode.Prefix, < 9 => CutMode.Random, _ => (CutMode?)null };
            var image = mode is { } cut ? _drive.PowerCut(cut, seed) : _drive.ProcessCrash();
            _points.Add(new(image, acknowledged, seed, $"{(mode is { } m ? $"power cut {m}" : "process crash")} before {call} '{name}' at {offset}, {length} bytes"));
        }
    }

    private void Check(Point point)
    {
        var random = new Random(point.Seed);
        var image = point.Image;
        while (random.Next(4) == 0)
        {
            if (CrashIn(image, _options, random) is not { } again) break;
            _checked++;
            image = again;
        }

        _checked++;
        Recover(image, _options);
        if (random.Next(2) == 0) image = image.PowerCut(CutMode.None, 0); // what recovery did is durable
        _world.CheckPoint(random.Next(16) == 0 ? ModelDrives.Read(image) : _texts.Read(image), point.Acknowledged);
        if (random.Next(16) == 0) _texts.Check(image);
    }

    /// <summary>Recovery, cut short at one of its calls. Null where it ends before.</summary>
    public static SimulatedDrive? CrashIn(SimulatedDrive image, DurableLogOptions options, Random random)
    {
        var left = random.Next(1, 15);
        var mode = (CutMode)random.Next(3);
        SimulatedDrive? after = null;
        var during = image.ProcessCrash();
        during.Called += (call, name, offset, _) =>
        {
            if (!Changes(call) || --left > 0) return;
            after ??= during.PowerCut(mode, random.Next());
            throw SimulatedDrive.Error(SimulatedDrive.OperationOf(call), name, offset, Errno.EIO, "crashed");
        };
        try
        {
            Recover(during, options);
        }
        catch (DurableIOException) when (after != null)
        {
            // as planned
        }

        return after;
    }

    public static void Recover(SimulatedDrive drive, DurableLogOptions options)
    {
        using var directory = drive.OpenDirectory(ModelDrives.Root, new(DirectIOMode.Auto, default, default), create: true);
        var identity = LogIdentity.ReadOrCreate(directory, options.LogName!, options.TimeProvider);
        new Recovery(directory, identity, options.TailBlock, options.TimeProvider).Run();
    }

    /// <summary>A crash before a call that only looks is the same as one before the call that follows.</summary>
    private static bool Changes(DriveCall call) =>
        call is not (DriveCall.Read or DriveCall.List or DriveCall.Open or DriveCall.OpenDirectory or DriveCall.Lock or DriveCall.DropCache);

    private sealed record Point(SimulatedDrive Image, long Acknowledged, int Seed, string When);
}
