//! The constructors are generated from the files: this test does it, and compares.

use std::path::PathBuf;

use otpost::gateway::{GatewaySpec, VarSpec};

/// The names of all files, in alphabetical order.
pub(crate) fn files() -> Vec<String> {
    let folder = std::fs::read_dir(folder()).unwrap();
    let mut names: Vec<_> = folder
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter_map(|file| file.strip_suffix(".toml").map(str::to_owned))
        .collect();
    names.sort();
    names
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../src/gateways"))
}

pub(crate) fn read(name: &str) -> (String, GatewaySpec) {
    let text = std::fs::read_to_string(folder().join(format!("{name}.toml"))).unwrap();
    let spec = GatewaySpec::from_toml(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    (text, spec)
}

/// Returns the variables that have to be given when the gateway is built, in the order of the file.
pub(super) fn required(spec: &GatewaySpec) -> Vec<(&str, &VarSpec)> {
    spec.vars().filter(|(_, var)| !var.is_optional() && !var.is_message()).collect()
}

#[test]
fn constructors_are_those_of_the_files() {
    assert_generated("constructors.rs", &constructors());
}

pub(super) fn assert_generated(file: &str, expected: &str) {
    let path = folder().join(file);
    if std::env::var_os("OTPOST_BLESS").is_some() {
        std::fs::write(&path, expected).unwrap();
        return;
    }
    assert!(
        std::fs::read_to_string(path).unwrap() == expected,
        "src/gateways/{file} is not that of the files: run this test with OTPOST_BLESS=1"
    );
}

/// The name of the constructor.
pub(super) fn function(name: &str) -> String {
    match name.replace('-', "_") {
        // No name of a function begins with a digit.
        name if name.starts_with(|c: char| c.is_ascii_digit()) => format!("gateway_{name}"),
        name => name,
    }
}

fn constructors() -> String {
    let mut text = "\
//! The constructors of the catalogue.
//!
//! Generated from the files in this folder. To change them, change a file and run
//! `OTPOST_BLESS=1 cargo test -p otpost-tests --all-features -- catalogue::constructors`.

use super::entry::{
    BareSpec, CatalogueEntry, JoinedSpecs, bare, bare_length, catalogue, ends, joined, spec_text,
    texts, total,
};
use crate::gateway::{GatewaySpec, HttpGatewayBuilder, VarSource};

catalogue! {
"
    .to_owned();
    let entries: Vec<_> = files().iter().map(|name| entry(name)).collect();
    text.push_str(&entries.join("\n"));
    text.push_str("}\n");
    text
}

fn entry(name: &str) -> String {
    let (_, spec) = read(name);
    assert_eq!(spec.id(), name, "the id is the name of the file");
    let arguments = required(&spec);
    let options: Vec<_> =
        spec.vars().filter(|(name, _)| arguments.iter().all(|(other, _)| other != name)).collect();
    let mut docs = wrapped(&format!("Creates a gateway for {}.", spec.name()), "");
    if arguments.iter().any(|(_, var)| var.docs().is_some()) {
        docs.push(String::new());
        docs.extend(arguments.iter().flat_map(|(name, var)| item(name, var)));
    }
    if !options.is_empty() {
        docs.extend([String::new(), "Options:".to_owned(), String::new()]);
        docs.extend(options.iter().flat_map(|(name, var)| item(name, var)));
    }
    let docs: String =
        docs.iter().map(|line| format!("    /// {line}").trim_end().to_owned() + "\n").collect();
    let arguments: Vec<_> = arguments.iter().map(|(name, _)| *name).collect();
    let function = function(name);
    format!("{docs}    {function} = \"{name}\" ({});\n", arguments.join(", "))
}

fn item(name: &str, var: &VarSpec) -> Vec<String> {
    let default = var.default_value().map(|value| format!(" Defaults to `{value}`."));
    let per_message = if var.is_message() { " It comes with each message." } else { "" };
    let docs = var.docs().unwrap_or_default();
    let text = format!("`{name}`: {docs}{}{per_message}", default.unwrap_or_default());
    let text = text.trim_end().trim_end_matches(':').replace(":  ", ": ");
    wrapped(&format!("- {text}"), "  ")
}

/// Writes a URL as code: rustdoc rejects a bare one.
fn quoted(word: &str) -> String {
    let url = word.trim_end_matches(['.', ',', ':', ';', ')']);
    let is_bare = url.starts_with("https://") || url.starts_with("http://");
    match word.strip_prefix(url).filter(|_| is_bare) {
        Some(end) => format!("`{url}`{end}"),
        None => word.to_owned(),
    }
}

/// Breaks a paragraph into lines of at most 91 characters, so that they fit behind `    /// `.
fn wrapped(text: &str, indent: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace().map(quoted) {
        let last = lines.last_mut().unwrap();
        if !last.trim().is_empty() && last.chars().count() + 1 + word.chars().count() > 91 {
            lines.push(format!("{indent}{word}"));
        } else {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(&word);
        }
    }
    lines
}
