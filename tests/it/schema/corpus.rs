//! Gateway files to begin with: the catalogue, and every file in the guide, the docs and the tests.

use std::path::Path;
use std::{env, fs};

use otpost::gateway::GatewaySpec;
use toml::{Table, Value};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// All good files, and those in the folder of `OTPOST_GATEWAYS`.
pub(crate) fn files() -> Vec<String> {
    let mut texts = Vec::new();
    for folder in ["src", "examples", "tests/it", "crates"] {
        read(&Path::new(ROOT).join(folder), &mut texts);
    }
    if let Some(folder) = env::var_os("OTPOST_GATEWAYS") {
        read(Path::new(&folder), &mut texts);
    }
    let mut files: Vec<_> = texts.iter().flat_map(|text| pieces(text)).collect();
    files.retain(|file| GatewaySpec::from_toml(file).is_ok());
    files.sort();
    files.dedup();
    files
}

fn read(folder: &Path, texts: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let ending = path.extension().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            read(&path, texts);
        } else if ["md", "rs", "toml"].contains(&ending.as_str()) {
            texts.push(fs::read_to_string(&path).unwrap());
        }
    }
}

/// The text itself, the strings of a program, and the blocks of a document.
fn pieces(text: &str) -> Vec<String> {
    let code: Vec<_> = text.lines().map(|line| line.trim_start_matches("/// ")).collect();
    let code = code.join("\n");
    let strings = code.split("r#\"").skip(1).filter_map(|rest| rest.split("\"#").next());
    let blocks = code.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let head = "spec = 1\nid = \"acme\"\nname = \"Acme\"\n";
    let request = "[request]\nmethod = \"POST\"\nurl = \"https://acme.example\"\n";
    let mut pieces = vec![text.to_owned()];
    for piece in strings.chain(blocks) {
        // Most leave out what they are not about.
        for before in ["", head, &format!("{head}{request}")] {
            pieces.push(format!("{before}{piece}"));
        }
    }
    pieces
}

/// Returns the names of all keys in a file.
pub(super) fn keys(file: &str) -> Vec<String> {
    let mut keys = Vec::new();
    collect(&Value::Table(file.parse::<Table>().unwrap()), &mut keys);
    keys
}

fn collect(value: &Value, keys: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, keys)),
        Value::Table(table) => {
            for (key, value) in table {
                keys.push(key.clone());
                collect(value, keys);
            }
        }
        _ => {}
    }
}

/// Returns whether a file has a date, which JSON does not have.
pub(super) fn has_date(file: &str) -> bool {
    file.parse::<Table>().is_ok_and(|table| is_dated(&Value::Table(table)))
}

fn is_dated(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(is_dated),
        Value::Datetime(_) => true,
        Value::Table(table) => table.values().any(is_dated),
        _ => false,
    }
}
