using DurableSink.Tooling.Terminal;

namespace DurableSink.Tooling.Verifying;

/// <summary>Whether each sealed segment is signed, or vouched for by a signed one after it: a seal signs the hash of the file before too.</summary>
internal sealed class SignatureCheck(IReadOnlyList<SealedCheck> checks, SealKeys keys, Verdict verdict)
{
    public void Run()
    {
        if (keys.IsEmpty)
        {
            var signed = checks.Where(check => check.SignedBy != null).ToList();
            if (signed.Count > 0)
                verdict.Add(FindingKind.Note, "", $"{Amounts.Count(signed.Count, "seal")} signed by {string.Join(", ", signed.Select(check => check.SignedBy).Distinct())}: --key PUBLIC.pem checks that");
            return;
        }

        var vouchedFor = new HashSet<string>();
        foreach (var check in checks.Reverse())
        {
            if (check.Sha256 is not { } sha256) continue; // not whole, and said
            if (check.IsSigned != true && !vouchedFor.Contains(sha256))
            {
                verdict.Add(FindingKind.Damaged, check.File, check.SignedBy is { } other
                    ? $"it is signed with the key {other}, which was not given, and nothing that is signed vouches for it"
                    : "it is not signed, and nothing that is signed vouches for it");
                continue;
            }

            verdict.Signatures += check.IsSigned == true ? 1 : 0;
            if (check.Seal?.Previous.Sha256 is { } before) vouchedFor.Add(before);
        }
    }
}
