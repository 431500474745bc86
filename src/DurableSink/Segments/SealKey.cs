using System.Security.Cryptography;
using System.Text;

namespace DurableSink.Segments;

/// <summary>
/// A key that lines of ours are signed with, or checked by: ECDSA over P-256 with SHA-256 (docs/FORMAT.md, Signature). The signature covers all
/// bytes of the line before it, its own key's id among them. Thread-safe.
/// </summary>
internal sealed class SealKey
{
    private const string P256 = "1.2.840.10045.3.1.7";
    private const string MakeOne = "openssl ecparam -name prime256v1 -genkey -noout";
    private const DSASignatureFormat Format = DSASignatureFormat.Rfc3279DerSequence; // as openssl writes it

    private static readonly byte[] IdMark = Encoding.ASCII.GetBytes(",\"KeyId\":\"");
    private static readonly byte[] SignatureMark = Encoding.ASCII.GetBytes("\",\"Signature\":\"");

    private readonly ECDsa _key;
    private readonly Lock _gate = new();

    private SealKey(ECDsa key)
    {
        _key = key;
        Id = Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));
    }

    /// <summary>The SHA-256, in hexadecimal digits, of the public key in DER.</summary>
    public string Id { get; }

    /// <summary>Reads a key to sign with.</summary>
    /// <exception cref="DurableLogException">The file cannot be read, or holds no private key over P-256.</exception>
    public static SealKey ReadPrivate(string path, string option)
    {
        var key = Read(path, option, $"Name a file that holds a private key in PEM, such as '{MakeOne}' writes");
        try
        {
            key._key.SignHash(new byte[SHA256.HashSizeInBytes]);
            return key;
        }
        catch (CryptographicException e)
        {
            throw new DurableLogException($"{option} is '{path}', which holds a public key, and signing needs the private one. Name the file that '{MakeOne}' wrote.", e);
        }
    }

    /// <summary>Reads a key to check with; a private one does too.</summary>
    /// <exception cref="DurableLogException">The file cannot be read, or holds no key over P-256.</exception>
    public static SealKey ReadPublic(string path, string option) =>
        Read(path, option, "Name a file that holds the public key in PEM, such as 'openssl ec -in KEY -pubout' writes");

    /// <summary>The line with its key's id and its signature after <paramref name="text"/>, which is the line so far, a JSON object that is not closed.</summary>
    public byte[] Sign(ReadOnlySpan<byte> text)
    {
        byte[] signed = [.. text, .. IdMark, .. Encoding.ASCII.GetBytes(Id)];
        lock (_gate) return [.. signed, .. SignatureMark, .. Encoding.ASCII.GetBytes(Convert.ToBase64String(_key.SignData([.. signed, (byte)'"'], HashAlgorithmName.SHA256, Format))), (byte)'"'];
    }

    /// <summary>Whether the line's signature was made with this key over what stands before it.</summary>
    public bool Signed(ReadOnlySpan<byte> line)
    {
        var at = line.LastIndexOf(SignatureMark);
        if (at < 0) return false;
        var text = line[(at + SignatureMark.Length)..];
        var signature = new byte[text.Length];
        var end = text.IndexOf((byte)'"');
        if (end < 0 || !Convert.TryFromBase64String(Encoding.ASCII.GetString(text[..end]), signature, out var length)) return false;
        lock (_gate) return _key.VerifyData(line[..(at + 1)], signature.AsSpan(0, length), HashAlgorithmName.SHA256, Format);
    }

    /// <summary>The id of the key that the line says it was signed with; null where it says none.</summary>
    public static string? IdIn(ReadOnlySpan<byte> line)
    {
        var end = line.LastIndexOf(SignatureMark);
        var start = end < 0 ? -1 : line[..end].LastIndexOf(IdMark);
        return start < 0 ? null : Encoding.ASCII.GetString(line[(start + IdMark.Length)..end]);
    }

    private static SealKey Read(string path, string option, string remedy)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(path));
            var curve = key.ExportParameters(false).Curve.Oid;
            if (curve.Value != P256 && curve.FriendlyName is not ("nistP256" or "ECDSA_P256")) // platforms name it differently
                throw new CryptographicException($"its curve is {curve.FriendlyName ?? curve.Value}");
            return new(key);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            key.Dispose();
            throw new DurableLogException($"{option} is '{path}', which cannot be read: {e.Message} {remedy}, to this process too.", e);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new DurableLogException($"{option} is '{path}', which holds no ECDSA key over P-256: {e.Message.TrimEnd('.')}. {remedy}.", e);
        }
    }
}
