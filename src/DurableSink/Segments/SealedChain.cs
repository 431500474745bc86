using System.Security.Cryptography;
using DurableSink.Storage;

namespace DurableSink.Segments;

/// <summary>The end of the chain of sealed files, so that the next seal can name the hash of the file before it; and what seals are signed with.</summary>
internal sealed class SealedChain(ILogDirectory directory, SealKey? key = null)
{
    private const string First = "first segment";
    private const string NoneBefore = "no sealed segment before"; // removed, set aside, or not sealed itself

    private string? _last;
    private string? _sha256;
    private string? _reason = First;

    /// <summary>Null where seals are not signed.</summary>
    public SealKey? Key => key;

    /// <summary>The newest sealed file, where it is known.</summary>
    public string? Last => _last;

    /// <summary>The newest sealed file at opening; its hash is taken when a seal needs it, unless it was sealed just now.</summary>
    public void StartFrom(string? sealedFile)
    {
        if (sealedFile != null && sealedFile == _last) return;
        _last = sealedFile;
        _sha256 = null;
        _reason = sealedFile == null ? First : null;
    }

    public void Add(string sealedFile, string sha256) => (_last, _sha256, _reason) = (sealedFile, sha256, null);

    /// <summary>The next seal cannot name the file before it; sealing never waits for it.</summary>
    public void Break(string reason) => (_last, _sha256, _reason) = (null, null, reason);

    /// <summary>What the next seal names, in a segment whose header names <paramref name="previousId"/> as the one written before.</summary>
    public PreviousHash Previous(string? previousId)
    {
        if (_sha256 == null && _last != null)
        {
            try
            {
                _sha256 = HashOf(_last);
            }
            catch (DurableIOException e)
            {
                Break($"unreadable: {e.Message}");
            }
        }

        return new(_sha256, _reason == First && previousId != null ? NoneBefore : _reason);
    }

    private string HashOf(string file)
    {
        using var opened = directory.Open(file, Access.Segment, write: false);
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using (var pass = new SegmentPass(opened, sha256, SegmentPass.IsWorthThreads(opened), toleratesUnreadable: false))
        {
            while (pass.TryAdvance(pass.End)) pass.Accepted = pass.End;
            pass.Settle();
        }

        return Convert.ToHexStringLower(sha256.GetHashAndReset());
    }
}
