using System.Text.Json;

namespace DurableSink.Tooling.Verifying;

/// <summary>Receipts as they are kept: one itself, or a file with one on each line, as text or as JSON.</summary>
internal static class ReceiptList
{
    /// <exception cref="ToolException">There is none, or something else among them.</exception>
    public static List<AuditReceipt> Read(string receiptOrFile)
    {
        if (AuditReceipt.TryParse(receiptOrFile, null, out var one)) return [one];
        if (!File.Exists(receiptOrFile))
            throw new ToolException($"--receipt is '{receiptOrFile}', which is no receipt and no file. Give a receipt's text, or a file with one on each line.");
        var receipts = new List<AuditReceipt>();
        var number = 0;
        foreach (var line in File.ReadLines(receiptOrFile).Select(l => l.Trim()))
        {
            number++;
            if (line.Length == 0) continue;
            receipts.Add(Parse(line) ?? throw new ToolException(
                $"Line {number} of '{receiptOrFile}' is no receipt. Allowed: its text, or a JSON object with LogId, SegmentId, Sequence, Hash and Time."));
        }

        return receipts.Count > 0 ? receipts : throw new ToolException($"'{receiptOrFile}' holds no receipt.");
    }

    private static AuditReceipt? Parse(string line)
    {
        if (AuditReceipt.TryParse(line, null, out var receipt)) return receipt;
        if (line[0] != '{') return null;
        try
        {
            using var json = JsonDocument.Parse(line);
            var members = json.RootElement.EnumerateObject().ToDictionary(m => m.Name, m => m.Value, StringComparer.OrdinalIgnoreCase);
            return new()
            {
                LogId = members["LogId"].GetString()!,
                SegmentId = members["SegmentId"].GetString()!,
                Sequence = members["Sequence"].GetInt64(),
                Hash = members["Hash"].GetString()!,
                Time = members["Time"].GetDateTimeOffset(),
            };
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            return null;
        }
    }
}
