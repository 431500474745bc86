namespace DurableSink.Tooling.Terminal;

/// <summary>One line on the standard error that is written over as things change, where that is a terminal; else nothing is shown.</summary>
internal sealed class StatusLine(Surroundings world) : IDisposable
{
    private string _shown = "";

    public void Show(string text)
    {
        if (!world.IsErrorTerminal || text == _shown) return;
        var line = text.Length < world.Width ? text : text[..(world.Width - 1)];
        world.Error.Write($"\r{line}\e[K");
        _shown = text;
    }

    public void Dispose()
    {
        if (_shown.Length > 0) world.Error.Write("\r\e[K");
    }
}
