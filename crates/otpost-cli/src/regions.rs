//! `otpost regions`: prints the rules of regions for senders and texts.

use std::io::{self, Write};
use std::process::ExitCode;

use otpost::phone::{QuietHours, Region, RegionRules};
use serde_json::{Value, json};

use crate::arguments::OutputArguments;
use crate::error::CommandError;
use crate::output::{print_json, print_table};

/// Prints a line for each region with known rules, or all rules of some regions.
pub(crate) fn regions(
    regions: &[Region],
    output: OutputArguments,
) -> Result<ExitCode, CommandError> {
    if output.json {
        let all: Vec<_> = match regions {
            [] => RegionRules::all().map(document).collect(),
            regions => regions.iter().map(|region| known_or_not(*region)).collect(),
        };
        print_json(&json!({ "as_of": RegionRules::AS_OF, "regions": all }))?;
        return Ok(ExitCode::SUCCESS);
    }
    if regions.is_empty() {
        let heads = ["region", "names", "generic names", "numbers", "short codes", "more"];
        let rows = std::iter::once(heads.map(str::to_owned)).chain(RegionRules::all().map(row));
        print_table(&rows.collect::<Vec<_>>())?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut stdout = io::stdout().lock();
    for region in regions {
        match RegionRules::of(*region) {
            Some(rules) => stdout.write_all(describe(rules).as_bytes())?,
            None => writeln!(stdout, "{region}: no rules are known")?,
        }
    }
    writeln!(stdout, "as of {}, from vendors and the press", RegionRules::AS_OF)?;
    Ok(ExitCode::SUCCESS)
}

fn row(rules: RegionRules) -> [String; 6] {
    let more = [
        (!rules.text_rules().is_empty(), "text"),
        (matches!(rules.quiet_hours(), QuietHours::Listed { .. }), "hours"),
        (rules.bank_rule().is_some(), "banks"),
        (rules.note().is_some(), "note"),
    ];
    let more: Vec<_> = more.into_iter().filter(|(has, _)| *has).map(|(_, word)| word).collect();
    [
        rules.region().to_string(),
        rules.names().to_string(),
        answer(rules.generic_names_refused(), "refused", "not refused").to_owned(),
        rules.numbers().to_string(),
        answer(rules.short_codes(), "sold", "not sold").to_owned(),
        more.join(", "),
    ]
}

/// Returns all rules of a region, one for each line.
fn describe(rules: RegionRules) -> String {
    let mut text = format!("{}\n", rules.region());
    let mut line = |name: &str, value: &dyn std::fmt::Display| {
        text.push_str(&format!("  {name}: {value}\n"));
    };
    line("names as senders", &rules.names());
    line("generic names", &answer(rules.generic_names_refused(), "refused", "not refused"));
    line("numbers as senders", &rules.numbers());
    line("short codes", &answer(rules.short_codes(), "sold", "not sold"));
    line("delivery reports", &rules.reports());
    line("quiet hours", &rules.quiet_hours());
    for rule in rules.text_rules() {
        line("text", rule);
    }
    if let Some(rule) = rules.bank_rule() {
        line("banks", &rule);
    }
    if let Some(note) = rules.note() {
        line("note", &note);
    }
    let titles: Vec<_> = rules.sources().map(|source| source.title).collect();
    line("sources", &format!("{} ({})", titles.join("; "), rules.source_date()));
    text
}

const fn answer(answer: Option<bool>, yes: &'static str, no: &'static str) -> &'static str {
    match answer {
        Some(true) => yes,
        Some(false) => no,
        None => "unknown",
    }
}

fn known_or_not(region: Region) -> Value {
    let unknown = || json!({ "region": region.as_str(), "is_known": false });
    RegionRules::of(region).map_or_else(unknown, document)
}

fn document(rules: RegionRules) -> Value {
    let quiet_hours = match rules.quiet_hours() {
        QuietHours::Listed { from, until, is_sunday, .. } => {
            json!({ "from": from, "until": until, "sunday": is_sunday })
        }
        QuietHours::Never => json!("never"),
        _ => Value::Null,
    };
    let text = rules.text_rules().iter();
    let text = text.map(|rule| json!({ "rule": rule.name(), "expected": rule.to_string() }));
    let bank = rules.bank_rule().map(
        |rule| json!({ "rule": rule.text, "from": rule.from, "is_verified": rule.is_verified }),
    );
    let sources = rules.sources().map(
        |source| json!({ "title": source.title, "date": source.date, "is_official": source.is_official }),
    );
    json!({
        "region": rules.region().as_str(),
        "is_known": true,
        "names": rules.names().as_str(),
        "generic_names_refused": rules.generic_names_refused(),
        "numbers": rules.numbers().as_str(),
        "short_codes": rules.short_codes(),
        "reports": rules.reports().as_str(),
        "quiet_hours": quiet_hours,
        "text_rules": text.collect::<Vec<_>>(),
        "bank_rule": bank,
        "note": rules.note(),
        "sources": sources.collect::<Vec<_>>(),
        "source_date": rules.source_date(),
    })
}
