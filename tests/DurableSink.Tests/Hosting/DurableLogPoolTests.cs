using DurableSink.Hosting;
using DurableSink.Tests.Logging;
using Xunit;

namespace DurableSink.Tests.Hosting;

public sealed class DurableLogPoolTests : IDisposable
{
    private readonly List<CapturingLog> _logs = [];
    private readonly DurableLogPool _pool;

    public DurableLogPoolTests() => _pool = new DurableLogPool(_ =>
    {
        _logs.Add(new CapturingLog());
        return _logs[^1];
    });

    public void Dispose() => _pool.Dispose();

    [Fact]
    public void One_directory_is_opened_once_and_shared_when_options_are_equal()
    {
        var log = _pool.Open(new DurableLogOptions { Directory = "logs/a", LogName = "a" });
        Assert.Same(log, _pool.Open(new DurableFileOptions { Directory = Path.GetFullPath("logs/b/../a/"), LogName = "a", WhenLocked = LockedMode.Fail, RetainBytes = null }));
        Assert.NotSame(log, _pool.Open(new DurableLogOptions { Directory = "logs/b", LogName = "a" }));
    }

    [Fact]
    public void Otherwise_the_difference_is_named()
    {
        _pool.Open(new DurableLogOptions { Directory = "/logs/a", LogName = "a" });
        var thrown = Assert.Throws<InvalidOperationException>(() =>
            _pool.Open(new DurableLogOptions { Directory = "/logs/a", LogName = "a", BatchWindow = TimeSpan.FromSeconds(1) }));
        Assert.Equal(
            "The log directory '/logs/a' is open in this process with BatchWindow = 5ms, not 1s. " +
            "Make the options equal, or give one of the logs a directory of its own.",
            thrown.Message);
        Assert.Throws<InvalidOperationException>(() =>
            _pool.Open(new DurableLogOptions { Directory = "/logs/a", LogName = "a", TimeProvider = new FixedTime() }));
    }

    [Fact]
    public async Task Its_end_closes_each_log_once_and_opens_no_more()
    {
        _pool.Open(new DurableLogOptions { Directory = "a" });
        _pool.Open(new DurableLogOptions { Directory = "b" });
        await _pool.DisposeAsync();
        _pool.Dispose();
        Assert.Equal([1, 1], _logs.Select(log => log.TimesDisposed));
        Assert.Throws<ObjectDisposedException>(() => _pool.Open(new DurableLogOptions { Directory = "a" }));
    }
}
