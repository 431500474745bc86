using System.Runtime.ExceptionServices;
using DurableSink.Events;
using Microsoft.Extensions.Logging.Abstractions;

namespace DurableSink.Hosting;

/// <summary>
/// Records that log buffering held back and now hands over. Each is a line as its log call would have written, with the record's own
/// time, trace and span; but not the scopes, which a record does not carry (those open now are another's), nor the thread, which no
/// event carries.
/// </summary>
internal sealed partial class DoorLogger : IBufferedLogger
{
    /// <summary>
    /// Appends one record after the other, so that never more than a line of room is asked for, and where any of them must be durable
    /// waits once, for all of them (D2). One that fails keeps none of the others out; where the category is told, the first failure
    /// is thrown at the end.
    /// </summary>
    public void LogRecords(IEnumerable<BufferedLogRecord> records)
    {
        Settings? settings = null;
        ExceptionDispatchInfo? told = null;
        var mustWait = false;
        try
        {
            foreach (var record in records)
            {
                try
                {
                    if (!IsEnabled(record.LogLevel)) continue;
                    settings = _settings ?? Prepare();
                    if (settings is null) continue; // counted where it was not opened
                    Write(record, settings);
                    mustWait |= record.LogLevel >= settings.WaitsFrom;
                }
                catch (Exception failure)
                {
                    if (IsTold(settings, failure)) told ??= ExceptionDispatchInfo.Capture(failure);
                    else _door.Lost("a buffered event could not be written", failure);
                }
            }
        }
        catch (Exception failure)
        {
            _door.Lost("buffered events could not be read to their end", failure);
        }

        if (mustWait) settings!.Log.Target.Flush(settings.Told);
        told?.Throw();
    }

    /// <summary>Where the log is not open, an exception comes only to those who are told.</summary>
    private static bool IsTold(Settings? settings, Exception failure) => settings?.Told ?? failure is DurableLogException;

    private void Write(BufferedLogRecord record, Settings settings)
    {
        if (LogCall.Rent() is not { } call)
        {
            _door.Lost(EndlessNesting, null);
            return;
        }

        var line = EventLine.Rent(settings.Log.Target.MaxBodyBytes);
        try
        {
            call.Read(record.Attributes);
            var text = record.MessageTemplate ?? call.Template;
            ClefWriter.Begin(line, record.Timestamp);
            if (text is null) ClefWriter.WriteMessage(line, record.FormattedMessage);
            var template = WriteTemplate(line, text, call);
            ClefWriter.WriteContext(line, record.LogLevel, record.Exception, record.ActivityTraceId, record.ActivitySpanId);
            WriteProperties(line, call, template, settings, record.EventId);
            Append(line, settings, waitDurable: false);
        }
        finally
        {
            EventLine.Return(line);
            LogCall.Return(call);
        }
    }
}
