using System.Globalization;
using DurableSink.Segments;
using DurableSink.Tests.Commit;
using DurableSink.Tests.Storage;

namespace DurableSink.Tests.Model;

/// <summary>What is done to an open log, and what the world hears of it.</summary>
internal sealed class ModelActions(ModelWorld world, DurableLogOptions options, Action<string> say)
{
    private static readonly DriveCall[] Failing =
        [DriveCall.Write, DriveCall.WriteDurable, DriveCall.Flush, DriveCall.FlushAll, DriveCall.Rename, DriveCall.DirectoryFlush, DriveCall.Create, DriveCall.Truncate];

    private readonly List<Task> _waits = [];
    private readonly Dictionary<int, long> _keys = []; // to content
    private Random _random = new(0);
    private bool _hasFailures;

    /// <summary>A new life begins.</summary>
    public void Begin() => _hasFailures = false;

    /// <summary>One step; all that is random in it comes from its own source, so that steps can be left out.</summary>
    public void Act(DurableLog log, SimulatedDrive drive, ModelCrash crash, Random random)
    {
        _random = random;
        var action = _random.Next(100);
        if (action < 30) Append(log, _random.Next(1, 12));
        else if (action < 55) AppendAsync(log, _random.Next(1, 12));
        else if (action < 60) Together(log);
        else if (action < 68) AppendKeyed(log, _random.Next(1, 6));
        else if (action < 75) Do("flush", () => Flush(log));
        else if (action < 80) Seal(log, drive, crash);
        else if (action < 85) Append(log, 4, 14_000); // towards a roll
        else if (action < 90) Soon.Is(() => log.DurableSequence == log.LastSequence || options.Fsync == FsyncPolicy.Os || _hasFailures || crash.Left != null);
        else if (action < 98) Fail(drive);
        else OpenTwice(drive);
    }

    /// <summary>D8.</summary>
    private void OpenTwice(SimulatedDrive drive)
    {
        Say("open a second time");
        try
        {
            using var second = DurableLog.OpenOn(drive, options);
        }
        catch (DurableLogException)
        {
            return; // the lock's holder is named, or the drive fails first
        }

        throw new ModelException("A second writer was let in (D8).");
    }

    /// <summary>D4: who hears that it is sealed finds all its events in sealed segments, whatever happens then.</summary>
    private void Seal(DurableLog log, SimulatedDrive drive, ModelCrash crash) => Do("seal", () =>
    {
        var last = log.LastSequence;
        Soon.Done(log.SealAsync());
        world.Durable(last);
        if (crash.Left == null && ModelDrives.SealedTo(drive.PowerCut(CutMode.None, 0)) is var to && to < last && crash.Left == null)
            throw new ModelException($"Events up to {last} were to be in a sealed segment, the last of them ends with {to} (D4).");
    });

    private void Flush(DurableLog log)
    {
        var last = log.LastSequence;
        if (Chance(50)) Soon.Done(log.FlushAsync());
        else log.Flush();
        world.Durable(last);
    }

    private void Append(DurableLog log, int count, int size = 0)
    {
        for (; count > 0; count--)
        {
            var content = world.NewContent();
            var filling = size > 0 ? size : Filling();
            Do($"append {content} ({filling})", () => AppendOne(log, content, filling));
        }
    }

    private void AppendOne(DurableLog log, long content, int filling)
    {
        try
        {
            var sequence = log.Append(Event(content, filling));
            world.Accepted(sequence, content);
            if (options.Fsync == FsyncPolicy.Always) world.Durable(sequence);
        }
        catch (DurableLogException)
        {
            world.Unknown(content);
            throw;
        }
    }

    private void AppendAsync(DurableLog log, int count)
    {
        for (; count > 0; count--)
        {
            var content = world.NewContent();
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
            if (!_keys.TryGetValue(key, out var content)) _keys[key] = content = world.NewKeyedContent();
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
            world.KeyedIsDurable((await append.ConfigureAwait(false)).Sequence, content);
        }
        catch (Exception e) when (e is DurableLogException or ObjectDisposedException)
        {
            world.Unknown(content);
        }
    }

    private async Task Wait(ValueTask<long> append, long content)
    {
        try
        {
            var sequence = await append.ConfigureAwait(false);
            world.Accepted(sequence, content);
            world.Durable(sequence);
        }
        catch (Exception e) when (e is DurableLogException or ObjectDisposedException)
        {
            world.Unknown(content);
        }
    }

    /// <summary>Several threads at once.</summary>
    private void Together(DurableLog log)
    {
        var threads = _random.Next(2, 5);
        var seeds = Enumerable.Range(0, threads).Select(_ => (Content: world.NewContent(), Filling: Filling())).ToList();
        Say($"{threads} threads append {string.Join(' ', seeds)}");
        var tasks = seeds.Select(seed => Soon.Run(() => AppendOne(log, seed.Content, seed.Filling))).ToList();
        foreach (var task in tasks) Do(null, () => Soon.Done(task));
    }

    private void Fail(SimulatedDrive drive)
    {
        var call = Failing[_random.Next(Failing.Length)];
        var isWrite = call is DriveCall.Write or DriveCall.WriteDurable;
        var errno = isWrite && Chance(30) ? 0 : Chance(50) ? Errno.EIO : Errno.ENOSPC;
        var (count, skip, tear, lose) = (_random.Next(1, 4), _random.Next(4), (Tear)_random.Next(4), Chance(50));
        Say($"fail {count} {call} after {skip}, errno {errno.ToString(CultureInfo.InvariantCulture)}, tear {tear}, lose {lose}");
        _hasFailures = true;
        drive.FailNext(call, errno, count, skip: skip, tear: tear, loseUnflushed: lose && call is DriveCall.Flush or DriveCall.FlushAll);
    }

    public void Settle()
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
        _ when options.RetainBytes != null && Chance(50) => _random.Next(10_000, 15_000),
        < 6 => _random.Next(300),
        < 9 => _random.Next(5000),
        _ => _random.Next(15_000),
    };

    private bool Chance(int percent) => _random.Next(100) < percent;

    private void Say(string what) => say(what);
}
