using System.Collections.Concurrent;
using DurableSink.Tests.Commit;
using DurableSink.Tests.Storage;

namespace DurableSink.Tests.Model;

/// <summary>One random program: a log's lives on one drive, each ended by closing, a power cut or a crash. All that is random comes from
/// the seed; what the log's threads do in between does not.</summary>
internal sealed class ModelProgram : IDisposable
{
    private const int StepsOfLife = 100; // more than one has

    private readonly int _seed;
    private readonly IReadOnlySet<int>? _only;
    private readonly ModelWorld _world = new();
    private readonly ModelClock _clock = new();
    private readonly ConcurrentQueue<string> _actions = new();
    private readonly List<int> _steps = [];
    private readonly ModelTexts _texts = new();
    private readonly ModelActions _act;
    private readonly DurableLogOptions _options;
    private readonly ModelRetention _retention;
    private SimulatedDrive _drive;
    private Dictionary<string, Content> _sealed = [];
    private Random _random;
    private long _said;

    /// <param name="seed">Where all that is random comes from.</param>
    /// <param name="only">Of the steps that the seed gives, only those with these numbers; null for all.</param>
    public ModelProgram(int seed, IReadOnlySet<int>? only = null)
    {
        _seed = seed;
        _only = only;
        _random = RandomOf(-1);
        _drive = new SimulatedDrive(seed)
        {
            ForceUnitAccess = Chance(50),
            FlushIsPerFile = Chance(50),
            SupportsDurableWrites = Chance(70),
            SupportsReserve = Chance(70),
            HasSharedMemory = Chance(80),
            RenamesByLink = Chance(20),
            IsDirect = Chance(70),
            ReadsShowLostData = Chance(50),
        };
        _options = new()
        {
            Directory = ModelDrives.Root,
            LogName = "model",
            Fsync = (FsyncPolicy)_random.Next(3),
            BatchWindow = TimeSpan.FromMilliseconds(_random.Next(1, 50)),
            SegmentBytes = 64 << 10,
            MaxEventBytes = 16 << 10,
            BufferBytes = 64 << 10,
            Preallocation = (PreallocationMode)_random.Next(4),
            TailBlock = (TailBlockMode)_random.Next(2),
            RetainBytes = Chance(40) ? 128 << 10 : null,
            BlockTimeout = TimeSpan.FromSeconds(4),
            ShutdownTimeout = TimeSpan.FromMinutes(10),
            LockTimeout = TimeSpan.Zero,
            TimeProvider = _clock,
            OnNotice = notice => Say($"  notice {notice.Name}: {notice.Message}"),
        };
        if (_options.RetainBytes == null && Chance(20)) _options.RetainAge = TimeSpan.FromMinutes(1);
        _retention = new ModelRetention(_options);
        _act = new ModelActions(_world, _options, Say);
        Say($"{_options.Fsync} {_options.Preallocation} {_options.TailBlock} FUA={_drive.ForceUnitAccess} perFile={_drive.FlushIsPerFile} " +
            $"RWF_DSYNC={_drive.SupportsDurableWrites} byLink={_drive.RenamesByLink} direct={_drive.IsDirect} showLost={_drive.ReadsShowLostData} " +
            $"retain={_options.RetainBytes} {_options.RetainAge}");
    }

    /// <summary>Most are short, so that there are many; some crash more often in a row, and do more in between.</summary>
    private bool IsLong => _seed % 8 == 0;

    /// <summary>Sealed segments that were removed.</summary>
    public int Removed => _retention.Removed;

    /// <summary>Crash points that were checked.</summary>
    public long Points { get; private set; }

    /// <summary>The numbers of the steps that were taken.</summary>
    public IReadOnlyList<int> Steps => _steps;

    /// <summary>Rises with every line of <see cref="Actions"/>.</summary>
    public long Said => Volatile.Read(ref _said);

    /// <summary>The log that is open, or was last.</summary>
    public DurableLog? Log { get; private set; }

    public string Actions => string.Join(Environment.NewLine, _actions);

    public void Dispose() => _clock.Dispose();

    public void Run()
    {
        for (int life = 0, lives = _random.Next(2, IsLong ? 7 : 5); life < lives; life++)
            if (Takes(life * StepsOfLife)) Live(life);
        Say("at the end");
        _world.Crashed(_world.Acknowledged, _world.Acknowledged);
        _random = RandomOf(-2);
        var damage = new ModelDamage(_drive, _world, _texts, _options, _random);
        damage.Run();
        Points += damage.Points;
        _drive = _drive.PowerCut(CutMode.None, 0);
        _retention.Watch(_drive);
        using var log = DurableLog.OpenOn(_drive, _options);
        CheckOpened(log);
    }

    private void Live(int life)
    {
        _random = RandomOf(life * StepsOfLife);
        var closes = Chance(25);
        var mode = Chance(20) ? (CutMode?)null : (CutMode)_random.Next(3);
        var atCall = closes || Chance(25) ? long.MaxValue : Chance(30) ? _random.Next(1, 30) : _random.Next(1, 150);
        Say($"life {life}: {(closes ? "closes" : mode is { } cut ? $"power cut {cut}" : "process crash")} at call {(atCall == long.MaxValue ? "none" : atCall)}");
        _act.Begin();
        _retention.Watch(_drive);
        var crash = new ModelCrash(_drive, _world, _clock, mode, _random.Next());
        var points = new ModelPoints(_drive, crash, _world, _texts, _options, _random.Next());
        crash.After(atCall);
        if (TryOpen(crash) is { } log)
        {
            crash.IsPaused = true;
            Check(points); // against what was known before
            CheckOpened(log);
            crash.IsPaused = false;
            crash.Log = log;
            _clock.Nudges(log);
            var steps = _random.Next(3, IsLong ? 25 : 21);
            for (var step = 1; step <= steps && crash.Left == null; step++)
                if (Takes(life * StepsOfLife + step)) _act.Act(log, _drive, crash, RandomOf(life * StepsOfLife + step));
            if (closes)
            {
                Close(log);
                Check(points);
                return;
            }

            crash.Now();
            Abandon(log);
        }

        Say($"  ended {crash.At}, acknowledged {crash.Acknowledged}, accepted {crash.Accepted}");
        Check(points);
        _clock.Hurries = false;
        _world.Crashed(crash.Acknowledged, crash.Accepted);
        _drive = crash.Left!;
        ModelDrives.CheckSealed(_sealed, _drive, _retention);
    }

    private bool Takes(int step)
    {
        if (_only?.Contains(step) == false) return false;
        _steps.Add(step);
        return true;
    }

    private void Check(ModelPoints points)
    {
        Say("  crash points");
        points.Check();
        Points += points.TakeChecked();
    }

    private DurableLog? TryOpen(ModelCrash crash)
    {
        DurableLog? log = null;
        try
        {
            Log = log = DurableLog.OpenOn(_drive, _options);
            log.RememberKeys(1000, TimeSpan.FromDays(366));
            return log;
        }
        catch (DurableLogException) when (crash.Left != null)
        {
            if (log != null) Abandon(log);
            return null; // in recovery too
        }
    }

    private void CheckOpened(DurableLog log)
    {
        foreach (var segment in log.RecoveryReport.Segments) Say($"  {segment}");
        var now = _drive.ProcessCrash(); // removal may go on meanwhile, and crash
        Say($"  opened: last {log.RecoveryReport.LastSequence}, files {string.Join(' ', ModelDrives.Files(now))}");
        if (log.RecoveryReport.Missing.Count > 0) throw new ModelException($"Missing {string.Join(' ', log.RecoveryReport.Missing)} though nothing was damaged.");
        var read = ModelDrives.Read(now);
        _world.Check(read);
        var last = read is [.., var end] ? end.Sequence : 0;
        if (log.LastSequence != last) throw new ModelException($"LastSequence is {log.LastSequence}, read was up to {last}.");
        ModelDrives.CheckSealed(_sealed, now, _retention);
        _texts.Check(now);
        _sealed = ModelDrives.Sealed(now);
    }

    /// <summary>A close with a drive that works loses nothing, whatever went wrong before.</summary>
    private void Close(DurableLog log)
    {
        _drive.FailNoMore();
        _act.Settle();
        Say("close");
        log.Dispose();
        _clock.Nudges(null);
        if (log.DurableSequence != log.LastSequence) throw new ModelException($"Closed with {log.DurableSequence} of {log.LastSequence} events durable.");
        _world.Durable(log.LastSequence);
        ModelDrives.CheckSealed(_sealed, _drive, _retention);
        _drive = _drive.PowerCut(CutMode.None, 0);
    }

    /// <summary>Ends the threads of a life that has ended for the model.</summary>
    private void Abandon(DurableLog log)
    {
        Soon.Done(Soon.Run(log.Dispose));
        _clock.Nudges(null);
        _act.Settle();
    }

    /// <summary>Each step has a source of its own, so that leaving out one changes nothing in the others.</summary>
    private Random RandomOf(int step) => new(unchecked(_seed * 1_000_003 + step));

    private bool Chance(int percent) => _random.Next(100) < percent;

    private void Say(string what)
    {
        Interlocked.Increment(ref _said);
        _actions.Enqueue(what);
    }
}
