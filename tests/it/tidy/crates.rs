//! Licences and bans, by the rules of deny.toml, for everything in the lock file.

use std::collections::BTreeSet;
use std::process::Command;

use super::manifest::{crates, holds};
use super::{assert_none, read, root};

fn rules() -> toml::Table {
    read("deny.toml").parse().unwrap()
}

fn list(rules: &toml::Table, section: &str, key: &str) -> BTreeSet<String> {
    let list = rules[section][key].as_array().unwrap();
    list.iter().map(|entry| entry.as_str().unwrap().to_owned()).collect()
}

/// Whether an SPDX expression can be satisfied with these licences: one side of each `OR`, and both of each `AND`.
fn is_allowed(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<_> = spaced.split_whitespace().collect();
    let mut at = 0;
    let result = any(&words, &mut at, allowed);
    result && at == words.len()
}

fn any(words: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    let mut result = all(words, at, allowed);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        let right = all(words, at, allowed);
        result |= right;
    }
    result
}

fn all(words: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    let mut result = one(words, at, allowed);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        let right = one(words, at, allowed);
        result &= right;
    }
    result
}

fn one(words: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    let Some(word) = words.get(*at) else { return false };
    *at += 1;
    if *word == "(" {
        let inner = any(words, at, allowed);
        let is_closed = words.get(*at) == Some(&")");
        *at += 1;
        return inner && is_closed;
    }
    let mut licence = (*word).to_owned();
    if words.get(*at) == Some(&"WITH") {
        licence = format!("{licence} WITH {}", words.get(*at + 1).unwrap_or(&""));
        *at += 2;
    }
    allowed.contains(&licence)
}

#[test]
fn crates_have_licences_that_are_allowed() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--all-features", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let allowed = list(&rules(), "licenses", "allow");
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 100, "the rule would hold for nothing");
    let complaints = packages.iter().filter_map(|package| {
        let licence = package["license"].as_str().unwrap_or("none");
        (!is_allowed(licence, &allowed)).then(|| format!("{}: {licence}", package["name"]))
    });
    assert_none(complaints.collect());

    let some: BTreeSet<_> = ["MIT", "ISC"].map(str::to_owned).into();
    for (expression, expected) in [
        ("MIT OR GPL-3.0-only", true),
        ("GPL-3.0-only/MIT", true),
        ("(GPL-3.0-only OR MIT) AND ISC", true),
        ("GPL-3.0-only OR MIT AND GPL-2.0-only", false),
        ("MIT AND GPL-3.0-only", false),
        ("MIT WITH Classpath-exception-2.0", false),
        ("none", false),
        ("(MIT", false),
    ] {
        assert_eq!(is_allowed(expression, &some), expected, "{expression}");
    }
}

#[test]
fn crates_that_are_banned_are_not_there() {
    let rules = rules();
    let banned = list(&rules, "bans", "deny");
    let there = crates(&["--all-features"]);
    let found = banned.iter().filter(|name| holds(&there, name));
    assert_none(found.cloned().collect());
    assert!(!banned.is_empty() && holds(&["chrono 0.4.0".to_owned()].into(), "chrono"));
}
