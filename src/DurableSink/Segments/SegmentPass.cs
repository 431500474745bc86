using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using DurableSink.Storage;

namespace DurableSink.Segments;

/// <summary>
/// One pass over a segment's file, from its start to its end, in pieces that are read, looked at by the caller, and hashed. In parallel, a
/// thread reads ahead and another one hashes what the caller has left behind; alone, the caller does all three in turn.
/// </summary>
internal sealed class SegmentPass : IDisposable
{
    private const int PiecesAlone = 2;
    private const int LargestAlone = 256 << 10; // beside commits: those wait on the drive for what is being read
    private const int PiecesInParallel = 4;
    private const int LargestInParallel = 4 << 20; // fewer changes of thread: on a busy machine each waits for its turn
    private const int WorthThreads = 8 << 20;

    private static readonly byte[] Newlines = [.. Enumerable.Repeat(LineTrailer.Newline, 4096)];

    private readonly ILogFile _file;
    private readonly IncrementalHash _sha256;
    private readonly bool _toleratesUnreadable;
    private readonly Piece[] _pieces; // go round: the piece with number n is at n % length; number 0 is an empty one before the first
    private readonly Thread[] _threads;
    private readonly object _lock = new(); // over the three numbers: each is changed by one party only, and gives that party the pieces up to the next
    private long _filled = 1;
    private long _left;
    private long _done;
    private bool _isAtEnd;
    private bool _isStopping;
    private ExceptionDispatchInfo? _failure;
    private long _readTo;
    private long _hashedTo;

    /// <summary>Where it tolerates what the drive cannot read, those blocks are damage (<see cref="BlockReading"/>); else the read fails.</summary>
    public SegmentPass(ILogFile file, IncrementalHash sha256, bool inParallel, bool toleratesUnreadable = true)
    {
        _file = file;
        _sha256 = sha256;
        _toleratesUnreadable = toleratesUnreadable;
        Length = file.Length;
        var size = (int)Math.Min(inParallel ? LargestInParallel : LargestAlone, (Length / AlignedMemory.Alignment + 1) * AlignedMemory.Alignment);
        var pieces = inParallel ? PiecesInParallel : PiecesAlone;
        _pieces = [.. Enumerable.Range(0, pieces).Select(_ => new Piece(size, carries: Length > size))];
        _threads = inParallel ? [Start(ReadAhead, "reader"), Start(HashBehind, "hasher")] : [];
    }

    /// <summary>The file's length, taken once.</summary>
    public long Length { get; }

    /// <summary>The file up to here belongs to the hash; what was skipped before it is filler.</summary>
    public long Accepted { get; set; }

    /// <summary>Where the piece at hand ends.</summary>
    public long End => Current.End;

    private Piece Current => At(_left);

    /// <summary>Below this, threads cost more than they gain.</summary>
    public static bool IsWorthThreads(ILogFile file) => file.Length >= WorthThreads;

    /// <summary>What is left of the piece at hand. Valid until the next <see cref="TryAdvance"/>.</summary>
    public ReadOnlySpan<byte> From(long offset) => Current.From(offset);

    /// <summary>Goes on to the next piece; what the one at hand holds from <paramref name="offset"/> on is carried over to it. False where
    /// the file ends, or where that is longer than a piece.</summary>
    public bool TryAdvance(long offset)
    {
        var rest = Current.From(offset);
        if (rest.Length > Current.Size || !HasNext()) return false;
        At(_left + 1).Carry(rest);
        Leave();
        return true;
    }

    /// <summary>Goes to the piece in which <paramref name="offset"/> stands, or which ends there.</summary>
    public void SkipTo(long offset)
    {
        while (offset > Current.End && TryAdvance(Current.End)) { }
    }

    /// <summary>Hashes all that is accepted; the hash is the caller's again until it goes on.</summary>
    public void Settle()
    {
        lock (_lock) WaitUntil(() => _done == _left);
        Hash(Current.From(Current.Start), Current.Start, Accepted);
    }

    /// <summary>Hashes what the caller has read itself, after <see cref="Settle"/>.</summary>
    public void Add(ReadOnlySpan<byte> bytes, long offset, long accepted) => Hash(bytes, offset, Accepted = accepted);

    public void Dispose()
    {
        lock (_lock)
        {
            _isStopping = true;
            Monitor.PulseAll(_lock);
        }

        foreach (var thread in _threads) thread.Join();
        foreach (var piece in _pieces) piece.Dispose();
    }

    private Piece At(long number) => _pieces[number % _pieces.Length];

    private bool HasNext()
    {
        if (_threads.Length == 0 && !_isAtEnd) Fill();
        lock (_lock)
        {
            WaitUntil(() => _filled > _left + 1 || _isAtEnd);
            return _filled > _left + 1;
        }
    }

    private void Leave()
    {
        Current.Accepted = Accepted;
        lock (_lock)
        {
            _left++;
            Monitor.PulseAll(_lock);
        }

        if (_threads.Length == 0) HashNext();
    }

    private void Fill()
    {
        var read = At(_filled).Fill(_file, _readTo, Length, _toleratesUnreadable);
        _readTo += read;
        lock (_lock)
        {
            if (read > 0) _filled++;
            _isAtEnd = _readTo >= Length || read < Current.Size;
            Monitor.PulseAll(_lock);
        }
    }

    private void HashNext()
    {
        var piece = At(_done);
        Hash(piece.From(piece.Start), piece.Start, piece.Accepted);
        lock (_lock)
        {
            _done++;
            Monitor.PulseAll(_lock);
        }
    }

    private void ReadAhead()
    {
        while (!_isAtEnd && IsTurn(() => _filled - _done < _pieces.Length)) Fill();
    }

    private void HashBehind()
    {
        while (IsTurn(() => _done < _left)) HashNext();
    }

    /// <summary>Waits for a thread's turn. False when there is nothing more to do.</summary>
    private bool IsTurn(Func<bool> condition)
    {
        lock (_lock)
        {
            while (!_isStopping && !condition()) Monitor.Wait(_lock);
            return !_isStopping;
        }
    }

    private void WaitUntil(Func<bool> condition)
    {
        while (_failure == null && !condition()) Monitor.Wait(_lock);
        _failure?.Throw();
    }

    private Thread Start(Action work, string name)
    {
        var thread = new Thread(() =>
        {
            try
            {
                work();
            }
            catch (Exception e) // the caller's, who waits for what this thread was to do
            {
                lock (_lock)
                {
                    _failure ??= ExceptionDispatchInfo.Capture(e);
                    Monitor.PulseAll(_lock);
                }
            }
        })
        { IsBackground = true, Name = $"DurableSink {name}" };
        thread.UnsafeStart();
        return thread;
    }

    private void Hash(ReadOnlySpan<byte> bytes, long offset, long to)
    {
        if (to <= _hashedTo) return;
        for (; _hashedTo < offset; _hashedTo += Math.Min(offset - _hashedTo, Newlines.Length))
            _sha256.AppendData(Newlines, 0, (int)Math.Min(offset - _hashedTo, Newlines.Length));
        _sha256.AppendData(bytes[(int)(_hashedTo - offset)..(int)(to - offset)]);
        _hashedTo = to;
    }

    /// <summary>Some of the file, with room before it for what is carried over from the piece before.</summary>
    private sealed class Piece(int size, bool carries) : IDisposable
    {
        private readonly int _before = carries ? size : 0; // most files are one piece: nothing is carried over to it
        private AlignedMemory? _memory; // made when it is needed
        private int _begin;
        private int _end;

        public int Size { get; } = size;

        /// <summary>Where the first byte at hand stands in the file, and where the last one ends.</summary>
        public long Start { get; private set; }

        public long End => Start + _end - _begin;

        /// <summary>How far the file belonged to the hash when the caller left this piece.</summary>
        public long Accepted { get; set; }

        public int Fill(ILogFile file, long offset, long length, bool toleratesUnreadable)
        {
            _memory ??= AlignedMemory.Allocate(_before + Size);
            var into = _memory.Span[_before..];
            var read = toleratesUnreadable ? BlockReading.Read(file, offset, into, length) : (int)Math.Min(file.Read(offset, into), length - offset);
            (Start, _begin, _end) = (offset, _before, _before + read);
            return read;
        }

        public void Carry(ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(_memory!.Span[(_before - bytes.Length)..]);
            _begin = _before - bytes.Length;
            Start -= bytes.Length;
        }

        public ReadOnlySpan<byte> From(long offset) =>
            offset < End ? _memory!.Span[(_begin + (int)(offset - Start)).._end] : [];

        public void Dispose() => _memory?.Dispose();
    }
}
