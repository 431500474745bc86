using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using DurableSink.Storage;

namespace DurableSink.Segments;

/// <summary>The <c>LOG</c> file: the log's random id and format version, made once, durably, with the directory (docs/FORMAT.md).</summary>
internal sealed record LogIdentity(string LogId, string LogName)
{
    public const string FileName = "LOG";
    private const string Unfinished = "LOG.spare";

    /// <summary>Reads the identity, or makes it. Fails where the directory holds a log of another name or a newer format.</summary>
    public static LogIdentity ReadOrCreate(ILogDirectory directory, string logName, TimeProvider time)
    {
        var names = directory.List();
        if (names.Contains(FileName)) return Check(Read(directory), directory, logName);
        var identity = new LogIdentity(IdInSegments(directory) ?? RandomNumberGenerator.GetHexString(32, lowercase: true), logName);
        identity.Create(directory, names, time);
        return identity;
    }

    /// <summary>For a directory that was made anew while the log was open: it goes on as the same log.</summary>
    public void Restore(ILogDirectory directory, TimeProvider time)
    {
        var names = directory.List();
        if (!names.Contains(FileName)) Create(directory, names, time);
        else if (Read(directory) is var found && found.LogId != LogId)
        {
            throw new DurableLogException($"The directory '{directory.Path}' was removed while the log '{LogName}' was open, and now holds another one " +
                $"('{found.LogName}', {found.LogId}). Move that one away; this one goes on then.");
        }
    }

    public static LogIdentity Read(ILogDirectory directory)
    {
        using var file = directory.Open(FileName, Access.Plain, write: false);
        var bytes = new byte[Math.Min(file.Length, 4096)];
        var read = file.Read(0, bytes);
        try
        {
            using var json = JsonDocument.Parse(bytes.AsMemory(0, read));
            var version = json.RootElement.GetProperty("Format").GetInt32();
            if (version > SegmentHeader.FormatVersion)
            {
                throw new DurableLogException(
                    $"'{file.Path}' has format version {version}; this version of DurableSink knows up to {SegmentHeader.FormatVersion}. Use a newer one.");
            }

            return new(json.RootElement.GetProperty("LogId").GetString()!, json.RootElement.GetProperty("LogName").GetString()!);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new DurableLogException(
                $"'{file.Path}' is not a log's identity ({e.Message}). Restore it, or move this directory away and start a new log.", e);
        }
    }

    /// <summary>The id of the log in a directory, also in a copy without this file; null where nothing tells it.</summary>
    public static string? IdOf(ILogDirectory directory) => directory.List().Contains(FileName) ? Read(directory).LogId : IdInSegments(directory);

    /// <summary>The id that the newest readable header names: where the file was lost, the log stays the same one.</summary>
    private static string? IdInSegments(ILogDirectory directory)
    {
        var list = new SegmentList(directory);
        foreach (var name in list.Active.Select(n => n.Active).Reverse().Concat(list.Sealed.Select(n => n.Sealed).Reverse()))
        {
            using var file = directory.Open(name, Access.Segment, write: false);
            if (SealReader.ReadHeader(file) is { } header) return header.LogId;
        }

        return null;
    }

    private void Create(ILogDirectory directory, IReadOnlyList<string> names, TimeProvider time)
    {
        if (names.Contains(Unfinished)) directory.Delete(Unfinished);
        using (var file = directory.Create(Unfinished, Access.Plain))
        {
            file.Write(0, ToJson(time.GetUtcNow()));
            file.FlushAll();
        }

        directory.Rename(Unfinished, FileName);
        directory.Flush();
    }

    private static LogIdentity Check(LogIdentity found, ILogDirectory directory, string logName) => found.LogName == logName
        ? found
        : throw new DurableLogException(
            $"The directory '{directory.Path}' holds the log '{found.LogName}', but LogName is '{logName}'. " +
            $"Give this log a directory of its own, or set LogName to '{found.LogName}'.");

    private byte[] ToJson(DateTimeOffset now)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteNumber("Format", SegmentHeader.FormatVersion);
            json.WriteString("LogId", LogId);
            json.WriteString("LogName", LogName);
            json.WriteString("Created", Timestamps.Format(now));
            json.WriteEndObject();
        }

        return [.. bytes.WrittenSpan, LineTrailer.Newline];
    }
}
