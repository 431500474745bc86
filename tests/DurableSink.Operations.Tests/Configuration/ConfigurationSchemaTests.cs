using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DurableSink.Configuration;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace DurableSink.Operations.Tests.Configuration;

/// <summary>The schemas in the packages are what the code's option tables and the documents say. To make them anew: UPDATE_SCHEMAS=1 dotnet test …</summary>
public sealed class ConfigurationSchemaTests
{
    [Theory]
    [InlineData("DurableSink")]
    [InlineData("SegmentShipper")]
    public void A_package_s_schema_is_made_from_its_options(string package)
    {
        var expected = package == "DurableSink" ? SchemaText.DurableSink() : SchemaText.SegmentShipper();
        var file = $"src/{package}/ConfigurationSchema.json";
        if (Environment.GetEnvironmentVariable("UPDATE_SCHEMAS") == "1") File.WriteAllText(Documents.PathOf(file), expected);
        Assert.Equal(expected, Documents.Text(file));
    }

    [Theory]
    [InlineData("DurableSink", "DurableSink")]
    [InlineData("SegmentShipper", "DurableSink.SegmentShipper")]
    public void Editors_find_the_schema_in_the_package(string folder, string package)
    {
        var targets = Documents.Text($"src/{folder}/buildTransitive/{package}.targets"); // NuGet imports it by the package's id
        var include = Regex.Match(targets, "<JsonSchemaSegment Include=\"\\$\\(MSBuildThisFileDirectory\\)([^\"]+)\" FilePathPattern=\"([^\"]+)\" />");
        Assert.True(include.Success);
        Assert.Matches(include.Groups[2].Value, "appsettings.json");
        Assert.Matches(include.Groups[2].Value, "appsettings.Production.json");
        var project = Documents.Text($"src/{folder}/{folder}.csproj");
        Assert.Contains("ConfigurationSchema.json", include.Groups[1].Value, StringComparison.Ordinal);
        Assert.Contains("<None Include=\"ConfigurationSchema.json\" Pack=\"true\" PackagePath=\"/\" />", project, StringComparison.Ordinal);
        Assert.Contains($"<None Include=\"buildTransitive/{package}.targets\" Pack=\"true\" PackagePath=\"buildTransitive/\" />", project, StringComparison.Ordinal);
    }

    public static TheoryData<string, string> Forms => new()
    {
        { "duration", "5ms" }, { "duration", "1.5h" }, { "duration", "00:00:05" }, { "duration", "1.00:00:00" }, { "duration", "0:00:00.5" },
        { "duration", "100us" }, { "duration", "2d" }, { "size", "64MiB" }, { "size", "100000" }, { "size", "1GB" }, { "size", "16KiB" },
        { "mode", "0640" }, { "mode", "750" },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void What_the_schema_takes_the_binder_reads(string form, string value)
    {
        Assert.Matches(PatternOf(form), value);
        Assert.DoesNotContain("cannot be read", Bind(form, value), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("duration", "5")]
    [InlineData("duration", "5 minutes")]
    [InlineData("duration", "ms")]
    [InlineData("duration", "-5ms")]
    [InlineData("size", "64 megabytes")]
    [InlineData("size", "1.5MiB")]
    [InlineData("size", "-1")]
    [InlineData("mode", "640 ")]
    [InlineData("mode", "0999")]
    [InlineData("mode", "rw")]
    public void What_the_binder_does_not_read_the_schema_refuses(string form, string value)
    {
        Assert.DoesNotMatch(PatternOf(form), value);
        if (value.Trim() == value) Assert.NotEmpty(Bind(form, value));
    }

    [Fact]
    public void Each_option_says_its_default_and_what_has_limits_says_them()
    {
        var schema = JsonNode.Parse(Documents.Text("src/DurableSink/ConfigurationSchema.json"))!;
        var options = schema["properties"]!["Logging"]!["properties"]!["DurableFile"]!["properties"]!.AsObject();
        Assert.Equal(OptionTable.File.Count + 1, options.Count); // and LogLevel
        foreach (var (name, option) in options.Where(option => option.Key != "LogLevel"))
        {
            Assert.Contains("Default: ", option!["description"]!.GetValue<string>(), StringComparison.Ordinal);
            var limited = OptionTable.File.Single(known => known.Name == name).Allowed.Contains(", written as", StringComparison.Ordinal);
            Assert.Equal(limited, option["description"]!.GetValue<string>().Contains("Allowed: ", StringComparison.Ordinal) && name is not ("FileMode" or "DirectoryMode"));
        }
    }

    private static string PatternOf(string form) => form switch { "duration" => SchemaText.Duration, "size" => SchemaText.Size, _ => SchemaText.Mode };

    /// <summary>What is wrong with the value; empty where nothing is.</summary>
    private static string Bind(string form, string value)
    {
        var name = form switch { "duration" => "RetainAge", "size" => "RetainBytes", _ => "FileMode" };
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { [name] = value }).Build();
        return string.Concat(OptionBinder.Bind(configuration, "Logging:DurableFile", OptionTable.File, new DurableFileOptions()));
    }
}
