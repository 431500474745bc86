using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace DurableSink.Operations.Tests.Metrics;

/// <summary>The dashboard and the alerts ask for what there is: a name that nobody measures would stay silent for ever.</summary>
public sealed partial class WatchingTests
{
    private const string Dashboard = "docs/observability/grafana-dashboard.json";
    private const string Alerts = "docs/observability/prometheus-alerts.yaml";
    private const string AlertTests = "docs/observability/prometheus-alerts.test.yaml";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_metric_and_label_of_the_dashboard_and_the_alerts_is_measured()
    {
        var series = await PrometheusNames.ScrapeAsync(Token);
        Assert.True(series.Count > 25);
        foreach (var (where, expression) in Expressions())
        {
            var used = Metrics().Matches(expression);
            Assert.True(used.Count > 0, $"{where} asks for nothing of ours: {expression}");
            foreach (Match metric in used)
            {
                Assert.True(series.TryGetValue(metric.Groups[1].Value, out var labels), $"{where} asks for {metric.Groups[1].Value}, which nobody measures. Measured: {string.Join(", ", series.Keys)}");
                foreach (Match label in Matchers().Matches(metric.Groups[2].Value))
                    Assert.True(labels.Append("job").Append("instance").Contains(label.Groups[1].Value), $"{where} asks for {metric.Value}, which has the labels {string.Join(", ", labels)}");
            }
        }
    }

    [Fact]
    public async Task Each_metric_is_on_the_dashboard()
    {
        var shown = DashboardExpressions().SelectMany(e => Metrics().Matches(e.Expression)).Select(m => Family(m.Groups[1].Value)).ToHashSet();
        var measured = (await PrometheusNames.ScrapeAsync(Token)).Keys.Select(Family).ToHashSet();
        Assert.Equal(measured.Order(), shown.Order());
    }

    [Fact]
    public void Panels_have_ids_of_their_own_do_not_overlap_and_say_their_unit()
    {
        using var dashboard = JsonDocument.Parse(Documents.Text(Dashboard));
        var panels = dashboard.RootElement.GetProperty("panels").EnumerateArray().ToList();
        Assert.Equal(panels.Count, panels.Select(panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
        var taken = new HashSet<(int, int)>();
        foreach (var panel in panels)
        {
            var at = panel.GetProperty("gridPos");
            var (x, y, w, h) = (at.GetProperty("x").GetInt32(), at.GetProperty("y").GetInt32(), at.GetProperty("w").GetInt32(), at.GetProperty("h").GetInt32());
            Assert.InRange(x + w, 1, 24);
            for (var column = x; column < x + w; column++)
            {
                for (var row = y; row < y + h; row++) Assert.True(taken.Add((column, row)), $"'{panel.GetProperty("title")}' lies over another panel");
            }

            if (panel.GetProperty("type").GetString() == "row") continue;
            Assert.NotEmpty(panel.GetProperty("description").GetString()!);
            Assert.NotEmpty(panel.GetProperty("fieldConfig").GetProperty("defaults").GetProperty("unit").GetString()!);
        }
    }

    [Fact]
    public void Each_alert_says_how_urgent_it_is_what_happened_and_what_to_do_and_is_tried()
    {
        var rules = Rules().ToList();
        Assert.True(rules.Count > 10);
        var tried = Load(AlertTests).Children["tests"] is YamlSequenceNode tests
            ? tests.Children.SelectMany(test => (YamlSequenceNode)test["alert_rule_test"]).Where(test => test is YamlMappingNode map && map.Children.ContainsKey("exp_alerts") && map["exp_alerts"] is YamlSequenceNode { Children.Count: > 0 })
                .Select(test => Scalar(test["alertname"])).ToHashSet()
            : [];
        foreach (var rule in rules)
        {
            Assert.Contains(Scalar(rule["labels"]["severity"]), new[] { "critical", "warning", "info" });
            Assert.NotEmpty(Scalar(rule["annotations"]["summary"]));
            Assert.NotEmpty(Scalar(rule["annotations"]["description"]));
            Assert.StartsWith("docs/", Scalar(rule["annotations"]["runbook"]), StringComparison.Ordinal);
            Assert.Contains(Scalar(rule["alert"]), tried);
        }
    }

    [Fact]
    public void The_checks_can_fail()
    {
        var match = Metrics().Match("sum by (log) (rate(durablesink_segments{state=\"active\", job=~\"$job\"}[5m]))");
        Assert.Equal(("durablesink_segments", "state job"), (match.Groups[1].Value, string.Join(' ', Matchers().Matches(match.Groups[2].Value).Select(m => m.Groups[1].Value))));
        Assert.Equal("durablesink_commit_duration_seconds", Family("durablesink_commit_duration_seconds_bucket"));
    }

    private static IEnumerable<(string Where, string Expression)> Expressions() =>
        DashboardExpressions().Concat(Rules().Select(rule => ($"alert {Scalar(rule["alert"])}", Scalar(rule["expr"]))));

    private static List<(string Where, string Expression)> DashboardExpressions()
    {
        using var dashboard = JsonDocument.Parse(Documents.Text(Dashboard));
        return [.. dashboard.RootElement.GetProperty("panels").EnumerateArray().Where(panel => panel.TryGetProperty("targets", out _))
            .SelectMany(panel => panel.GetProperty("targets").EnumerateArray()
                .Select(target => ($"panel '{panel.GetProperty("title").GetString()}'", target.GetProperty("expr").GetString()!)))];
    }

    private static IEnumerable<YamlMappingNode> Rules() => ((YamlSequenceNode)Load(Alerts)["groups"])
        .SelectMany(group => (YamlSequenceNode)group["rules"]).Cast<YamlMappingNode>();

    private static YamlMappingNode Load(string document)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(Documents.Text(document)));
        return (YamlMappingNode)Assert.Single(yaml.Documents).RootNode;
    }

    private static string Scalar(YamlNode node) => ((YamlScalarNode)node).Value!;

    private static string Family(string series) => HistogramParts().Replace(series, "");

    [GeneratedRegex(@"\b(durablesink_[a-z_]+)(\{[^}]*\})?")]
    private static partial Regex Metrics();

    [GeneratedRegex(@"([a-z_]+)\s*(?:=|!=|=~|!~)\s*""")]
    private static partial Regex Matchers();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex HistogramParts();
}
