using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using DurableSink.Events;
using DurableSink.Segments;

namespace DurableSink.Tooling.Writing;

/// <summary>
/// A line of input as the body of a log's line. A JSON object is an event: CLEF's own members stay what they are, all others are its
/// properties, values byte for byte. Anything else is a message.
/// </summary>
internal sealed class InputEvent(TimeProvider time)
{
    private static readonly byte[] KeyName = Encoding.UTF8.GetBytes(KeyedLine.Property);

    private readonly List<Member> _members = [];
    private char[] _text = new char[1024];

    /// <summary>Writes the body. False where the line is none: blank, or a header or seal that came with the events of another log.</summary>
    public bool TryWrite(EventLine into, ReadOnlySpan<byte> line, long skipped)
    {
        if (line is [.., (byte)'\r']) line = line[..^1];
        var trimmed = line.Trim(" \t\r"u8);
        if (trimmed.IsEmpty && skipped == 0) return false;
        if (trimmed is not [(byte)'{', ..] || skipped > 0 || !TryReadObject(trimmed))
        {
            WriteMessage(into, line, skipped);
            return true;
        }

        var isOurs = LineTrailer.TryRead(trimmed, out _, out _);
        if (isOurs && (trimmed.StartsWith(SegmentHeader.Mark) || trimmed.StartsWith(SegmentSeal.Mark))) return false;
        WriteObject(into, trimmed, isOurs ? LineTrailer.BodyLength(trimmed) : trimmed.Length);
        return true;
    }

    private void WriteMessage(EventLine into, ReadOnlySpan<byte> line, long skipped)
    {
        if (_text.Length < line.Length) _text = new char[line.Length * 2];
        var length = Encoding.UTF8.GetChars(line, _text);
        ClefWriter.Begin(into, time.GetUtcNow());
        into.Write(",\"@m\":"u8);
        JsonText.WriteString(into, _text.AsSpan(0, length));
        into.Skipped += skipped;
    }

    /// <summary>The members of an object that is one in every respect: UTF-8, no more than 64 levels, nothing after it.</summary>
    private bool TryReadObject(ReadOnlySpan<byte> line)
    {
        _members.Clear();
        if (!Utf8.IsValid(line)) return false;
        try
        {
            var reader = new Utf8JsonReader(line);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.ValueIsEscaped ? Encoding.UTF8.GetBytes(reader.GetString()!) : null;
                var (nameStart, nameLength) = ((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
                reader.Read();
                var (start, kind) = ((int)reader.TokenStartIndex, reader.TokenType);
                reader.Skip();
                _members.Add(new(nameStart, nameLength, name, start, (int)reader.BytesConsumed, kind));
            }

            return !reader.Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter: half a surrogate pair in a name
        {
            return false;
        }
    }

    /// <summary>Members that begin beyond <paramref name="end"/> are another log's trailer: this one writes its own.</summary>
    private void WriteObject(EventLine into, ReadOnlySpan<byte> line, int end)
    {
        var timeIndex = -1;
        var happened = default(DateTimeOffset);
        for (var i = 0; i < _members.Count; i++)
        {
            if (NameOf(_members[i], line).SequenceEqual("@t"u8) && TryReadTime(_members[i], line, out var read)) (timeIndex, happened) = (i, read);
        }

        ClefWriter.Begin(into, timeIndex < 0 ? time.GetUtcNow() : happened);
        for (var i = _members.Count - 1; i >= 0; i--)
        {
            var isLeftOut = i == timeIndex || _members[i].NameStart >= end || !into.Names.Add(WrittenName(_members[i], line)); // of two, the last stands
            _members[i] = _members[i] with { IsLeftOut = isLeftOut };
        }

        var isFirst = true;
        Member? key = null;
        foreach (var member in _members)
        {
            if (member.IsLeftOut) continue;
            // Right after @t, a key would be one that the log answers for (docs/FORMAT.md, Idempotency keys): nobody wrote it under one here.
            if (isFirst && NameOf(member, line).SequenceEqual(KeyName))
            {
                key = member;
                continue;
            }

            WriteMember(into, member, line);
            isFirst = false;
        }

        if (key == null) return;
        if (isFirst) into.Write(",\"@m\":\"\""u8);
        WriteMember(into, key.Value, line);
    }

    private static void WriteMember(EventLine into, Member member, ReadOnlySpan<byte> line)
    {
        into.Write(",\""u8);
        if (IsToBeDoubled(member, line)) into.Write((byte)'@');
        into.Write(line.Slice(member.NameStart, member.NameLength));
        into.Write("\":"u8);
        into.Write(line[member.ValueStart..member.ValueEnd]);
    }

    /// <summary>A name that begins with @ and is none of CLEF's, or has a value that is none of CLEF's, is a property's.</summary>
    private static bool IsToBeDoubled(Member member, ReadOnlySpan<byte> line)
    {
        var name = NameOf(member, line);
        if (name is not [(byte)'@', ..] || name is [_, (byte)'@', ..]) return false;
        var isText = name.SequenceEqual("@mt"u8) || name.SequenceEqual("@m"u8) || name.SequenceEqual("@l"u8) || name.SequenceEqual("@x"u8) ||
                     name.SequenceEqual("@tr"u8) || name.SequenceEqual("@sp"u8);
        if (isText) return member.Kind != JsonTokenType.String;
        if (name.SequenceEqual("@r"u8)) return member.Kind != JsonTokenType.StartArray;
        return !name.SequenceEqual("@i"u8) || member.Kind is not (JsonTokenType.String or JsonTokenType.Number);
    }

    private static string WrittenName(Member member, ReadOnlySpan<byte> line) =>
        (IsToBeDoubled(member, line) ? "@" : "") + Encoding.UTF8.GetString(NameOf(member, line));

    private static bool TryReadTime(Member member, ReadOnlySpan<byte> line, out DateTimeOffset time)
    {
        time = default;
        if (member.Kind != JsonTokenType.String) return false;
        var reader = new Utf8JsonReader(line[member.ValueStart..member.ValueEnd]);
        reader.Read();
        return reader.TryGetDateTimeOffset(out time);
    }

    private static ReadOnlySpan<byte> NameOf(Member member, ReadOnlySpan<byte> line) =>
        member.Name ?? line.Slice(member.NameStart, member.NameLength);

    private readonly record struct Member(int NameStart, int NameLength, byte[]? Name, int ValueStart, int ValueEnd, JsonTokenType Kind, bool IsLeftOut = false);
}
