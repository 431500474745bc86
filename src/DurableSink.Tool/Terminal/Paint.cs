namespace DurableSink.Tooling.Terminal;

/// <summary>Colours, where they are wanted; else nothing.</summary>
internal readonly struct Paint(bool isOn)
{
    public bool IsOn => isOn;

    public string Dim => Code("\e[2m");

    public string Bold => Code("\e[1m");

    public string Red => Code("\e[31m");

    public string Yellow => Code("\e[33m");

    public string Green => Code("\e[32m");

    public string Cyan => Code("\e[36m");

    public string Magenta => Code("\e[35m");

    public string White => Code("\e[97;41m");

    public string End => Code("\e[0m");

    private string Code(string code) => isOn ? code : "";
}
