using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using DurableSink;
using DurableSink.Tests;
using Xunit;

namespace SegmentShipper.Tests;

/// <summary>DuckDB's statement of docs/SHIPPING.md, over what the directory target wrote.</summary>
public sealed partial class QueryTests : IDisposable
{
    private readonly TempDirectory _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData(Compression.None)]
    [InlineData(Compression.Gzip)]
    public async Task The_documented_DuckDB_statement_finds_the_events(Compression compression)
    {
        if (!Directory.Exists(PathOf("tests/query/node_modules"))) Assert.Skip("DuckDB is not installed: npm install in tests/query.");
        var start = TimeProvider.System.GetUtcNow();
        await using (var log = DurableLog.Open(new() { Directory = _home["log"], LogName = "orders", Preallocation = PreallocationMode.None }))
        {
            for (var i = 1; i <= 6; i++)
            {
                // Types that vary from event to event.
                log.Append(i % 2 == 0 ? DurableEvent.Create("Order {OrderId}", i) : DurableEvent.Create("Order {OrderId} of {Customer}", $"A-{i}", "it's \"me\""));
                if (i % 2 == 0) await log.SealAsync(ShipLab.Token);
            }
        }

        await using (var store = new DirectoryObjectStore(_home["shipped"]))
        using (var shipper = DirectoryShipper.Open(_home["log"], store, new() { Compression = compression, Digests = true })) await shipper.ShipAsync(ShipLab.Token); // digests are not in its way

        var statement = Statement().Match(await File.ReadAllTextAsync(PathOf("docs/SHIPPING.md"), ShipLab.Token)).Groups[1].Value;
        Assert.Contains("read_ndjson_objects", statement, StringComparison.Ordinal);
        var rows = await RunAsync(statement
            .Replace("shipped/", _home["shipped"] + "/", StringComparison.Ordinal)
            .Replace("2026-11-20/", start.ToString("yyyy-MM-dd/", null), StringComparison.Ordinal)
            .Replace("2026-11-20T08:00:00", start.AddMinutes(-1).ToString("yyyy-MM-ddTHH:mm:ss", null), StringComparison.Ordinal)
            .Replace("2026-11-20T09:00:00", start.AddHours(1).ToString("yyyy-MM-ddTHH:mm:ss", null), StringComparison.Ordinal));
        Assert.Equal(["A-1", "2", "A-3", "4", "A-5", "6"], rows.Select(row => row.GetProperty("order_id").GetString()));
        Assert.All(rows, row => Assert.StartsWith("Order {OrderId}", row.GetProperty("template").GetString(), StringComparison.Ordinal));
    }

    [GeneratedRegex("^DuckDB .*?```sql\n(.*?);\n```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Statement();

    private static async Task<List<JsonElement>> RunAsync(string statement)
    {
        var start = new ProcessStartInfo("node", [PathOf("tests/query/duckdb.mjs"), statement]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var node = Process.Start(start)!;
        var (output, errors) = (node.StandardOutput.ReadToEndAsync(ShipLab.Token), node.StandardError.ReadToEndAsync(ShipLab.Token));
        await node.WaitForExitAsync(ShipLab.Token);
        Assert.True(node.ExitCode == 0, await errors);
        return [.. (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private static string PathOf(string file, [CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", file));
}
