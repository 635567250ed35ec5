//! The shape of the house: what may import what, how long a file may be, what the documents have to say.
//!
//! Every rule is a function from text to complaints, and is shown a text that it must complain about.

mod crates;
mod cycles;
mod doors;
mod language;
mod manifest;
mod needles;
mod texts;

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All files below a folder that end so, with their paths from the root.
fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("target") {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                let name = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "nothing in {folder}: the rule would hold for nothing");
    found
}

/// The sources of the library and its companions.
fn sources() -> Vec<(String, String)> {
    let mut sources = files("src", ".rs");
    let companions = files("crates", ".rs");
    sources.extend(companions.into_iter().filter(|(path, _)| path.contains("/src/")));
    sources
}

fn all_rust() -> Vec<(String, String)> {
    ["src", "crates", "tests", "examples", "benches"].iter().flat_map(|f| files(f, ".rs")).collect()
}

#[track_caller]
fn assert_none(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}
