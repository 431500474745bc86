using System.Text;

namespace DurableSink.Tooling.Terminal;

/// <summary>Rows of cells under headings, each column as wide as its widest cell; the last one is never padded, cut or wrapped.</summary>
internal sealed class Columns(params string[] headings)
{
    private readonly List<(string[] Cells, string Colour)> _rows = [];

    /// <summary>Adds a row; columns of numbers stand on the right.</summary>
    public void Add(string colour, params string[] cells) => _rows.Add((cells, colour));

    public StringBuilder Print(Paint paint)
    {
        var widths = headings.Select((h, i) => _rows.Select(r => r.Cells[i].Length).Append(h.Length).Max()).ToArray();
        var isNumber = headings.Select((_, i) => i < headings.Length - 1 && _rows.Count > 0 && _rows.TrueForAll(r => r.Cells[i] is "" or "-" or [>= '0' and <= '9', ..])).ToArray();
        var text = new StringBuilder();
        Line(text, headings, widths, isNumber, paint.Dim, paint.End);
        foreach (var (cells, colour) in _rows) Line(text, cells, widths, isNumber, colour, colour.Length > 0 ? paint.End : "");
        return text;
    }

    private static void Line(StringBuilder text, string[] cells, int[] widths, bool[] isNumber, string colour, string end)
    {
        text.Append(colour);
        for (var i = 0; i < cells.Length; i++)
        {
            var cell = isNumber[i] ? cells[i].PadLeft(widths[i]) : i == cells.Length - 1 ? cells[i] : cells[i].PadRight(widths[i]);
            text.Append(i == 0 ? "" : "  ").Append(cell);
        }

        text.Append(end).Append('\n');
    }
}
