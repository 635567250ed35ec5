//! The rules of regions, against a second reader of the file that they are made of.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use otpost::phone::{
    QuietHours, Region, RegionPolicy, RegionRules, ReportMeaning, SenderRule, TextRule,
};

type Cells = BTreeMap<&'static str, &'static str>;

fn rows(file: &'static str) -> Vec<Cells> {
    let mut lines = file.lines().filter(|line| !line.starts_with('#'));
    let columns: Vec<_> = lines.next().unwrap().split('\t').collect();
    let row = |line: &'static str| columns.iter().copied().zip(line.split('\t')).collect();
    lines.map(row).collect()
}

fn regions() -> Vec<Cells> {
    rows(include_str!("../../../data/regions.tsv"))
}

fn of(code: &str) -> RegionRules {
    RegionRules::of(Region::parse(code).unwrap()).unwrap()
}

/// A cell with `yes`, `no` or `unknown`.
fn answer(cell: &str) -> Option<bool> {
    match cell {
        "yes" => Some(true),
        "no" => Some(false),
        "unknown" => None,
        other => panic!("{other}"),
    }
}

/// The text rules of a cell, in the words of the file.
fn in_words(rule: &TextRule) -> String {
    match rule {
        TextRule::EucKr(most) => format!("euc-kr={most}"),
        TextRule::NoCharacter(character) => format!("no-character={character}"),
        TextRule::Prefix(prefix) => format!("prefix={prefix:?}"),
        TextRule::Segments(most) => format!("segments={most}"),
        TextRule::Units { gsm7, ucs2, .. } => format!("units={gsm7}/{ucs2}"),
        other => other.name().replace('_', "-"),
    }
}

fn hours(hours: QuietHours) -> String {
    match hours {
        QuietHours::Never => "any".to_owned(),
        QuietHours::Listed { from, until, is_sunday, .. } => {
            format!("quiet {from:02}-{until:02}{}", if is_sunday { " sundays" } else { "" })
        }
        _ => "unknown".to_owned(),
    }
}

fn or_dash(text: Option<&'static str>) -> &'static str {
    text.unwrap_or("-")
}

#[test]
fn rules_are_those_of_the_file() {
    let rows = regions();
    assert_eq!(rows.len(), 230);
    for row in &rows {
        let (code, rules) = (row["region"], of(row["region"]));
        assert_eq!(rules.region().as_str(), code);
        assert_eq!(rules.names().as_str(), row["names"], "{code}");
        assert_eq!(rules.generic_names_refused(), answer(row["generic_refused"]), "{code}");
        assert_eq!(rules.numbers().as_str(), row["numbers"], "{code}");
        assert_eq!(rules.short_codes(), answer(row["short_codes"]), "{code}");
        assert_eq!(rules.reports().as_str(), row["reports"], "{code}");
        assert_eq!(hours(rules.quiet_hours()), row["hours"], "{code}");
        let texts: Vec<_> = rules.text_rules().iter().map(in_words).collect();
        assert_eq!(texts.join("; "), row["text"].trim_matches('-'), "{code}");
        assert_eq!(or_dash(rules.bank_rule().map(|rule| rule.text)), row["bank"], "{code}");
        let from = rules.bank_rule().and_then(|rule| rule.from);
        assert_eq!(or_dash(from), row["bank_date"], "{code}");
        assert_eq!(or_dash(rules.note()), row["note"], "{code}");
        assert_eq!(rules.source_date(), row["date"], "{code}");
        let keys: BTreeSet<_> = rules.sources().map(|source| source.key).collect();
        let cells = row["sources"].split(';').map(|cell| cell.split_once('=').unwrap().1);
        assert_eq!(keys, cells.flat_map(|cell| cell.split(',')).collect(), "{code}");
        assert!(!keys.is_empty() && !rules.source_date().is_empty(), "{code}");
    }
    let known: Vec<_> = RegionRules::all().map(|rules| rules.region().to_string()).collect();
    assert_eq!(known, rows.iter().map(|row| row["region"].to_owned()).collect::<Vec<_>>());
    // No source mentions the other regions, and nothing is made up for them.
    let unknown = Region::all().filter(|region| RegionRules::of(*region).is_none()).count();
    assert_eq!(unknown, Region::all().count() - 230);
    let day = include_str!("../../../data/regions.tsv").split("Made on ").nth(1).unwrap();
    assert_eq!(RegionRules::AS_OF, &day[..10]);
}

#[test]
fn unknown_is_never_a_permission() {
    // The naive reader takes a cell that is not `yes` for a no, and an unknown sender for accepted.
    let naive = |cell: &str| Some(cell == "yes");
    let wrong = regions().into_iter().filter(|row| {
        let rules = of(row["region"]);
        rules.generic_names_refused() != naive(row["generic_refused"])
            || rules.short_codes() != naive(row["short_codes"])
    });
    assert!(wrong.count() > 180, "the difference matters");
    for rules in RegionRules::all() {
        let row = regions().into_iter().find(|row| row["region"] == rules.region().as_str());
        let row = row.unwrap();
        for (rule, column) in [(rules.names(), "names"), (rules.numbers(), "numbers")] {
            assert_eq!(rule == SenderRule::Unknown, row[column] == "unknown", "{rules:?}");
        }
    }
    assert_eq!(of("MP").names(), SenderRule::Unknown);
    assert_eq!(of("DE").reports(), ReportMeaning::Unknown);
}

#[test]
fn rules_that_matter_most_are_there() {
    for (code, names) in [
        ("US", SenderRule::Refused),
        ("CA", SenderRule::Refused),
        ("AU", SenderRule::Registered),
        ("IE", SenderRule::Registered),
        ("SG", SenderRule::Registered),
        ("ES", SenderRule::Registered),
        ("CN", SenderRule::Replaced),
        ("GB", SenderRule::Accepted),
        ("CH", SenderRule::Accepted),
    ] {
        assert_eq!(of(code).names(), names, "{code}");
    }
    for code in ["AU", "IE", "SG", "HK", "CN", "GB"] {
        assert_eq!(of(code).generic_names_refused(), Some(true), "{code}");
    }
    assert_eq!(of("US").reports(), ReportMeaning::Carrier);
    assert_eq!(of("PH").reports(), ReportMeaning::None);
    let banks: Vec<_> = RegionRules::all().filter_map(|rules| rules.bank_rule()).collect();
    assert_eq!(banks.len(), 5);
    // None of the circulars was read, and each says so.
    assert!(banks.iter().all(|rule| rule.to_string().ends_with("(unverified)")), "{banks:?}");
    assert_eq!(of("PH").bank_rule().unwrap().from, Some("2026-06-30"));
}

#[test]
fn sources_are_those_of_their_file() {
    let sources = rows(include_str!("../../../data/region_sources.tsv"));
    let used: BTreeMap<_, _> = RegionRules::all()
        .flat_map(|rules| rules.sources().collect::<Vec<_>>())
        .map(|source| (source.key, source))
        .collect();
    assert_eq!(used.len(), sources.len(), "a source that no row names");
    for row in sources {
        let source = used[row["key"]];
        assert_eq!(source.title, row["title"]);
        assert_eq!(source.date.unwrap_or("undated"), row["date"]);
        assert_eq!(source.is_official, row["standing"] == "official");
    }
}

#[test]
fn allowed_regions_are_listed() {
    let region = |code| Region::parse(code).unwrap();
    let only = RegionPolicy::only([region("SG"), region("CH"), region("DE")]);
    let allowed: Vec<_> = only.without_region(region("DE")).regions().collect();
    assert_eq!(allowed, [region("CH"), region("SG")]);
    assert_eq!(RegionPolicy::all().regions().count(), Region::all().count());
}

/// Runs the script that makes the table.
fn script(arguments: &[&str]) -> (bool, String) {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let mut command = Command::new("python3");
    command.arg("scripts/region_rules.py").args(arguments).current_dir(root);
    let output = command.output().unwrap();
    let shown = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(shown).unwrap())
}

#[test]
fn table_and_guide_are_as_the_script_makes_them() {
    let (is_same, shown) = script(&["--check"]);
    assert!(is_same, "{shown}");
}

#[test]
fn table_that_is_old_causes_a_warning_and_no_failure() {
    let age = |today: &str| script(&["--age", "--today", today]);
    assert_eq!(age("2027-05-27"), (true, "the rules of regions are 180 days old\n".to_owned()));
    let (is_success, shown) = age("2027-05-28");
    assert!(is_success && shown.starts_with("::warning file=data/regions.tsv::"), "{shown}");
    assert!(shown.contains("181 days old"), "{shown}");
}
