using System.Diagnostics;
using System.Globalization;

namespace SegmentShipper.Tests.S3;

/// <summary>The program of <c>tests/s3/Child</c>: it logs to a lab's directory and ships to its prefix, until it is killed.</summary>
internal static class ShipperProcess
{
    private const int Whole = 16 << 20;

    /// <param name="server">Where to.</param>
    /// <param name="lab">Its directory and prefix.</param>
    /// <param name="segmentBytes">When it rolls.</param>
    /// <param name="what"><c>write</c> or <c>finish</c>.</param>
    /// <param name="host">What its machine is called, where it is not to be this one's name: that needs root.</param>
    public static Process Start(S3Server server, S3Lab lab, int segmentBytes, string what, string? host = null)
    {
        string[] program =
        [
            "dotnet", Path.Combine(AppContext.BaseDirectory, "ShipperChild.dll"), lab.Directory, server.Endpoint, server.Region, lab.Bucket, lab.Prefix,
            segmentBytes.ToString(CultureInfo.InvariantCulture), Whole.ToString(CultureInfo.InvariantCulture), what,
        ];
        if (host is not null) program = ["unshare", "--uts", "sh", "-c", "echo $0 >/proc/sys/kernel/hostname && exec \"$@\"", host, .. program];
        var start = new ProcessStartInfo(program[0], program[1..]) { RedirectStandardOutput = true };
        var keys = server.Credentials.GetCredentials();
        (start.Environment["S3_ACCESS_KEY"], start.Environment["S3_SECRET_KEY"]) = (keys.AccessKey, keys.SecretKey);
        return Process.Start(start)!;
    }

    /// <summary>Reads what the program tells, to the end where it was killed; the greatest number that it told to be durable.</summary>
    public static async Task<long> ReadAsync(Process child, int lines, long acknowledged)
    {
        for (var i = 0; i < lines && await child.StandardOutput.ReadLineAsync(S3Lab.Token) is { } line;)
        {
            // A line that a kill cut short can only be a smaller number.
            if (line.StartsWith("shipped", StringComparison.Ordinal)) continue;
            if (long.TryParse(line, CultureInfo.InvariantCulture, out var number)) acknowledged = Math.Max(acknowledged, number);
            i++;
        }

        return acknowledged;
    }
}
