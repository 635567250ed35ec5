//! Converts the values of a spec into the tree that is written as TOML.

use std::time::Duration;

use super::{JsonSpec, Pairs, PlainText, RetryAfterSpec, Tree, ValueKind, ValueSpec, WaitUnit};
use crate::clock::duration_text;

/// A table under construction.
#[derive(Default)]
pub(super) struct Table(Vec<(String, Tree)>);

impl Table {
    pub(super) fn with(mut self, key: &str, value: Tree) -> Self {
        self.0.push((key.to_owned(), value));
        self
    }

    pub(super) fn with_some(self, key: &str, value: Option<Tree>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    /// Leaves an empty value out: an absent key reads as empty.
    pub(super) fn with_filled(self, key: &str, value: Tree) -> Self {
        let is_empty = match &value {
            Tree::Array(items) => items.is_empty(),
            Tree::Object(members) => members.is_empty(),
            _ => false,
        };
        if is_empty { self } else { self.with(key, value) }
    }

    pub(super) fn with_flag(self, key: &str, flag: bool) -> Self {
        if flag { self.with(key, Tree::Bool(true)) } else { self }
    }

    pub(super) fn done(self) -> Tree {
        Tree::Object(self.0)
    }
}

pub(super) fn text(value: impl ToString) -> Tree {
    Tree::Text(value.to_string())
}

pub(super) fn some(value: Option<&String>) -> Option<Tree> {
    value.map(text)
}

pub(super) fn duration(duration: Duration) -> Tree {
    text(duration_text(duration))
}

/// Writes the place of a time.
pub(super) fn wait(spec: &RetryAfterSpec) -> Tree {
    let unit = match spec.unit {
        WaitUnit::Date => "date",
        WaitUnit::Milliseconds => "ms",
        // The unit of a place without one.
        WaitUnit::Seconds => return text(&spec.at),
    };
    Table::default().with("at", text(&spec.at)).with("unit", text(unit)).done()
}

/// Writes pairs as a table if that keeps their order, otherwise as a list.
fn pairs<V>(pairs: &Pairs<V>, value: impl Fn(&V) -> Tree) -> Tree {
    let mut members: Vec<(String, Vec<Tree>)> = Vec::new();
    for (name, item) in pairs.iter() {
        match members.last_mut() {
            // Values that follow each other under one name become a list in the table.
            Some((last, values)) if last == name => values.push(value(item)),
            _ => members.push((name.to_owned(), vec![value(item)])),
        }
    }
    let comes_again = |(at, (name, _)): (usize, &(String, Vec<Tree>))| {
        members.iter().skip(at.saturating_add(1)).any(|(other, _)| other == name)
    };
    // A table groups the values of a name. If another name is between them, only a list keeps the
    // order.
    if members.iter().enumerate().any(comes_again) {
        let pair = |(name, item)| {
            Table::default().with("name", text(name)).with("value", value(item)).done()
        };
        return Tree::Array(pairs.iter().map(pair).collect());
    }
    let joined = |mut values: Vec<Tree>| match values.pop() {
        Some(value) if values.is_empty() => value,
        last => Tree::Array(values.into_iter().chain(last).collect()),
    };
    Tree::Object(members.into_iter().map(|(name, values)| (name, joined(values))).collect())
}

pub(super) fn fields(fields: &Pairs<ValueSpec>) -> Tree {
    pairs(fields, value)
}

pub(super) fn plain(fields: &Pairs<PlainText>) -> Tree {
    pairs(fields, |PlainText(value)| text(value))
}

pub(super) fn value(spec: &ValueSpec) -> Tree {
    if let Some(plain) = spec.as_text() {
        return text(plain);
    }
    let (key, content) = match &spec.kind {
        ValueKind::Base64(inner) => ("base64", value(inner)),
        ValueKind::Json(spec) => ("json", json(spec)),
        ValueKind::Text(content) => ("value", text(content)),
        ValueKind::Xml(xml) => ("xml", text(xml)),
    };
    let words = |words: &[String]| match words {
        [only] => text(only),
        several => Tree::Array(several.iter().map(text).collect()),
    };
    let with = Some(spec.with.as_slice()).filter(|with| !with.is_empty());
    let when = spec.when.iter().map(|(name, values)| (name.clone(), words(values))).collect();
    Table::default()
        .with(key, content)
        .with_some("with", with.map(words))
        .with_filled("when", Tree::Object(when))
        .done()
}

pub(super) fn json(spec: &JsonSpec) -> Tree {
    match spec {
        JsonSpec::Text(json) => text(json),
        JsonSpec::Tree(tree) => tree.clone(),
    }
}
