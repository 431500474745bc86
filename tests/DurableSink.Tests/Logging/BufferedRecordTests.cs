using System.Diagnostics;
using DurableSink.Tests.Commit;
using DurableSink.Tests.Events;
using DurableSink.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DurableSink.Tests.Logging;

/// <summary>What log buffering hands over in batches, in the way the framework's own does.</summary>
public sealed class BufferedRecordTests
{
    private static readonly DateTimeOffset Earlier = new(2026, 11, 20, 9, 30, 0, TimeSpan.FromHours(2));

    [Fact]
    public void A_record_is_the_line_that_its_call_would_have_been_with_its_own_time_and_trace()
    {
        using var app = new LoggingApp();
        using var activity = new Activity("the flush, not the event").SetIdFormat(ActivityIdFormat.W3C).Start();
        using var scope = app.Logger().BeginScope("the flush's, not the event's");
        var (trace, span) = (ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom());
        Buffered(app).LogRecords([new Record
        {
            Time = Earlier,
            Level = LogLevel.Error,
            Id = new EventId(7, "Refused"),
            Thrown = "System.TimeoutException: late\n   at a place",
            Trace = trace,
            Span = span,
            Message = "User 42 took 1.50",
            Values = [new("User", "42"), new("Took", "1.5"), new("{OriginalFormat}", "User {User} took {Took:0.00}")],
        }]);
        Body.Equal(
            $$"""
            {"@t":"2026-11-20T07:30:00.0000000Z","@mt":"User {User} took {Took:0.00}","@r":["\"1.5\""],"@l":"Error",
             "@x":"System.TimeoutException: late\n   at a place","@tr":"{{trace}}","@sp":"{{span}}","User":"42","Took":"1.5",
             "SourceContext":"Shop.Orders","EventId":{"Id":7,"Name":"Refused"} }
            """,
            app.Body);
    }

    [Fact]
    public void A_records_own_template_wins_and_without_any_its_message_is_written()
    {
        using var app = new LoggingApp();
        Buffered(app).LogRecords(
        [
            new Record { Template = "own {A}", Message = "own 1", Values = [new("A", 1), new("{OriginalFormat}", "other")] },
            new Record { Message = "formatted", Values = [new("A", 1)] },
            new Record(),
        ]);
        const string start = "\"@t\":\"2026-11-20T07:30:00.0000000Z\"";
        Body.Equal($$"""{{{start}},"@mt":"own {A}","A":1,"SourceContext":"Shop.Orders"}""", app.Log.Lines[0].Body);
        Body.Equal($$"""{{{start}},"@m":"formatted","A":1,"SourceContext":"Shop.Orders"}""", app.Log.Lines[1].Body);
        Body.Equal($$"""{{{start}},"@m":"","SourceContext":"Shop.Orders"}""", app.Log.Lines[2].Body);
    }

    [Fact]
    public void Records_that_must_be_durable_are_waited_for_once_and_together()
    {
        using var app = new DriveApp(o => (o.Fsync, o.BatchWindow) = (FsyncPolicy.Always, TimeSpan.FromSeconds(10)));
        app.Logger().LogInformation("opens the log"); // and makes the segment
        var before = app.Drive.Calls(DriveCall.WriteDurable);
        Buffered(app).LogRecords(Enumerable.Range(0, 200).Select(i => new Record { Message = $"{i}" }));
        Assert.Equal(201, app.Log.DurableSequence); // D1
        Assert.InRange(app.Drive.Calls(DriveCall.WriteDurable) - before, 1, 2);

        before = app.Drive.Calls(DriveCall.WriteDurable);
        for (var i = 0; i < 20; i++) app.Logger().LogInformation("one by one");
        Assert.Equal(20, app.Drive.Calls(DriveCall.WriteDurable) - before); // the measurement measures
        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"{i}"), app.Read().Skip(1).Take(200).Select(e => e.GetProperty("@m").GetString()));
    }

    [Theory]
    [InlineData(LogLevel.Warning, 0)]
    [InlineData(LogLevel.Error, 1)]
    public void Under_Batch_they_are_waited_for_only_where_one_reaches_AlwaysLevel(LogLevel level, int waits)
    {
        using var app = new LoggingApp(o => o.AlwaysLevel = LogLevel.Error);
        Buffered(app).LogRecords([new Record { Level = level }, new Record(), new Record { Level = level }]);
        Assert.All(app.Log.Lines, line => Assert.False(line.WaitsDurable));
        Assert.Equal(Enumerable.Repeat((3, false), waits), app.Log.Flushes);
    }

    [Fact]
    public void More_records_than_the_buffer_holds_all_arrive()
    {
        using var app = new DriveApp(o => (o.BufferBytes, o.MaxEventBytes) = (64 << 10, 4 << 10));
        Buffered(app).LogRecords(Enumerable.Range(0, 2000).Select(i => new Record { Message = $"{i} {new string('x', 500)}" }));
        Assert.Equal(2000, app.Read().Count);
        Assert.Empty(app.Notices);
    }

    [Fact]
    public void A_record_that_is_too_long_is_shortened()
    {
        using var app = new DriveApp();
        Buffered(app).LogRecords([new Record { Message = new string('x', 5 << 20), Thrown = new string('y', 5 << 20) }]);
        Assert.True(Assert.Single(app.Read()).GetProperty("OriginalBytes").GetInt64() > 10 << 20);
    }

    [Fact]
    public void A_bad_record_keeps_no_other_out_and_nothing_is_thrown()
    {
        using var app = new LoggingApp();
        Buffered(app).LogRecords([new Record(), null!, new Record { Throws = true }, new Record { Level = LogLevel.None }, new Record()]);
        Buffered(app).LogRecords(HalfWay());
        Buffered(app).LogRecords(null!);
        Assert.Equal(3, app.Log.Lines.Count);
        Assert.Equal("EventLost", Assert.Single(app.Notices).Name);
        app.Dispose();
        Assert.Equal("4 events were logged but did not reach the log.", app.Notices[1].Message);

        static IEnumerable<BufferedLogRecord> HalfWay()
        {
            yield return new Record();
            throw new InvalidOperationException("half-way");
        }
    }

    [Theory]
    [InlineData("Shop.Orders", true)]
    [InlineData("Microsoft.AspNetCore.Hosting", false)]
    public void A_failure_is_thrown_after_the_last_record_and_only_to_those_who_are_told(string category, bool throws)
    {
        using var app = new LoggingApp(o => (o.ThrowOnFailure, o.Fsync) = (true, FsyncPolicy.Always)) { Log = new CapturingLog { MaxBodyBytes = 900 } };
        var batch = new[] { new Record { Message = new string('x', 2000) }, new Record { Message = "short" } };
        var thrown = Record(() => Buffered(app, category).LogRecords(batch));
        Assert.Equal(throws ? typeof(EventTooLargeException) : null, thrown?.GetType());
        Assert.Equal(throws ? 1 : 2, app.Log.Lines.Count);
        Assert.Single(app.Log.Flushes);

        app.Log.FailsWith = new DurableLogException("drive gone");
        Assert.Equal(throws ? app.Log.FailsWith : null, Record(() => Buffered(app, category).LogRecords(batch[1..])));

        static Exception? Record(Action action) => Xunit.Record.Exception(action);
    }

    [Fact]
    public void A_failing_drive_is_told_once_where_nobody_is_told()
    {
        using var app = new DriveApp(o => (o.Fsync, o.ShutdownTimeout) = (FsyncPolicy.Always, TimeSpan.Zero));
        app.Logger().LogInformation("opens the log");
        app.Drive.FailNext(DriveCall.WriteDurable, Errno.EIO, count: int.MaxValue);
        app.Drive.FailNext(DriveCall.Write, Errno.EIO, count: int.MaxValue);
        Soon.Done(Soon.Run(() => Buffered(app).LogRecords(Enumerable.Range(0, 100).Select(_ => new Record()))));
        Assert.Equal(1, app.Log.DurableSequence);
        Assert.Single(app.Notices, n => n.Name == "CommitsFail");
    }

    [Fact]
    public void After_disposal_they_go_nowhere()
    {
        using var app = new LoggingApp();
        var logger = Buffered(app);
        app.Services.Dispose();
        logger.LogRecords([new Record()]);
        Assert.Empty(app.Log.Lines);
    }

    private static IBufferedLogger Buffered(LoggingApp app, string category = "Shop.Orders") => Buffered(app.Services, category);

    private static IBufferedLogger Buffered(DriveApp app) => Buffered(app.Services, "Shop.Orders");

    /// <summary>As buffering finds it: the provider's own logger, asked for the interface.</summary>
    private static IBufferedLogger Buffered(ServiceProvider services, string category) =>
        Assert.IsType<IBufferedLogger>(services.GetServices<ILoggerProvider>().Single().CreateLogger(category), exactMatch: false);

    private sealed class Record : BufferedLogRecord
    {
        public DateTimeOffset Time { get; init; } = Earlier;

        public LogLevel Level { get; init; } = LogLevel.Information;

        public EventId Id { get; init; }

        public string? Thrown { get; init; }

        public ActivityTraceId? Trace { get; init; }

        public ActivitySpanId? Span { get; init; }

        public string? Message { get; init; }

        public string? Template { get; init; }

        public KeyValuePair<string, object?>[] Values { get; init; } = [];

        public bool Throws { get; init; }

        public override DateTimeOffset Timestamp => Time;

        public override LogLevel LogLevel => Level;

        public override EventId EventId => Id;

        public override string? Exception => Thrown;

        public override ActivityTraceId? ActivityTraceId => Trace;

        public override ActivitySpanId? ActivitySpanId => Span;

        public override int? ManagedThreadId => 17;

        public override string? FormattedMessage => Message;

        public override string? MessageTemplate => Template;

        public override IReadOnlyList<KeyValuePair<string, object?>> Attributes => Throws ? throw new InvalidOperationException("no") : Values;
    }
}
