using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using DurableSink.Configuration;

namespace DurableSink.Operations.Tests.Configuration;

/// <summary>
/// The JSON schema of a package's configuration, made from its option tables and from what the documents say of each option. An editor gets it
/// from the package and completes and checks <c>appsettings*.json</c> by it.
/// </summary>
internal static class SchemaText
{
    public const string Duration = @"^(\d+(\.\d+)?(us|ms|s|m|h|d)|(\d+\.)?\d{1,2}:[0-5]\d:[0-5]\d(\.\d{1,7})?)$";
    public const string Size = @"^\d+(KiB|MiB|GiB|TiB|KB|MB|GB|TB)?$";
    public const string Mode = "^0?[0-7]{3}$";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string DurableSink()
    {
        var every = Documents.Rows("docs/OPTIONS.md", "## Every log");
        var file = Section(
            "The application's log (AddDurableFile).", OptionTable.File.Select(option => option.Name),
            [.. every, .. Documents.Rows("docs/OPTIONS.md", "## Only `AddDurableFile`")], LevelRules());
        var audit = Section(
            "An audit log, by the name it was added under.", OptionTable.Audit.Select(option => option.Name),
            [.. every, .. Documents.Rows("docs/OPTIONS.md", "## Only `AddDurableAudit`")]);
        return Text(new()
        {
            ["Logging"] = Object(new() { ["DurableFile"] = file, ["DurableAudit"] = Strict("Level rules of what categories route to audit logs.", LevelRules()) }),
            ["DurableAudit"] = new JsonObject { ["type"] = "object", ["description"] = "The audit logs (AddDurableAudit), by name.", ["additionalProperties"] = audit },
        });
    }

    public static string SegmentShipper()
    {
        var shipper = Options(global::SegmentShipper.Configuration.ShipperOptionTable.Shipper.Select(option => option.Name), Documents.Rows("docs/SHIPPING.md", "## Options"));
        shipper["S3"] = Section(
            "The bucket to ship to.", global::SegmentShipper.Configuration.ShipperOptionTable.S3.Select(option => option.Name),
            Documents.Rows("docs/SHIPPING.md", "### Options of a bucket"));
        var one = Strict("The shipper of sealed segments (AddSegmentShipper).", shipper);
        var named = Strict("A shipper that has a name (AddSegmentShipper(name)).", (JsonObject)shipper.DeepClone());
        one["additionalProperties"] = named;
        return Text(new() { ["SegmentShipper"] = one });
    }

    private static string Text(JsonObject sections)
    {
        var root = Object(sections);
        root.Insert(0, "$schema", "http://json-schema.org/draft-07/schema#");
        return root.ToJsonString(Indented) + "\n";
    }

    private static JsonObject Section(string description, IEnumerable<string> names, List<string[]> rows, JsonObject? more = null)
    {
        var properties = Options(names, rows);
        foreach (var (name, schema) in more ?? []) properties[name] = schema!.DeepClone();
        return Strict(description, properties);
    }

    private static JsonObject Options(IEnumerable<string> names, List<string[]> rows)
    {
        var properties = new JsonObject();
        foreach (var name in names) properties[name] = Option(rows.Single(row => row[0] == name));
        return properties;
    }

    private static JsonObject Option(string[] row)
    {
        var (form, fallback, range, meaning) = (row[1], row[2], row[3], row[4]);
        var schema = form switch
        {
            "duration" => new JsonObject { ["type"] = "string", ["pattern"] = Duration },
            "size" => new JsonObject { ["type"] = new JsonArray("string", "integer"), ["pattern"] = Size, ["minimum"] = 0 },
            "mode" => new JsonObject { ["type"] = "string", ["pattern"] = Mode },
            "name" => new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. range.Split(", ").Select(value => JsonValue.Create(value))]) },
            "flag" => new JsonObject { ["type"] = "boolean" },
            "list" => new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["type"] = "string", ["minLength"] = 1 } },
            "count" or "a number" => Count(range),
            "text" => new JsonObject { ["type"] = "string", ["minLength"] = 1 },
            "section" => [],
            _ => throw new InvalidOperationException($"{row[0]} has the form '{form}'."),
        };
        if (range.EndsWith(", or none", StringComparison.Ordinal)) schema = new JsonObject { ["anyOf"] = new JsonArray(schema, new JsonObject { ["const"] = "none" }) };
        schema["description"] = Described(form, fallback, range, meaning);
        return schema;
    }

    /// <summary>Unit, default and range stand with the meaning: that is all that an editor shows.</summary>
    private static string Described(string form, string fallback, string range, string meaning)
    {
        var what = Unlinked(meaning).TrimEnd('.') + ".";
        var unit = form switch { "duration" => " A duration, such as 5ms or 1.5h.", "size" => " Bytes, or with a unit such as 64MiB.", _ => "" };
        var limits = form is "duration" or "size" or "count" or "a number" or "mode" ? $" Allowed: {range}." : "";
        return $"{what}{unit}{limits} Default: {(fallback.Length == 0 ? "none" : Unlinked(fallback))}.";
    }

    private static string Unlinked(string text) => System.Text.RegularExpressions.Regex.Replace(text, @"\[([^\]]+)\]\([^)]*\)", "$1");

    private static JsonObject Count(string range)
    {
        var limits = range.Split(',')[0].Split(" to ").Select(number => int.Parse(number, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        return new() { ["type"] = "integer", ["minimum"] = limits[0], ["maximum"] = limits[1] };
    }

    private static JsonObject LevelRules() => new()
    {
        ["LogLevel"] = new JsonObject
        {
            ["type"] = "object",
            ["description"] = "The framework's level rules for this provider, by category. They follow a reload.",
            ["additionalProperties"] = new JsonObject { ["enum"] = new JsonArray("Trace", "Debug", "Information", "Warning", "Error", "Critical", "None") },
        },
    };

    /// <summary>An unknown key is an error, as it is at start.</summary>
    private static JsonObject Strict(string description, JsonObject properties) =>
        new() { ["type"] = "object", ["description"] = description, ["properties"] = properties, ["additionalProperties"] = false };

    private static JsonObject Object(JsonObject properties) => new() { ["type"] = "object", ["properties"] = properties };
}
