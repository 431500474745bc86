using DurableSink.Configuration;
using Microsoft.Extensions.Configuration;

namespace SegmentShipper.Configuration;

/// <summary>A key that is known here and read elsewhere: a section within the section.</summary>
internal sealed class SkippedOption<T>(string name) : Option<T>(name)
{
    public override string Allowed => "a section";

    public override string? Bind(IConfigurationSection section, T options) =>
        section.Value is { Length: > 0 } text ? $"is '{text}', but is a section, with keys below it." : null;

    public override string? Check(T options) => null;

    public override string Show(T options) => "";
}
