namespace DurableSink.Bench.FireAndForget;

/// <summary>Something that takes events from many threads and returns when they are accepted. To dispose of it returns when
/// all that was accepted is in the files, as an application's shutdown would.</summary>
internal interface IEventSink : IDisposable
{
    void Log(long n);
}
