using DurableSink.Configuration;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.Configuration;

public sealed class DurableLogOptionsValidatorTests
{
    [Fact]
    public void Defaults_are_valid()
    {
        Assert.Empty(DurableLogOptionsValidator.Validate(new DurableLogOptions()));
        Assert.Empty(DurableLogOptionsValidator.Validate(new DurableFileOptions(), OptionTable.File));
    }

    public static TheoryData<Action<DurableLogOptions>, string> Bad => new()
    {
        { o => o.LogName = "my log", "LogName is 'my log'. Allowed: 1 to 64 of A-Z a-z 0-9 . _ -, beginning with a letter or digit, such as 'my_log'." },
        { o => o.LogName = new string('x', 65), $"LogName is '{new string('x', 65)}'. Allowed: 1 to 64 of A-Z a-z 0-9 . _ -, beginning with a letter or digit, such as '{new string('x', 64)}'." },
        { o => o.Directory = " ", "Directory is ' '. Name a directory for this log alone, or leave it out for logs/<LogName>." },
        { o => o.Fsync = (FsyncPolicy)7, "Fsync is 7. Allowed: one of Always, Batch, Os." },
        { o => o.BatchWindow = TimeSpan.FromSeconds(-1), "BatchWindow is -1s. Allowed: 1ms to 10s, written as a number with its unit (us, ms, s, m, h, d), such as 5ms or 1.5h, or hh:mm:ss." },
        { o => o.SegmentAge = TimeSpan.FromDays(2), "SegmentAge is 2d. Allowed: 1s to 1d, written as a number with its unit (us, ms, s, m, h, d), such as 5ms or 1.5h, or hh:mm:ss." },
        { o => o.SegmentBytes = 256 << 10, "SegmentBytes is 256KiB, less than 2 times MaxEventBytes (256KiB). Raise SegmentBytes, or lower MaxEventBytes." },
        { o => o.BufferBytes = 512 << 10, "BufferBytes is 512KiB, less than 4 times MaxEventBytes (256KiB). Raise BufferBytes, or lower MaxEventBytes." },
        { o => o.RetainBytes = 127 << 20, "RetainBytes is 127MiB, less than 2 times SegmentBytes (64MiB): one segment being written and one sealed. Raise RetainBytes, or lower SegmentBytes." },
        { o => o.RetainAge = TimeSpan.FromSeconds(59), "RetainAge is 59s. Allowed: 1m to 36525d, written as a number with its unit (us, ms, s, m, h, d), such as 5ms or 1.5h, or hh:mm:ss, or none." },
        { o => o.FileMode = UnixFileMode.UserRead, "FileMode is 0400. The owner must be able to read and write: at least 0600." },
        { o => o.DirectoryMode = (UnixFileMode)0b110_000_000, "DirectoryMode is 0600. The owner must be able to read, write and enter: at least 0700." },
        { o => o.TimeProvider = null!, "TimeProvider is null. Leave it at TimeProvider.System." },
    };

    [Theory]
    [MemberData(nameof(Bad), DisableDiscoveryEnumeration = true)]
    public void Tells_option_value_limit_and_remedy(Action<DurableLogOptions> change, string failure)
    {
        var options = new DurableLogOptions();
        change(options);
        Assert.Equal(failure, Assert.Single(DurableLogOptionsValidator.Validate(options)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1L << 41)]
    public void A_segment_has_limits(long bytes) => Assert.Contains(
        DurableLogOptionsValidator.Validate(new DurableLogOptions { SegmentBytes = bytes }),
        failure => failure.StartsWith($"SegmentBytes is {SizeText.Show(bytes)}. Allowed: 64KiB to 1TiB", StringComparison.Ordinal));

    [Fact]
    public void Limits_are_themselves_allowed()
    {
        Assert.Empty(DurableLogOptionsValidator.Validate(new DurableLogOptions
        {
            LogName = "7",
            BatchWindow = TimeSpan.FromMilliseconds(1),
            SegmentBytes = 64 << 10,
            SegmentAge = TimeSpan.FromSeconds(1),
            BufferBytes = 64 << 10,
            MaxEventBytes = 1 << 10,
            RetainBytes = 128 << 10,
            RetainAge = TimeSpan.FromMinutes(1),
            BlockTimeout = TimeSpan.Zero,
            LockTimeout = TimeSpan.Zero,
            ShutdownTimeout = TimeSpan.Zero,
        }));
        Assert.Empty(DurableLogOptionsValidator.Validate(new DurableLogOptions
        {
            LogName = new string('x', 64),
            BatchWindow = TimeSpan.FromSeconds(10),
            SegmentBytes = 1L << 40,
            SegmentAge = TimeSpan.FromDays(1),
            BufferBytes = 1 << 30,
            MaxEventBytes = 16 << 20,
            RetainBytes = 1L << 50,
            RetainAge = TimeSpan.FromDays(36_525),
            BlockTimeout = TimeSpan.FromHours(1),
            LockTimeout = TimeSpan.FromMinutes(10),
            ShutdownTimeout = TimeSpan.FromMinutes(10),
        }));
    }

    [Fact]
    public void All_failures_are_listed()
    {
        var options = new DurableFileOptions { Fsync = (FsyncPolicy)9, AlwaysLevel = (LogLevel)9, AlwaysCategories = [""], MaxEventBytes = 1 };
        Assert.Equal(
            ["Fsync", "MaxEventBytes", "AlwaysLevel", "AlwaysCategories"],
            DurableLogOptionsValidator.Validate(options, OptionTable.File).Select(failure => failure.Split(' ')[0]));
    }

    [Theory]
    [InlineData("Shop.Orders", "Shop.Orders")]
    [InlineData("My App/2 ü", "My_App_2__")]
    [InlineData("_.-x", "x")]
    [InlineData("...", "app")]
    [InlineData("", "app")]
    public void An_applications_name_becomes_a_logs_name(string application, string log)
    {
        Assert.Equal(log, DurableLogOptionsValidator.ToLogName(application));
        Assert.True(DurableLogOptionsValidator.IsLogName(log));
    }
}
