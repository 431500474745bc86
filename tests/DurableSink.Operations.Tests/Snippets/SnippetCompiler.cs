using DurableSink.Tests;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace DurableSink.Operations.Tests.Snippets;

/// <summary>Compiles a snippet as the program of an application with our packages, nullable references, and warnings as errors.</summary>
internal static class SnippetCompiler
{
    // Never refers to this assembly, whose internals are not a reader's.
    private static readonly MetadataReference[] References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => path != typeof(SnippetCompiler).Assembly.Location).Select(path => MetadataReference.CreateFromFile(path)),
    ];

    /// <summary>What the SDK suppresses too.</summary>
    private static readonly Dictionary<string, ReportDiagnostic> Suppressed = new()
    {
        ["CS1701"] = ReportDiagnostic.Suppress,
        ["CS1702"] = ReportDiagnostic.Suppress,
    };

    private static readonly CSharpCompilationOptions Options = new CSharpCompilationOptions(OutputKind.ConsoleApplication)
        .WithNullableContextOptions(NullableContextOptions.Enable)
        .WithGeneralDiagnosticOption(ReportDiagnostic.Error)
        .WithSpecificDiagnosticOptions(Suppressed);

    /// <summary>Document, line and what the compiler says; empty where nothing is wrong.</summary>
    public static string Errors(DocumentCode snippet, Assumed assumed)
    {
        var program = CSharpSyntaxTree.ParseText(assumed.Before + snippet.Text + assumed.After);
        var given = CSharpSyntaxTree.ParseText(assumed.Source());
        var found = CSharpCompilation.Create("Snippet", [program, given], References, Options).GetDiagnostics();
        var errors = found.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
        return string.Join('\n', errors.Select(error => Place(error.Location) + $": {error.Id}: {error.GetMessage()}"));

        string Place(Location location) => location.SourceTree == program
            ? $"{snippet.Document}:{snippet.Line + location.GetLineSpan().StartLinePosition.Line}"
            : $"{snippet.Place} (in what it assumes)";
    }
}
