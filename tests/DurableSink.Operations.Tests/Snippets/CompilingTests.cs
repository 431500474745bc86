using DurableSink.Tests;
using Xunit;

namespace DurableSink.Operations.Tests.Snippets;

/// <summary>The C# in the documents compiles against these assemblies. Some of it is run too, by tests/packages.</summary>
public sealed class CompilingTests
{
    /// <summary>No C#: it ends in a semicolon all the same.</summary>
    private static readonly string[] Foreign = ["INSTALL httpfs; LOAD httpfs;"];

    public static TheoryData<string> Blocks => [.. CSharp().Select(block => block.Place)];

    public static TheoryData<string, string> Statements
    {
        get
        {
            var statements = new TheoryData<string, string>();
            foreach (var code in DocumentCode.All.Where(code => code.Kind == DocumentCode.Inline && code.Text.EndsWith(';')))
            {
                if (!Foreign.Contains(code.Text)) statements.Add(code.Place, code.Text);
            }

            return statements;
        }
    }

    [Theory]
    [MemberData(nameof(Blocks))]
    public void Each_block_compiles(string place)
    {
        var block = CSharp().Single(block => block.Place == place);
        Compiles(block, Assumed.By(block));
    }

    [Theory]
    [MemberData(nameof(Statements))]
    public void Each_statement_within_a_text_compiles(string place, string statement)
    {
        var code = DocumentCode.All.Single(code => code.Kind == DocumentCode.Inline && code.Place == place && code.Text == statement);
        Compiles(code, Assumed.Statement);
    }

    [Fact]
    public void Nothing_is_assumed_or_left_out_for_code_that_is_not_there()
    {
        Assert.Equal(CSharp().Select(block => block.Document).Distinct().Order(), Assumed.Blocks.Keys.Order());
        Assert.All(Foreign, text => Assert.Contains(DocumentCode.All, code => code.Text == text));
        Assert.DoesNotContain(DocumentCode.All, code => code.Kind.ToLowerInvariant() is "c#" or "cs" or ""); // would not be found
    }

    [Theory]
    [InlineData("builder.Logging.AddDurableFil();", "x.md:3: CS1061: ")]
    [InlineData("builder.Logging.AddDurableFile(o => o.Fsync = 7);", "x.md:3: CS0266: ")]
    [InlineData("app.UseDurableAudit();", "x.md:3: CS0103: ")] // a name that was not said to be there
    [InlineData("IAuditLog audit;", "x.md:3: CS0246: ")] // a using that was not
    [InlineData("string name = null;", "x.md:3: CS8600: ")] // a warning
    [InlineData("builder.Logging.AddDurableFile()", "x.md:3: CS1002: ")]
    public void What_is_wrong_is_told_with_its_place(string line, string expected)
    {
        var snippet = Assert.Single(DocumentCode.Of("x.md", ["```csharp", "// said before", line, "```"]));
        Assert.StartsWith(expected, SnippetCompiler.Errors(snippet, new("builder")), StringComparison.Ordinal);
    }

    private static IEnumerable<DocumentCode> CSharp() => DocumentCode.All.Where(code => code.Kind == "csharp");

    /// <summary>Not by comparing: that would show the beginning only.</summary>
    private static void Compiles(DocumentCode snippet, Assumed assumed)
    {
        var errors = SnippetCompiler.Errors(snippet, assumed);
        Assert.True(errors.Length == 0, errors);
    }
}
