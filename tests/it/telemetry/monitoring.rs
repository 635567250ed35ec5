//! The dashboard, the alerts and the guide name the metrics and labels that the library exports, and the words of its labels.

use std::collections::{BTreeMap, BTreeSet};

use metrics_exporter_prometheus::{
    BuildError, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};
use otpost::challenge::{ChallengeErrorKind, Step};
use otpost::provider::{Fate, SendErrorKind};
use otpost::report::ReportStatus;
use otpost::store::StoreErrorKind;
use regex_lite::Regex;

use super::metrics::{challenge, fail_over, refuse};

const ALERTS: &str = include_str!("../../../monitoring/alerts.yml");
const DASHBOARD: &str = include_str!("../../../monitoring/grafana-dashboard.json");
const GUIDE: &str = include_str!("../../../src/guide/monitoring.md");
const NAMES: &str = include_str!("../../../src/guide/observability.md");

/// The labels of each metric, by the name of the exporter without the endings of histograms.
type Exported = BTreeMap<String, BTreeSet<String>>;

/// The upper ends of the buckets in seconds. A message takes 0.1 s to 2 s, and at most 60 s with retries.
const BUCKETS: [f64; 10] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 60.0];

/// As the guide shows it, except that the recorder is for this thread alone.
fn install() -> Result<PrometheusRecorder, BuildError> {
    Ok(PrometheusBuilder::new()
        .with_recommended_naming(true)
        .set_buckets(&BUCKETS)?
        .build_recorder())
}

/// Everything that the library exports, by the exporter.
#[expect(clippy::future_not_send, reason = "the recorder is for this thread alone")]
async fn exported() -> Exported {
    let recorder = install().unwrap();
    let handle: PrometheusHandle = recorder.handle();
    let guard = metrics::set_default_local_recorder(&recorder);
    fail_over().await;
    refuse().await;
    challenge().await;
    drop(guard);
    let mut exported = Exported::new();
    let label = Regex::new(r#"(\w+)=""#).unwrap();
    for line in handle.render().lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let (name, labels) = line.split_once('{').unwrap_or_else(|| panic!("{line}"));
        let labels = labels.rsplit_once('}').unwrap().0;
        let labels = label.captures_iter(labels).map(|found| found[1].to_owned());
        exported.entry(stem(name).to_owned()).or_default().extend(labels);
    }
    exported
}

/// The name of a metric without the ending of one of a histogram's series.
fn stem(name: &str) -> &str {
    let endings = ["_bucket", "_sum", "_count"];
    endings.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name)
}

/// The name of the library as that of the exporter.
fn by_exporter(name: &str, is_counter: bool) -> String {
    format!("{}{}", name.replace('.', "_"), if is_counter { "_total" } else { "" })
}

/// The names in a text, such as `otpost.sends`.
fn names(text: &str) -> BTreeSet<String> {
    let name = Regex::new(r"^\| `(otpost\.[a-z.]+)` \|").unwrap();
    text.lines().filter_map(|line| Some(name.captures(line)?[1].to_owned())).collect()
}

/// What is wrong with the queries: unknown metrics, labels that their metrics do not have, and words that no label has.
fn complaints(queries: &[String], exported: &Exported) -> Vec<String> {
    let metric = Regex::new(r"\botpost_[a-z_]+").unwrap();
    let by = Regex::new(r"\b(?:by|ignoring|on|without) ?\(([^)]*)\)").unwrap();
    let selector = Regex::new(r#"(\w+) ?(?:=~|!~|!=|=) ?"([^"]*)""#).unwrap();
    let mut complaints = Vec::new();
    for query in queries {
        let mut known = BTreeSet::from(["job".to_owned(), "le".to_owned()]);
        for found in metric.find_iter(query) {
            match exported.get(stem(found.as_str())) {
                Some(labels) => known.extend(labels.iter().cloned()),
                None => complaints.push(format!("unknown metric {}", found.as_str())),
            }
        }
        let grouped = by.captures_iter(query).flat_map(|found| {
            found[1].split(',').map(|label| label.trim().to_owned()).collect::<Vec<_>>()
        });
        let mut labels: BTreeSet<_> = grouped.filter(|label| !label.is_empty()).collect();
        for found in selector.captures_iter(query) {
            labels.insert(found[1].to_owned());
            for word in found[2].split('|').filter(|word| !word.starts_with('$')) {
                if !words(&found[1]).contains(&word.to_owned()) {
                    complaints.push(format!("{} is never {word}", &found[1]));
                }
            }
        }
        complaints.extend(labels.difference(&known).map(|label| format!("no {label} in {query}")));
    }
    complaints
}

/// The words of a label.
fn words(label: &str) -> Vec<String> {
    let accepted = |error: otpost::words::UnknownWordError| error.accepted().to_vec();
    let mut words = match label {
        "fate" => accepted("x".parse::<Fate>().unwrap_err()),
        "error_type" => [
            accepted("x".parse::<SendErrorKind>().unwrap_err()),
            accepted("x".parse::<StoreErrorKind>().unwrap_err()),
        ]
        .concat(),
        "result" => accepted("x".parse::<ChallengeErrorKind>().unwrap_err()),
        "status" => accepted("x".parse::<ReportStatus>().unwrap_err()),
        "step" => accepted("x".parse::<Step>().unwrap_err()),
        _ => Vec::new(),
    };
    words.extend(match label {
        "fate" => &["accepted"][..],
        "error_type" => &["cancelled"],
        // `challenge::trace` has these words.
        "result" => &["accepted", "queued", "unknown", "unneeded"],
        // `Verdict::code`
        "verdict" => &["accepted", "gone", "locked", "malformed", "wrong"],
        _ => &[],
    });
    words.into_iter().map(str::to_owned).collect()
}

/// The queries of the dashboard, and of its variables.
fn dashboard() -> Vec<String> {
    let dashboard: serde_json::Value = serde_json::from_str(DASHBOARD).unwrap();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels.filter_map(|panel| panel["targets"].as_array()).flatten();
    let mut queries: Vec<_> =
        targets.map(|target| target["expr"].as_str().unwrap().to_owned()).collect();
    let variables = dashboard["templating"]["list"].as_array().unwrap().iter();
    queries.extend(variables.filter_map(|it| Some(it["query"]["query"].as_str()?.to_owned())));
    assert!(queries.len() > 20, "{queries:?}");
    queries
}

/// The expressions of the alerts, with their names.
fn alerts() -> Vec<(String, String)> {
    let alerts = ALERTS.split("- alert: ").skip(1).map(|alert| {
        let (name, rest) = alert.split_once('\n').unwrap();
        let (_, rest) = rest.split_once("expr:").unwrap();
        let end = rest.find("\n        for:").or_else(|| rest.find("\n        labels:")).unwrap();
        (name.to_owned(), rest[..end].to_owned())
    });
    alerts.collect()
}

#[tokio::test(start_paused = true)]
async fn telemetry_monitoring_names_what_is_exported() {
    let exported = exported().await;
    // The scenario is complete: it exports what the code can export.
    let source = include_str!("../../../src/telemetry/metrics.rs");
    let call = Regex::new(r#"(counter|histogram)!\("(otpost\.[a-z.]+)""#).unwrap();
    let all: BTreeSet<_> =
        call.captures_iter(source).map(|it| by_exporter(&it[2], &it[1] == "counter")).collect();
    assert_eq!(all, exported.keys().cloned().collect(), "the scenario and the code");
    assert!(all.len() >= 15, "{all:?}");

    let queries = dashboard();
    assert_eq!(complaints(&queries, &exported), [""; 0]);
    let metric = Regex::new(r"\botpost_[a-z_]+").unwrap();
    let shown: BTreeSet<_> = queries
        .iter()
        .flat_map(|query| metric.find_iter(query))
        .map(|found| stem(found.as_str()).to_owned())
        .collect();
    assert_eq!(shown, all, "the dashboard shows every metric");
    let expressions: Vec<_> = alerts().into_iter().map(|(_, expression)| expression).collect();
    assert_eq!(complaints(&expressions, &exported), [""; 0]);

    // What the rule must complain about.
    for (query, problem) in [
        ("rate(otpost_sendz_total[5m])", "unknown metric otpost_sendz_total"),
        ("sum by (provider) (otpost_issues_total)", "no provider in"),
        ("otpost_issues_total{fate=\"accepted\"}", "no fate in"),
        ("otpost_sends_total{fate=\"acepted\"}", "fate is never acepted"),
        ("otpost_sends_total{error_type=~\"no_credit|nocredit\"}", "error_type is never nocredit"),
    ] {
        let found = complaints(&[query.to_owned()], &exported);
        assert!(found.iter().any(|it| it.starts_with(problem)), "{query}: {found:?}");
    }
}

#[test]
fn telemetry_monitoring_is_explained_by_the_guide() {
    let explained = names(GUIDE);
    let documented: BTreeSet<_> =
        names(NAMES).into_iter().filter(|name| GUIDE.contains(name)).collect();
    let metrics = NAMES.split("# Metrics\n").nth(1).unwrap().split("\n# ").next().unwrap();
    assert_eq!(explained, names(metrics), "each metric has a row in both pages");
    assert!(explained.len() >= 15 && documented.is_superset(&explained), "{explained:?}");
    for (name, _) in alerts() {
        assert!(GUIDE.contains(&format!("| `{name}` | ")), "{name} is not explained");
    }
    let row = Regex::new(r"(?m)^\| `(Otpost\w+)`").unwrap();
    let rows: BTreeSet<_> = row.captures_iter(GUIDE).map(|it| it[1].to_owned()).collect();
    assert_eq!(rows, alerts().into_iter().map(|(name, _)| name).collect());
    // The words of the labels that the tables explain.
    for label in ["error_type", "result", "verdict"] {
        for word in words(label).iter().filter(|word| !["corrupt", "full"].contains(&word.as_str()))
        {
            assert!(GUIDE.contains(&format!("`{word}`")), "{label} {word} is not explained");
        }
    }
    // The guide shows how the exporter is installed here.
    let shown = [
        "const BUCKETS: [f64; 10] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 60.0];",
        "PrometheusBuilder::new().with_recommended_naming(true).set_buckets(&BUCKETS)?",
    ];
    let here = include_str!("monitoring.rs");
    for line in shown {
        assert!(GUIDE.contains(line) && here.contains(line), "{line}");
    }
}
