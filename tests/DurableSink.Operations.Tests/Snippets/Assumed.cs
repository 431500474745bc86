using DurableSink.Tests;

namespace DurableSink.Operations.Tests.Snippets;

/// <summary>
/// What a snippet takes as given beside the implicit usings of a web project: names of <see cref="Declarations"/>, separated by spaces
/// (none for a whole program), and usings. Any other name has to be its own.
/// </summary>
internal sealed record Assumed(string Names, params string[] Usings)
{
    /// <summary>For each document what its blocks assume, in their order.</summary>
    public static IReadOnlyDictionary<string, Assumed[]> Blocks { get; } = new Dictionary<string, Assumed[]>
    {
        ["README.md"] = [new("Order", "DurableSink", "Microsoft.AspNetCore.Mvc")],
        ["docs/AUDIT.md"] = [new("builder app Order OrderContracts", "DurableSink"), new("audit order Order key gone"), new("app")],
        ["docs/GETTING-STARTED.md"] = [new(""), new(""), new("builder"), new("", "Serilog")],
        ["docs/MIGRATING.md"] =
        [
            new("", "Serilog", "Serilog.Formatting.Compact") { Before = "_ = new LoggerConfiguration()", After = ".CreateLogger();" },
        ],
        ["docs/OPERATIONS.md"] = [new("builder app"), new("builder", "OpenTelemetry.Metrics")],
        ["docs/SERILOG.md"] = [new("id", "Serilog", "Serilog.Events")],
        ["docs/SHIPPING.md"] = [new("builder", "SegmentShipper")],
        ["src/DurableSink/README.md"] = [new("", "DurableSink")],
        ["src/DurableSink.AspNetCore/README.md"] = [new("Order", "DurableSink", "Microsoft.AspNetCore.Mvc")],
        ["src/DurableSink.Serilog/README.md"] = [new("id", "Serilog", "Serilog.Events")],
        ["src/SegmentShipper/README.md"] = [new("builder"), new("builder")],
    };

    /// <summary>Statements within the text: inline code that ends in a semicolon.</summary>
    public static Assumed Statement { get; } = new("app", "DurableSink", "Microsoft.AspNetCore.Diagnostics");

    private static readonly Dictionary<string, string> Declarations = new()
    {
        ["builder"] = "static partial class Given { public static WebApplicationBuilder builder => null!; }",
        ["app"] = "static partial class Given { public static WebApplication app => null!; }",
        ["audit"] = "static partial class Given { public static DurableSink.IAuditLog audit => null!; }",
        ["order"] = "static partial class Given { public static Order order => null!; }",
        ["key"] = "static partial class Given { public static string key => null!; }",
        ["gone"] = "static partial class Given { public static CancellationToken gone => default; }",
        ["id"] = "static partial class Given { public static int id => 0; }",
        ["Order"] = "record Order(int Id, string Customer);",
        // The serializer's generator does not run here, and only what it adds is used.
        ["OrderContracts"] = """
            abstract class OrderContracts() : System.Text.Json.Serialization.JsonSerializerContext(null)
            {
                public static OrderContracts Default => null!;
            }
            """,
    };

    private static readonly string[] Implicit =
    [
        "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Net.Http.Json", "System.Threading",
        "System.Threading.Tasks", "Microsoft.AspNetCore.Builder", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Http",
        "Microsoft.AspNetCore.Routing", "Microsoft.Extensions.Configuration", "Microsoft.Extensions.DependencyInjection",
        "Microsoft.Extensions.Hosting", "Microsoft.Extensions.Logging",
    ];

    /// <summary>What makes statements of a part of one.</summary>
    public string Before { get; init; } = "";

    public string After { get; init; } = "";

    /// <exception cref="InvalidOperationException">Nothing is said of it.</exception>
    public static Assumed By(DocumentCode block)
    {
        var all = DocumentCode.All.Where(code => code.Kind == block.Kind && code.Document == block.Document).ToList();
        var known = Blocks.GetValueOrDefault(block.Document, []);
        if (known.Length == all.Count) return known[all.IndexOf(block)];
        throw new InvalidOperationException(
            $"{block.Document} has {all.Count} blocks of C#, and {nameof(Assumed)}.cs says of {known.Length} what they assume.");
    }

    /// <summary>A file beside the snippet's.</summary>
    public string Source()
    {
        var usings = Implicit.Concat(Usings).Append("static Given").Select(name => $"global using {name};\n");
        var declarations = Names.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(name => Declarations[name] + "\n");
        return string.Concat(usings) + string.Concat(declarations) + "static partial class Given;\n";
    }
}
