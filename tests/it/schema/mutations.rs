//! Gateway files that are changed in one or a few places.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::dice::Dice;

/// Names that stand for something somewhere, or nowhere.
const NAMES: [&str; 10] =
    ["$value", "$json", "$with", "equals", "name", "nmae", "Outcome", "unit", "value", "x y"];

const TEXTS: [&str; 24] = [
    "",
    "x",
    "?",
    "8s",
    "0s",
    "600s",
    "601s",
    "10m",
    "11m",
    "500ms",
    "24h",
    "25h",
    "1MiB",
    "17MiB",
    "0B",
    "1.3",
    "1.1",
    "200-299",
    "99-100",
    "404",
    "cleartext",
    "cleartext:request.url",
    "none",
    "POST",
];

const NUMBERS: [i64; 12] =
    [-1, 0, 1, 2, 99, 100, 999, 1_000, 65_535, 65_536, 4_294_967_296, i64::MAX];

/// An endless row of changed files, the same for the same seed.
pub(super) struct Mutations {
    dice: Dice,
    texts: Vec<String>,
    tables: Vec<Table>,
    /// The values of each key, in all files.
    values: BTreeMap<String, Vec<Value>>,
    names: Vec<String>,
}

impl Mutations {
    pub(super) fn new(files: &[String], seed: u64) -> Self {
        let tables: Vec<Table> = files.iter().map(|file| file.parse().unwrap()).collect();
        let mut values = BTreeMap::new();
        for table in &tables {
            gather(&Value::Table(table.clone()), &mut values);
        }
        let names = values.keys().cloned().chain(NAMES.map(str::to_owned)).collect();
        Self { dice: Dice::new(seed), texts: files.to_vec(), tables, values, names }
    }

    fn chance(&mut self, of: u64) -> bool {
        self.dice.below(of) == 0
    }

    fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.dice.below(length as u64)).unwrap()
    }

    fn name(&mut self) -> String {
        let Self { dice, names, .. } = self;
        dice.one(names)
    }

    /// Returns a value that this key has somewhere, or any other.
    fn value(&mut self, key: &str) -> Value {
        if !self.chance(5)
            && let Some(values) = self.values.get(key)
        {
            return self.dice.one(values);
        }
        match self.dice.below(9) {
            0 => Value::Boolean(self.chance(2)),
            1 | 2 => Value::Integer(self.dice.one(&NUMBERS)),
            3 => Value::Float(0.5),
            4 => Value::Datetime("2026-11-29".parse().unwrap()),
            5 => Value::Array(Vec::new()),
            6 => Value::Table(Table::new()),
            _ => Value::String(self.dice.one(&TEXTS).to_owned()),
        }
    }

    fn changed(&mut self) -> String {
        let Self { dice, tables, .. } = self;
        let mut file = Value::Table(dice.one(tables));
        let mut count = 1;
        while self.chance(5) {
            count += 1;
        }
        for _ in 0..count {
            self.change_somewhere(&mut file);
        }
        let Value::Table(file) = file else { return "spec = 1".to_owned() };
        let lines =
            file.iter().map(|(key, value)| format!("{} = {}\n", quoted(key), written(value)));
        lines.collect()
    }

    fn change_somewhere(&mut self, place: &mut Value) {
        // Deeper with each step, so that places near the root are chosen as often as others.
        let is_here = self.chance(4);
        match place {
            Value::Array(items) if !items.is_empty() && !is_here => {
                let at = self.index(items.len());
                self.change_somewhere(&mut items[at]);
            }
            Value::Table(table) if !table.is_empty() && !is_here => {
                let keys: Vec<_> = table.keys().cloned().collect();
                let key = self.dice.one(&keys);
                self.change_somewhere(&mut table[&key]);
            }
            _ => self.change(place),
        }
    }

    fn change(&mut self, place: &mut Value) {
        match place {
            // The values without their names.
            Value::Table(table) if self.chance(10) => {
                *place = Value::Array(table.values().cloned().collect());
            }
            Value::Table(table) => self.change_table(table),
            Value::String(word) if self.chance(10) => {
                let inner = if self.chance(2) {
                    Value::Table(Table::new())
                } else {
                    Value::Array(Vec::new())
                };
                *place = Value::Table([(word.clone(), inner)].into_iter().collect());
            }
            Value::String(word) if self.chance(6) => drop(word.pop()),
            Value::Array(items) => match self.dice.below(5) {
                0 => items.clear(),
                1 if !items.is_empty() => drop(items.pop()),
                2 if !items.is_empty() => items.push(items[0].clone()),
                3 if !items.is_empty() => *place = items[0].clone(),
                _ => {
                    let name = self.name();
                    items.push(self.value(&name));
                }
            },
            _ => {
                *place = match self.dice.below(6) {
                    0 => Value::Array(vec![place.clone()]),
                    1 => Value::Table([(self.name(), place.clone())].into_iter().collect()),
                    2 => Value::String(self.dice.one(&TEXTS).to_owned()),
                    _ => {
                        let name = self.name();
                        self.value(&name)
                    }
                }
            }
        }
    }

    fn change_table(&mut self, table: &mut Table) {
        let keys: Vec<_> = table.keys().cloned().collect();
        if keys.is_empty() || self.chance(3) {
            let key = self.name();
            let value = self.value(&key);
            table.insert(key, value);
            return;
        }
        let key = self.dice.one(&keys);
        match self.dice.below(6) {
            0 => drop(table.remove(&key)),
            1 => {
                let value = table.remove(&key).unwrap();
                table.insert(self.name(), value);
            }
            // Out of its table, into another one.
            2 => {
                let value = table.remove(&key).unwrap();
                let other = self.dice.one(&keys);
                match table.get_mut(&other) {
                    Some(Value::Table(inner)) => drop(inner.insert(key, value)),
                    _ => drop(table.insert(other, value)),
                }
            }
            3 => {
                let other = self.dice.one(&keys);
                let value = table[&other].clone();
                table.insert(key, value);
            }
            4 => self.change(&mut table[&key]),
            _ => drop(table.insert(key.clone(), self.value(&key))),
        }
    }

    /// Returns a file with a line that is missing, doubled, or in another place.
    fn shuffled(&mut self) -> String {
        let Self { dice, texts, .. } = self;
        let text = dice.one(texts);
        let mut lines: Vec<_> = text.lines().collect();
        let (from, to) = (self.index(lines.len()), self.index(lines.len()));
        match self.dice.below(3) {
            0 => drop(lines.remove(from)),
            1 => lines.insert(to, lines[from]),
            _ => lines.swap(from, to),
        }
        lines.join("\n")
    }
}

impl Iterator for Mutations {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        Some(if self.chance(4) { self.shuffled() } else { self.changed() })
    }
}

fn gather(value: &Value, values: &mut BTreeMap<String, Vec<Value>>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| gather(item, values)),
        Value::Table(table) => {
            for (key, value) in table {
                values.entry(key.clone()).or_default().push(value.clone());
                gather(value, values);
            }
        }
        _ => {}
    }
}

fn written(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            format!("[{}]", items.iter().map(written).collect::<Vec<_>>().join(", "))
        }
        Value::String(text) => quoted(text),
        Value::Table(table) => {
            let entry =
                |(key, value): (&String, _)| format!("{} = {}", quoted(key), written(value));
            format!("{{ {} }}", table.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        Value::Boolean(value) => value.to_string(),
        Value::Datetime(date) => date.to_string(),
        Value::Float(number) => format!("{number:?}"),
        Value::Integer(number) => number.to_string(),
    }
}

/// A text in quotation marks. The escapes of JSON are also those of TOML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
