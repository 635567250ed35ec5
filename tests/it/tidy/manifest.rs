use std::collections::BTreeSet;
use std::process::Command;

use super::{assert_none, read, root};

fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// The public features of a manifest, without `default`.
fn features(manifest: &str) -> BTreeSet<String> {
    let table: toml::Table = manifest.parse().unwrap();
    table["features"]
        .as_table()
        .unwrap()
        .keys()
        .filter(|key| !["default", "provider"].contains(&key.as_str()))
        .cloned()
        .collect()
}

/// The features that a table of a document explains: lines of the form "| `name` | yes | …".
fn documented(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter_map(|line| {
            let cells: Vec<_> = line.trim_start_matches("//!").split('|').map(str::trim).collect();
            let [_, name, "yes" | "no", ..] = cells.as_slice() else { return None };
            Some(name.trim_matches('`').to_owned())
        })
        .collect()
}

#[test]
fn every_feature_is_documented_and_every_documented_feature_is_there() {
    let there = features(&read("Cargo.toml"));
    assert_eq!(there, documented(&read("src/lib.rs")), "src/lib.rs");
    assert_eq!(there, documented(&read("README.md")), "README.md");
    assert_ne!(there, documented("| `gateway` | yes | |\n| `cellar` | no | |"));
}

#[test]
fn defaults_are_documented_as_defaults() {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let defaults: Vec<_> = manifest["features"]["default"].as_array().unwrap().iter().collect();
    let crate_page = read("src/lib.rs");
    for name in features(&read("Cargo.toml")) {
        let is_default = defaults.iter().any(|default| default.as_str() == Some(&name));
        let row = format!("| `{name}` | {} |", if is_default { "yes" } else { "no" });
        assert!(crate_page.contains(&row), "{row}");
    }
}

/// The crates that a build needs.
pub(super) fn crates(arguments: &[&str]) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "-p", "otpost", "-e", "normal,build", "--prefix", "none"])
        .args(["--format", "{p}"])
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    let mut crates = BTreeSet::new();
    for line in lines.lines() {
        let mut words = line.split_whitespace();
        if let (Some(name), Some(version)) = (words.next(), words.next()) {
            crates.insert(format!("{name} {version}"));
        }
    }
    crates
}

fn duplicates(crates: &BTreeSet<String>) -> Vec<String> {
    let names: Vec<_> = crates.iter().filter_map(|krate| krate.split(' ').next()).collect();
    names.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0].to_owned()).collect()
}

pub(super) fn holds(crates: &BTreeSet<String>, name: &str) -> bool {
    crates.iter().any(|krate| krate.starts_with(&format!("{name} ")))
}

#[test]
fn budgets_of_crates_are_kept() {
    let core = crates(&["--no-default-features"]);
    let gateway = crates(&["--no-default-features", "--features", "gateway"]);
    let challenge = crates(&["--no-default-features", "--features", "challenge"]);
    let default = crates(&[]);
    let all = crates(&["--all-features"]);
    assert!(core.len() <= 25, "the core has {} crates", core.len());
    assert!(default.len() <= 140, "the default has {} crates", default.len());
    assert!(all.len() <= 210, "all features have {} crates", all.len());
    assert!(
        core.len() < gateway.len() && gateway.len() < default.len(),
        "the counts mean something"
    );
    assert_none(duplicates(&default));
    // What the login page needs does not reach the examples that a newcomer builds first.
    let quickstart = crates(&["-e", "normal,build,dev"]);
    assert!(holds(&quickstart, "otpost-testing"));
    for name in ["axum", "maud", "tracing-subscriber"] {
        assert!(!holds(&quickstart, name), "{name}");
    }
    assert!(!holds(&gateway, "reqwest") && !holds(&gateway, "tokio"));
    for name in ["http", "regex-lite", "reqwest", "serde_json", "toml"] {
        assert!(!holds(&challenge, name) && holds(&default, name), "{name}");
    }
    assert!(holds(&default, "reqwest") && holds(&default, "aws-lc-sys"));
    let own_provider = crates(&["--no-default-features", "--features", "rustls-no-provider"]);
    assert!(holds(&own_provider, "rustls") && !holds(&own_provider, "aws-lc-sys"));
    let twice = ["syn v1.0.0", "syn v2.0.0"].map(str::to_owned).into();
    assert_eq!(duplicates(&twice), ["syn"]);
}

#[test]
fn the_lints_are_those_of_the_house() {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    assert_eq!(manifest["workspace"]["lints"]["rust"]["unsafe_code"].as_str(), Some("forbid"));
    for lint in
        ["unwrap_used", "expect_used", "panic", "indexing_slicing", "arithmetic_side_effects"]
    {
        assert_eq!(manifest["workspace"]["lints"]["clippy"][lint].as_str(), Some("warn"), "{lint}");
    }
}

#[test]
fn the_readme_names_no_other_version() {
    let complaints = other_versions(&read("README.md"), version());
    assert_none(complaints);
    assert_eq!(other_versions("otpost = \"9.9\"", "0.1.0").len(), 1);
    assert!(other_versions("otpost = \"0.1\"", "0.1.0").is_empty());
}

fn other_versions(text: &str, version: &str) -> Vec<String> {
    let named = text.lines().filter_map(|line| {
        let (_, rest) = line.split_once("otpost = ")?;
        let number: String =
            rest.chars().skip_while(|c| !c.is_ascii_digit()).take_while(|c| *c != '"').collect();
        (!version.starts_with(&number)).then(|| line.to_owned())
    });
    named.collect()
}
