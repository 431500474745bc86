using System.Collections.Concurrent;
using System.Globalization;
using DurableSink.Segments;
using DurableSink.Tests.Commit;
using DurableSink.Tests.Storage;

namespace DurableSink.Tests.Model;

/// <summary>One random program: a log's lives on one drive, each ended by closing, a power cut or a crash. All that is random comes from
/// the seed; what the log's threads do in between does not.</summary>
internal sealed class ModelProgram : IDisposable
{
    private static readonly DriveCall[] Failing =
        [DriveCall.Write, DriveCall.WriteDurable, DriveCall.Flush, DriveCall.FlushAll, DriveCall.Rename, DriveCall.DirectoryFlush, DriveCall.Create, DriveCall.Truncate];

    private readonly Random _random;
    private readonly ModelWorld _world = new();
    private readonly ModelClock _clock = new();
    private readonly ConcurrentQueue<string> _actions = new();
    private readonly List<Task> _waits = [];
    private readonly Dictionary<int, long> _keys = []; // to content
    private readonly FsyncPolicy _policy;
    private readonly DurableLogOptions _options;
    private readonly ModelRetention _retention;
    private SimulatedDrive _drive;
    private Dictionary<string, string> _sealed = [];
    private bool _hasFailures;

    public ModelProgram(int seed)
    {
        _random = new Random(seed);
        _drive = new SimulatedDrive(seed)
        {
            ForceUnitAccess = Chance(50),
            FlushIsPerFile = Chance(50),
            SupportsDurableWrites = Chance(70),
            SupportsReserve = Chance(70),
            RenamesByLink = Chance(20),
            IsDirect = Chance(70),
            ReadsShowLostData = Chance(50),
        };
        _policy = (FsyncPolicy)_random.Next(3);
        _options = new()
        {
            Directory = ModelDrives.Root,
            LogName = "model",
            Fsync = _policy,
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
        _retention = new ModelRetention(_options.RetainBytes, _options.SegmentBytes);
        Say($"{_policy} {_options.Preallocation} {_options.TailBlock} FUA={_drive.ForceUnitAccess} perFile={_drive.FlushIsPerFile} " +
            $"RWF_DSYNC={_drive.SupportsDurableWrites} byLink={_drive.RenamesByLink} direct={_drive.IsDirect} showLost={_drive.ReadsShowLostData} " +
            $"retain={_options.RetainBytes}");
    }

    /// <summary>Sealed segments that were removed.</summary>
    public int Removed => _retention.Removed;

    public string Actions => string.Join(Environment.NewLine, _actions);

    public void Dispose() => _clock.Dispose();

    public void Run()
    {
        for (int life = 0, lives = _random.Next(2, 7); life < lives; life++) Live(life);
        Say("at the end");
        _drive = _drive.PowerCut(CutMode.None, 0);
        _retention.Watch(_drive);
        using var log = DurableLog.OpenOn(_drive, _options);
        CheckOpened(log);
    }

    private void Live(int life)
    {
        var closes = Chance(25);
        var mode = Chance(20) ? (CutMode?)null : (CutMode)_random.Next(3);
        var atCall = closes || Chance(25) ? long.MaxValue : Chance(30) ? _random.Next(1, 30) : _random.Next(1, 150);
        Say($"life {life}: {(closes ? "closes" : mode is { } cut ? $"power cut {cut}" : "process crash")} at call {(atCall == long.MaxValue ? "none" : atCall)}");
        _hasFailures = false;
        _retention.Watch(_drive);
        var crash = new ModelCrash(_drive, _world, atCall, mode, _random.Next());
        if (TryOpen(crash) is { } log)
        {
            crash.IsPaused = true;
            CheckOpened(log);
            crash.IsPaused = false;
            crash.Log = log;
            _clock.Nudges(log);
            for (var left = _random.Next(3, 25); left > 0 && crash.Left == null; left--) Act(log, crash);
            if (closes)
            {
                Close(log);
                return;
            }

            crash.Now();
            Abandon(log);
        }

        Say($"  ended {crash.At}, acknowledged {crash.Acknowledged}");
        _world.Crashed(crash.Acknowledged);
        _drive = crash.Left!;
        ModelDrives.CheckSealed(_sealed, _drive, _retention);
    }

    private DurableLog? TryOpen(ModelCrash crash)
    {
        DurableLog? log = null;
        try
        {
            log = DurableLog.OpenOn(_drive, _options);
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
        ModelDrives.CheckText(now);
        _sealed = ModelDrives.Sealed(now);
    }

    private void Act(DurableLog log, ModelCrash crash)
    {
        var action = _random.Next(100);
        if (action < 30) Append(log, _random.Next(1, 12));
        else if (action < 55) AppendAsync(log, _random.Next(1, 12));
        else if (action < 60) Together(log);
        else if (action < 68) AppendKeyed(log, _random.Next(1, 6));
        else if (action < 75) Do("flush", () => Flush(log));
        else if (action < 80) Do("seal", () => Soon.Done(log.SealAsync()));
        else if (action < 85) Append(log, 4, 14_000); // towards a roll
        else if (action < 90) Soon.Is(() => log.DurableSequence == log.LastSequence || _policy == FsyncPolicy.Os || _hasFailures || crash.Left != null);
        else Fail();
    }

    private void Flush(DurableLog log)
    {
        var last = log.LastSequence;
        if (Chance(50)) Soon.Done(log.FlushAsync());
        else log.Flush();
        _world.Durable(last);
    }

    private void Append(DurableLog log, int count, int size = 0)
    {
        for (; count > 0; count--)
        {
            var content = _world.NewContent();
            var filling = size > 0 ? size : Filling();
            Do($"append {content} ({filling})", () => AppendOne(log, content, filling));
        }
    }

    private void AppendOne(DurableLog log, long content, int filling)
    {
        try
        {
            var sequence = log.Append(Event(content, filling));
            _world.Accepted(sequence, content);
            if (_policy == FsyncPolicy.Always) _world.Durable(sequence);
        }
        catch (DurableLogException)
        {
            _world.Unknown(content);
            throw;
        }
    }

    private void AppendAsync(DurableLog log, int count)
    {
        for (; count > 0; count--)
        {
            var content = _world.NewContent();
            var filling = Filling();
            Say($"append {content} ({filling}) async");
            _waits.Add(Wait(log.AppendAsync(Event(content, filling)), content));
        }

        if (Chance(50)) Settle();
    }

    /// <summary>Under keys that come again and again, also in other lives.</summary>
    private void AppendKeyed(DurableLog log, int count)
    {
        for (; count > 0; count--)
        {
            var key = _random.Next(30);
            if (!_keys.TryGetValue(key, out var content)) _keys[key] = content = _world.NewKeyedContent();
            var e = new ModelKeyedEvent(key, content);
            Say($"append {content} under key {key}");
            Do(null, () => _waits.Add(Wait(e.Append(log), content)));
        }

        if (Chance(50)) Settle();
    }

    private async Task Wait(Task<EventPlace> append, long content)
    {
        try
        {
            _world.KeyedIsDurable((await append.ConfigureAwait(false)).Sequence, content);
        }
        catch (Exception e) when (e is DurableLogException or ObjectDisposedException)
        {
            _world.Unknown(content);
        }
    }

    private async Task Wait(ValueTask<long> append, long content)
    {
        try
        {
            var sequence = await append.ConfigureAwait(false);
            _world.Accepted(sequence, content);
            _world.Durable(sequence);
        }
        catch (Exception e) when (e is DurableLogException or ObjectDisposedException)
        {
            _world.Unknown(content);
        }
    }

    /// <summary>Several threads at once.</summary>
    private void Together(DurableLog log)
    {
        var threads = _random.Next(2, 5);
        var seeds = Enumerable.Range(0, threads).Select(_ => (Content: _world.NewContent(), Filling: Filling())).ToList();
        Say($"{threads} threads append {string.Join(' ', seeds)}");
        var tasks = seeds.Select(seed => Soon.Run(() => AppendOne(log, seed.Content, seed.Filling))).ToList();
        foreach (var task in tasks) Do(null, () => Soon.Done(task));
    }

    private void Fail()
    {
        var call = Failing[_random.Next(Failing.Length)];
        var isWrite = call is DriveCall.Write or DriveCall.WriteDurable;
        var errno = isWrite && Chance(30) ? 0 : Chance(50) ? Errno.EIO : Errno.ENOSPC;
        var (count, skip, tear, lose) = (_random.Next(1, 4), _random.Next(4), (Tear)_random.Next(4), Chance(50));
        Say($"fail {count} {call} after {skip}, errno {errno.ToString(CultureInfo.InvariantCulture)}, tear {tear}, lose {lose}");
        _hasFailures = true;
        _drive.FailNext(call, errno, count, skip: skip, tear: tear, loseUnflushed: lose && call is DriveCall.Flush or DriveCall.FlushAll);
    }

    /// <summary>A close with a drive that works loses nothing, whatever went wrong before.</summary>
    private void Close(DurableLog log)
    {
        _drive.FailNoMore();
        Settle();
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
        _clock.Tick = TimeSpan.FromMinutes(1);
        Soon.Done(Soon.Run(log.Dispose));
        _clock.Nudges(null);
        _clock.Tick = TimeSpan.FromMilliseconds(50);
        Settle();
    }

    private void Settle()
    {
        foreach (var wait in _waits) Soon.Done(wait);
        _waits.Clear();
    }

    private void Do(string? what, Action action)
    {
        if (what != null) Say(what);
        try
        {
            action();
        }
        catch (DurableLogException e)
        {
            Say($"  failed: {e.Message}");
        }
    }

    private static DurableEvent Event(long content, int filling) => DurableEvent.Create("{N} {Filling}", content, new string('x', filling));

    private int Filling() => _random.Next(10) switch
    {
        _ when _options.RetainBytes != null && Chance(50) => _random.Next(10_000, 15_000),
        < 6 => _random.Next(300),
        < 9 => _random.Next(5000),
        _ => _random.Next(15_000),
    };

    private bool Chance(int percent) => _random.Next(100) < percent;

    private void Say(string what) => _actions.Enqueue(what);
}
