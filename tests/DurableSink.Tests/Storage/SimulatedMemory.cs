using System.IO.Hashing;
using System.Text;
using DurableSink.Storage;

namespace DurableSink.Tests.Storage;

/// <summary>Memory that a crash of the process leaves and a power cut takes.</summary>
internal sealed class SimulatedMemory : ISharedMemory
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, byte[]> _left = []; // nobody holds it
    private readonly Dictionary<string, AlignedMemory> _held = [];

    /// <summary>How much there is; more cannot be made.</summary>
    public int Capacity { get; set; } = int.MaxValue;

    public IReadOnlyList<string> List()
    {
        lock (_gate) return [.. _left.Keys, .. _held.Keys];
    }

    public SharedBlock Create(string name, int length)
    {
        lock (_gate)
        {
            if (length > Capacity) throw SimulatedDrive.Error("fallocate", name, 0, Errno.ENOSPC);
            return Hold(name, AlignedMemory.Allocate(length));
        }
    }

    public SharedBlock? TryTake(string name)
    {
        lock (_gate)
        {
            if (!_left.Remove(name, out var bytes)) return null;
            var memory = AlignedMemory.Allocate(bytes.Length);
            bytes.CopyTo(memory.Span);
            return Hold(name, memory);
        }
    }

    /// <summary>As the next process finds it.</summary>
    public SimulatedMemory Clone()
    {
        var copy = new SimulatedMemory { Capacity = Capacity };
        lock (_gate)
        {
            foreach (var (name, bytes) in _left) copy._left[name] = bytes; // shared: what is left does not change
            foreach (var (name, memory) in _held) copy._left[name] = memory.Span.ToArray();
        }

        return copy;
    }

    /// <summary>What the next process finds.</summary>
    public void AddTo(XxHash128 hash)
    {
        foreach (var (name, bytes) in Clone()._left.OrderBy(l => l.Key, StringComparer.Ordinal))
        {
            hash.Append(Encoding.UTF8.GetBytes($"{name} {bytes.Length}\n"));
            hash.Append(bytes);
        }
    }

    /// <summary>Changes what was left: for a test's own damage.</summary>
    public void Damage(string name, Action<byte[]> change)
    {
        lock (_gate)
        {
            byte[] bytes = [.. _left[name]];
            change(bytes);
            _left[name] = bytes;
        }
    }

    public void Dispose()
    {
    }

    private SharedBlock Hold(string name, AlignedMemory memory)
    {
        _held.Add(name, memory);
        return new(memory, delete =>
        {
            lock (_gate)
            {
                _held.Remove(name);
                if (!delete) _left[name] = memory.Span.ToArray();
            }
        });
    }
}
