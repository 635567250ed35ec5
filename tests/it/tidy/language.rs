use std::collections::BTreeMap;

use super::{assert_none, files, sources};

/// Beginnings of a summary that leave open what the item is or does.
const ODD: [&str; 13] =
    ["What", "Whether", "How", "Why", "Who", "With", "Of", "By", "To", "And", "So", "Only", "None"];

/// Phrases that a reader from another country cannot look up.
const PHRASES: [&str; 3] = ["unless said", "no code", "is none"];

const COLUMNS: usize = 100;

/// A name that stands for the same thing in files of which only one is compiled.
const ALTERNATIVES: [&str; 1] = ["Span"];

fn is_public_item(line: &str) -> bool {
    let Some(rest) = line.strip_prefix("pub ") else { return false };
    let mut words =
        rest.split([' ', '(', '<']).skip_while(|word| ["async", "unsafe"].contains(word));
    let first = words.next().unwrap_or_default();
    let second = words.next().unwrap_or_default();
    ["const", "enum", "fn", "mod", "static", "struct", "trait", "type"].contains(&first)
        || (first == "const" && second == "fn")
}

/// The summaries of public items, and of the variants and fields of public types, that begin with an odd word.
fn odd_summaries(path: &str, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut summary: Option<&str> = None;
    let mut attribute = false;
    for line in text.lines().map(str::trim) {
        if line == "#[cfg(test)]" {
            break;
        }
        if let Some(doc) = line.strip_prefix("///") {
            summary = summary.or(Some(doc.trim()));
            continue;
        }
        attribute |= line.starts_with("#[");
        if attribute {
            attribute = !line.ends_with(']');
            continue;
        }
        if line.starts_with("//") {
            continue;
        }
        if let Some(summary) = summary.take()
            && is_public_item(line)
        {
            let first = summary.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            if ODD.contains(&first) {
                complaints
                    .push(format!("{path}: `{summary}` says what it is only to those who know"));
            }
        }
    }
    complaints
}

/// Docs without their code, as pairs of the line's number and its text.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut is_code = false;
    text.lines().enumerate().filter_map(move |(number, line)| {
        let doc = line.trim_start();
        let doc = doc.strip_prefix("///").or_else(|| doc.strip_prefix("//!"))?.trim();
        is_code ^= doc.starts_with("```");
        (!is_code && !doc.starts_with("```")).then_some((number, doc))
    })
}

fn odd_phrases(path: &str, text: &str) -> Vec<String> {
    let found = prose(text).flat_map(|(number, doc)| {
        let lower = doc.to_lowercase();
        let phrases = PHRASES.iter().filter(move |phrase| lower.contains(**phrase));
        phrases.map(move |phrase| format!("{path}:{}: `{phrase}`", number + 1))
    });
    found.collect()
}

fn long_lines(path: &str, text: &str) -> Vec<String> {
    let long = text.lines().enumerate().filter(|(_, line)| {
        let is_doc = ["///", "//!"].iter().any(|start| line.trim_start().starts_with(start));
        // A table's row, a link, a string of an example and a hidden line are not broken.
        let is_whole = ["//! |", "/// |", "](http", "//! # ", "/// # "];
        let is_whole = is_whole.iter().any(|part| line.contains(part))
            || line.rsplit('"').nth(1).is_some_and(|string| string.len() > 30)
            || line.trim_end().ends_with(['"', '\\']);
        is_doc && !is_whole && line.chars().count() > COLUMNS
    });
    long.map(|(number, _)| format!("{path}:{}: a doc line over {COLUMNS} columns", number + 1))
        .collect()
}

/// The types of a file that stand at its top level.
fn types(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let rest = match line.strip_prefix("pub") {
            None => line,
            Some(rest) => match rest.strip_prefix('(') {
                None => rest,
                Some(rest) => rest.split_once(')')?.1,
            },
        };
        let (kind, rest) = rest.trim_start().split_once(' ')?;
        let is_type = ["enum", "struct", "trait", "type", "union"].contains(&kind);
        let is_indented = line.starts_with(' ');
        let name = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()?;
        (is_type && !is_indented && !name.is_empty()).then_some(name)
    })
}

fn names_with_two_meanings(files: &[(String, String)]) -> Vec<String> {
    let mut places: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (path, text) in files {
        for name in types(text).filter(|name| !ALTERNATIVES.contains(name)) {
            places.entry(name).or_default().push(path);
        }
    }
    let twice = places.into_iter().filter(|(_, places)| places.len() > 1);
    twice.map(|(name, places)| format!("{name}: {}", places.join(" "))).collect()
}

#[test]
fn language_summaries_say_what_an_item_is_or_does() {
    assert_none(sources().iter().flat_map(|(p, t)| odd_summaries(p, t)).collect());
    let odd = "/// What kept it.\n#[must_use]\npub const fn kind() {}\n/// By another clock.\npub fn with() {}";
    assert_eq!(odd_summaries("a.rs", odd).len(), 2);
    assert!(odd_summaries("a.rs", "/// Returns the kind.\npub fn kind() {}").is_empty());
    assert!(odd_summaries("a.rs", "/// What.\nfn private() {}").is_empty());
}

#[test]
fn language_has_no_private_phrases() {
    assert_none(sources().iter().flat_map(|(p, t)| odd_phrases(p, t)).collect());
    assert_eq!(odd_phrases("a.rs", "/// 30 s unless said; there\n//! is none").len(), 2);
    assert!(odd_phrases("a.rs", "/// ```\n/// let no code = 1;\n/// ```").is_empty());
}

#[test]
fn language_lines_are_short() {
    let texts = sources().into_iter().chain(files("examples", ".rs"));
    assert_none(texts.flat_map(|(p, t)| long_lines(&p, &t)).collect());
    assert_eq!(long_lines("a.rs", &format!("    /// {}", "x".repeat(93))).len(), 1);
    assert!(long_lines("a.rs", &format!("    /// {}", "x".repeat(92))).is_empty());
}

#[test]
fn language_gives_each_type_a_name_of_its_own() {
    assert_none(names_with_two_meanings(&sources()));
    let twice = [("a.rs", "pub(super) struct Row;"), ("b.rs", "enum Row {}")];
    let twice = twice.map(|(path, text)| (path.to_owned(), text.to_owned()));
    assert_eq!(names_with_two_meanings(&twice), ["Row: a.rs b.rs"]);
}
