using System.Text.Json;

namespace DurableSink.Tooling.Reading;

/// <summary>The members of one line. Used again for each: what it returns is valid until the next <see cref="TryRead"/>.</summary>
internal sealed class ClefEvent
{
    private readonly List<Member> _members = [];
    private ReadOnlyMemory<byte> _line;

    public int Count => _members.Count;

    /// <summary>False where the line is no JSON object.</summary>
    public bool TryRead(ReadOnlyMemory<byte> line)
    {
        _members.Clear();
        _line = line;
        try
        {
            var reader = new Utf8JsonReader(line.Span, new JsonReaderOptions { MaxDepth = 1000 });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var (name, isEscaped) = ((int)reader.TokenStartIndex, reader.ValueIsEscaped);
                var nameEnd = name + reader.ValueSpan.Length + 2;
                reader.Read();
                var (start, kind) = ((int)reader.TokenStartIndex, reader.TokenType);
                reader.Skip();
                _members.Add(new(name, nameEnd, isEscaped, start, (int)reader.BytesConsumed, kind));
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>The index of a member; below 0 where there is none.</summary>
    public int Find(ReadOnlySpan<byte> name)
    {
        for (var i = _members.Count - 1; i >= 0; i--)
        {
            var m = _members[i];
            if (m.IsNameEscaped ? IsSame(m, name) : Slice(m.NameStart + 1, m.NameEnd - 1).SequenceEqual(name)) return i;
        }

        return -1;
    }

    /// <summary>Whether a name, as bytes, begins with an @ of CLEF's own: a doubled one belongs to a property.</summary>
    public bool IsClefMember(int index)
    {
        var name = Slice(_members[index].NameStart + 1, _members[index].NameEnd - 1);
        return name.StartsWith("@"u8) && !name.StartsWith("@@"u8);
    }

    /// <summary>As it was given: a doubled @ is one.</summary>
    public string Name(int index)
    {
        var name = Text(_members[index].NameStart, _members[index].NameEnd);
        return name.StartsWith("@@", StringComparison.Ordinal) ? name[1..] : name;
    }

    public JsonTokenType Kind(int index) => _members[index].Kind;

    /// <summary>A string's text, or any other value's JSON.</summary>
    public string Value(int index)
    {
        var m = _members[index];
        return m.Kind == JsonTokenType.String ? Text(m.ValueStart, m.ValueEnd) : System.Text.Encoding.UTF8.GetString(Slice(m.ValueStart, m.ValueEnd));
    }

    /// <summary>The value's JSON.</summary>
    public ReadOnlySpan<byte> Raw(int index) => Slice(_members[index].ValueStart, _members[index].ValueEnd);

    /// <summary>The text of a string member; null where there is none.</summary>
    public string? String(ReadOnlySpan<byte> name) => Find(name) is >= 0 and var i && Kind(i) == JsonTokenType.String ? Value(i) : null;

    private ReadOnlySpan<byte> Slice(int start, int end) => _line.Span[start..end];

    /// <summary>The text of a string between, and with, its quotes.</summary>
    private string Text(int start, int end)
    {
        var reader = new Utf8JsonReader(Slice(start, end));
        reader.Read();
        return reader.GetString()!;
    }

    private bool IsSame(Member member, ReadOnlySpan<byte> name)
    {
        var reader = new Utf8JsonReader(Slice(member.NameStart, member.NameEnd));
        reader.Read();
        return reader.ValueTextEquals(name);
    }

    private readonly record struct Member(int NameStart, int NameEnd, bool IsNameEscaped, int ValueStart, int ValueEnd, JsonTokenType Kind);
}
