using DurableSink.Events;
using Microsoft.Extensions.Logging;

namespace DurableSink.Hosting;

/// <summary>
/// What the events of one log statement have in common, encoded once: template, names of properties, source context, event id. It is known
/// again by the objects that the caller hands over each time, so that no text is encoded, nor names compared with each other.
/// </summary>
internal sealed class LogStatement
{
    private readonly string _template;
    private readonly EventId _eventId;
    private readonly Hole[] _holes;
    private readonly bool _isPlain;
    private readonly byte[] _message;
    private readonly byte[] _end;
    private readonly PropertyNames _names = new();

    /// <param name="template">The very object that each call hands over.</param>
    /// <param name="call">One of its calls.</param>
    /// <param name="eventId">Its event id.</param>
    /// <param name="end">Writes what follows the properties.</param>
    public LogStatement(string template, LogCall call, EventId eventId, Action<EventLine, PropertyNames, EventId> end)
    {
        (_template, _eventId) = (template, eventId);
        var parsed = MessageTemplate.Get(template);
        _holes = parsed.Holes;
        _isPlain = !parsed.HasFormats && HasNamesOf(call) && Array.TrueForAll(_holes, hole => _names.Add(PropertyNames.Of(hole.Name)));
        var line = EventLine.Rent();
        parsed.Write(line);
        _message = line.Bytes.ToArray();
        line.Clear();
        end(line, _names, eventId);
        _end = line.Bytes.ToArray();
        EventLine.Return(line);
    }

    /// <summary>Whether the template is this statement's.</summary>
    public bool Has(string template) => ReferenceEquals(template, _template);

    /// <summary>Whether the call's event can be written by <see cref="WriteMessage"/> and <see cref="WriteProperties"/>.</summary>
    public bool Fits(LogCall call, EventId eventId) => _isPlain && eventId.Id == _eventId.Id && eventId.Name == _eventId.Name && HasNamesOf(call);

    public void WriteMessage(EventLine line) => line.Write(_message);

    public void WriteProperties(EventLine line, LogCall call, PropertyCapture capture)
    {
        var properties = call.Properties;
        for (var i = 0; i < properties.Length && !line.IsFull; i++)
        {
            line.Write(_holes[i].EncodedName);
            ClefWriter.WriteValue(line, _holes[i].Capture, properties[i].Value, capture);
        }

        line.Write(_end);
    }

    /// <summary>For what is written after the event's own properties: which names the line has.</summary>
    public void CopyNamesTo(EventLine line) => _names.CopyTo(line.Names);

    private bool HasNamesOf(LogCall call)
    {
        var properties = call.Properties;
        if (properties.Length != _holes.Length) return false;
        for (var i = 0; i < properties.Length; i++)
            if (properties[i].Key != _holes[i].Key)
                return false;
        return true;
    }
}
