//! The tables of all keys in the guide, made from the schema, so that no key is missing there.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::{Map, Value};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../src/guide/gateway_spec/keys.md");
const HEAD: &str = "\
# All keys

Each table lists the keys of one section, or of several that have the same keys. A `*` stands for a
name that you choose, and `[]` for each entry of a list. A key without \"required\" can be omitted.
";
/// The order of a file that is easy to read.
const SECTIONS: [&str; 13] = [
    "vars",
    "request",
    "auth",
    "connection",
    "idempotency",
    "answer",
    "response",
    "example",
    "account",
    "erase",
    "reports",
    "about",
    "",
];
/// More paths than these are no help.
const MAX_PATHS: usize = 6;

struct KeyTable {
    paths: Vec<String>,
    keys: Map<String, Value>,
    required: BTreeSet<String>,
}

struct KeyTables<'a> {
    definitions: &'a Map<String, Value>,
    tables: Vec<KeyTable>,
}

impl KeyTables<'_> {
    /// Follows a reference. Returns the name of the definition, if it has one.
    fn resolve<'b>(&'b self, schema: &'b Value) -> (Option<&'b str>, &'b Value) {
        let only = schema["allOf"].as_array().filter(|all| all.len() == 1).map(|all| &all[0]);
        let reference = schema["$ref"].as_str().or_else(|| only?["$ref"].as_str());
        match reference.and_then(|reference| reference.strip_prefix("#/definitions/")) {
            Some(name) => (Some(name), &self.definitions[name]),
            None => (None, schema),
        }
    }

    fn visit(&mut self, path: &str, schema: &Value, outer: &[String]) {
        let (name, schema) = self.resolve(schema);
        if name.is_some_and(|name| outer.iter().any(|outer| outer == name)) {
            return;
        }
        let outer: Vec<_> = outer.iter().cloned().chain(name.map(str::to_owned)).collect();
        let schema = schema.clone();
        if let Some(keys) = schema["properties"].as_object() {
            self.add(path, keys, &schema);
            for (key, value) in keys {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                self.visit(&path, value, &outer);
            }
        }
        for other in schema["anyOf"].as_array().into_iter().flatten() {
            self.visit(path, other, &outer);
        }
        if schema["items"].is_object() {
            self.visit(&format!("{path}[]"), &schema["items"], &outer);
        }
        if schema["additionalProperties"].is_object() {
            self.visit(&format!("{path}.*"), &schema["additionalProperties"], &outer);
        }
    }

    fn add(&mut self, path: &str, keys: &Map<String, Value>, schema: &Value) {
        if let Some(table) = self.tables.iter_mut().find(|table| table.keys == *keys) {
            table.paths.push(path.to_owned());
            return;
        }
        let required = schema["required"].as_array().into_iter().flatten();
        let required = required.filter_map(|key| key.as_str().map(str::to_owned)).collect();
        let (paths, keys) = (vec![path.to_owned()], keys.clone());
        self.tables.push(KeyTable { paths, keys, required });
    }

    /// Names the values of a key.
    fn values(&self, schema: &Value) -> String {
        let (name, schema) = self.resolve(schema);
        match name {
            Some("JsonSpec" | "Tree") => return "a table, a list or JSON text".to_owned(),
            Some("PlainText" | "Scalar") => {
                return "a text, a whole number, `true` or `false`".to_owned();
            }
            _ => {}
        }
        if let Some(words) = schema["enum"].as_array() {
            let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
            return words.join(", ");
        }
        if let Some(others) = schema["anyOf"].as_array() {
            let mut names = Vec::new();
            for other in others.iter().map(|other| self.values(other)) {
                if !names.contains(&other) {
                    names.push(other);
                }
            }
            return names.join(", or ");
        }
        match schema["type"].as_str() {
            Some("array") => match self.resolve(&schema["items"]) {
                (_, items) if items["type"] == "string" => "a list of texts".to_owned(),
                _ => "a list".to_owned(),
            },
            Some("boolean") => "`true` or `false`".to_owned(),
            Some("integer") => "a whole number".to_owned(),
            Some("number") => "a number".to_owned(),
            Some("string") => "a text".to_owned(),
            _ => "a table".to_owned(),
        }
    }

    fn write(&self, text: &mut String) {
        let section = |table: &KeyTable| {
            let first = table.paths[0].split(['.', '[']).next().unwrap_or_default();
            SECTIONS.iter().position(|section| *section == first)
        };
        let mut tables: Vec<_> = self.tables.iter().collect();
        // The keys of the file itself come first.
        tables.sort_by_key(|table| (!table.paths[0].is_empty(), section(table)));
        for table in tables {
            let mut paths: Vec<_> = table.paths.iter().collect();
            paths.sort_by_key(|path| path.len());
            let shown: Vec<_> =
                paths.iter().take(MAX_PATHS).map(|path| format!("`{path}`")).collect();
            let more = if paths.len() > MAX_PATHS { " and similar places" } else { "" };
            let title = match shown.as_slice() {
                [first, ..] if first == "``" => "Keys of the file".to_owned(),
                shown => format!("Keys of {}{more}", shown.join(", ")),
            };
            write!(text, "\n## {title}\n\n| key | values | meaning |\n|---|---|---|\n").unwrap();
            for (key, schema) in &table.keys {
                let required = if table.required.contains(key) { ", required" } else { "" };
                let meaning = schema["description"].as_str().unwrap_or_default();
                let values = self.values(schema);
                let row = format!("`{key}` | {values}{required} | {meaning}");
                writeln!(text, "| {} |", row.replace("\\|", "|").replace('<', "\\<")).unwrap();
            }
        }
    }
}

fn page(schema: &Value) -> String {
    let definitions = schema["definitions"].as_object().unwrap();
    let mut tables = KeyTables { definitions, tables: Vec::new() };
    tables.visit("", schema, &[]);
    let mut text = HEAD.to_owned();
    tables.write(&mut text);
    text
}

#[test]
fn guide_lists_the_keys_of_the_schema() {
    let schema = super::sorted(&super::made().0);
    let page = page(&schema);
    if std::env::var_os("OTPOST_BLESS").is_some() {
        std::fs::write(PAGE, &page).unwrap();
    }
    let committed = std::fs::read_to_string(PAGE).unwrap_or_default();
    assert!(
        committed == page,
        "src/guide/gateway_spec/keys.md is old: run this test with OTPOST_BLESS=1"
    );
    let keys = schema["definitions"].as_object().unwrap().values();
    let keys = keys.filter_map(|definition| definition["properties"].as_object());
    for key in keys.flat_map(Map::keys) {
        assert!(page.contains(&format!("| `{key}` |")), "{key}");
    }
}
