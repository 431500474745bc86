using System.Runtime.CompilerServices;
using DurableSink.Events;
using Microsoft.Extensions.Logging;

namespace DurableSink.Hosting;

/// <summary>The logger of one category.</summary>
internal sealed partial class DoorLogger : ILogger
{
    private const string SourceContext = "SourceContext";
    private const string EventIdName = "EventId";
    private const int Statements = 32; // of one category that are remembered
    private const string EndlessNesting = "log calls nest without end: a property's ToString logs itself";

    private readonly ILoggerDoor _door;
    private readonly string _category;
    private readonly byte[] _sourceContext;
    private readonly bool _isOurs;
    private object?[]? _statements; // a template that was seen once, or its LogStatement; each entry is replaced as a whole
    private volatile Settings? _settings;

    public DoorLogger(ILoggerDoor door, string category)
    {
        _door = door;
        _category = category;
        _sourceContext = [.. ",\"SourceContext\":\""u8, .. JsonText.Encode(category), (byte)'"'];
        _isOurs = CategoryNames.IsOurs(category);
    }

    /// <summary>Our own diagnostics are never written into the log that they are about.</summary>
    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None && !_isOurs && !_door.IsDisposed && _door.Takes(_category);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => _door.Scopes?.Push(state);

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel)) return;
        var settings = _settings ?? Prepare();
        var call = settings is null ? null : LogCall.Rent();
        if (call is null)
        {
            if (settings is not null) _door.Lost(EndlessNesting, null);
            return;
        }

        var line = EventLine.Rent(settings!.Log.Target.MaxBodyBytes);
        try
        {
            call.Read(state);
            ClefWriter.Begin(line, settings.Log.TimeProvider.GetUtcNow());
            if (call.Template is null) ClefWriter.WriteMessage(line, Format(state, exception, formatter));
            Write(line, call, settings, logLevel, eventId, exception);
        }
        catch (Exception failure) when (!settings.Told)
        {
            // Nothing may leave a log call (DESIGN §2); the engine has counted what it was given.
            _door.Lost("an event could not be written", failure);
        }
        finally
        {
            EventLine.Return(line);
            LogCall.Return(call);
        }
    }

    /// <summary>Not generic over the state, so compiled once.</summary>
    private void Write(EventLine line, LogCall call, Settings settings, LogLevel level, EventId eventId, Exception? exception)
    {
        var statement = FindStatement(call, eventId);
        if (statement is not null)
        {
            statement.WriteMessage(line);
            ClefWriter.WriteContext(line, level, exception);
            statement.WriteProperties(line, call, settings.Log.Capture);
        }
        else
        {
            var template = WriteTemplate(line, call.Template, call);
            ClefWriter.WriteContext(line, level, exception);
            WriteProperties(line, call, template, settings, eventId);
        }

        if (_door.Scopes is { } scopes) WriteScopes(line, scopes, call, settings, statement);
        Append(line, settings, waitDurable: level >= settings.WaitsFrom);
    }

    /// <summary>
    /// What is known of the call's statement; null where its event must be looked at by itself. A text that is made anew for each
    /// event never comes again, so only one that does is encoded.
    /// </summary>
    private LogStatement? FindStatement(LogCall call, EventId eventId)
    {
        if (call.Template is not { Length: <= MessageTemplate.MaxKeptLength } template) return null;
        var statements = _statements ??= new object?[Statements];
        ref var place = ref statements[RuntimeHelpers.GetHashCode(template) % Statements];
        var known = place;
        if (known is LogStatement statement && statement.Has(template)) return statement.Fits(call, eventId) ? statement : null;
        place = ReferenceEquals(known, template) ? new LogStatement(template, call, eventId, WriteEnd) : template;
        return null;
    }

    private static MessageTemplate? WriteTemplate(EventLine line, string? text, LogCall call)
    {
        if (text is null) return null;
        var template = MessageTemplate.Get(text);
        template.Write(line);
        if (template.HasFormats) Rendering.Write(line, template, call.Properties);
        return template;
    }

    private void WriteProperties(EventLine line, LogCall call, MessageTemplate? template, Settings settings, EventId eventId)
    {
        ClefWriter.WriteProperties(line, call.Properties, template, settings.Log.Capture);
        WriteEnd(line, line.Names, eventId);
    }

    /// <summary>The logger's and the framework's own properties, unless the event has one of the name.</summary>
    private void WriteEnd(EventLine line, PropertyNames names, EventId eventId)
    {
        if (names.Add(SourceContext)) line.Write(_sourceContext);
        if ((eventId.Id != 0 || eventId.Name is not null) && names.Add(EventIdName)) WriteEventId(line, eventId);
    }

    private static void WriteScopes(EventLine line, IExternalScopeProvider scopes, LogCall call, Settings settings, LogStatement? statement)
    {
        try
        {
            scopes.ForEachScope(static (scope, reading) => reading.AddScope(scope), call);
        }
        catch (Exception thrown)
        {
            statement?.CopyNamesTo(line);
            statement = null;
            ScopeWriter.WriteFailure(line, thrown, settings.Log.Capture); // a provider that is not the framework's
        }

        if (call.Scopes.IsEmpty) return;
        statement?.CopyNamesTo(line);
        ScopeWriter.Write(line, call.Scopes, settings.Log.Capture);
    }

    private static void Append(EventLine line, Settings settings, bool waitDurable)
    {
        var target = settings.Log.Target;
        if (line.IsFull)
        {
            var trailer = settings.Log.MaxEventBytes - target.MaxBodyBytes;
            if (settings.Told) throw new EventTooLargeException(line.WholeLength + trailer, settings.Log.MaxEventBytes);
            ShortenedEvent.Replace(line, target.MaxBodyBytes);
        }

        target.AppendLine(line.Bytes, waitDurable, settings.Told);
    }

    private static void WriteEventId(EventLine line, EventId eventId)
    {
        line.Write(",\"EventId\":{"u8);
        if (eventId.Id != 0)
        {
            line.Write("\"Id\":"u8);
            ClefValue.WriteNumber(line, eventId.Id);
        }

        if (eventId.Name is not null)
        {
            line.Write(eventId.Id != 0 ? ",\"Name\":"u8 : "\"Name\":"u8);
            JsonText.WriteString(line, eventId.Name);
        }

        line.Write((byte)'}');
    }

    private static string? Format<TState>(TState state, Exception? exception, Func<TState, Exception?, string>? formatter)
    {
        try
        {
            return formatter is null ? ClefValue.TextOf(state) : formatter(state, exception);
        }
        catch (Exception thrown)
        {
            return ClefValue.Describe(thrown);
        }
    }

    /// <summary>Opens the log if need be; null when it cannot be opened now.</summary>
    private Settings? Prepare()
    {
        var log = _door.TryOpen(_category);
        return log is null ? null : _settings = new Settings(log, log.WaitsFrom(_category), log.Tells(_category));
    }

    private sealed record Settings(OpenedLog Log, LogLevel WaitsFrom, bool Told);
}
