//! JSON in reverse.

use super::captures::Reading;
use super::condition::{Presence, PresenceCondition};
use super::mismatch::{MismatchKind, describe};
use super::nested::NestedReader;
use super::sequence::Sequence;
use super::value::ValueReader;
use crate::gateway::error::SpecError;
use crate::gateway::lint::names_a_secret;
use crate::gateway::request::symbols::Symbols;
use crate::gateway::response::Json;
use crate::gateway::spec::{JsonSpec, Tree, ValueSpec, conditions};
use crate::template::Filter;

/// Compiles a value that is marked in the tree, such as `{ "$json" = … }`.
pub(super) type CompileReader =
    fn(&ValueSpec, MismatchKind, &Symbols<'_>, &str) -> Result<ValueReader, SpecError>;

/// A compiled JSON value.
#[derive(Clone, Debug)]
pub(super) struct JsonReader {
    node: JsonNode,
    /// Set if the value is left out without the only variable in it.
    follows_variable: bool,
    condition: PresenceCondition,
}

#[derive(Clone, Debug)]
enum JsonNode {
    Array(Vec<JsonReader>),
    Bool(ValueReader),
    Literal(Json<'static>),
    Number(ValueReader),
    Object(Vec<(String, JsonReader)>),
    Text(ValueReader),
}

impl JsonReader {
    pub(super) fn compile(
        json: &JsonSpec,
        scope: &Symbols<'_>,
        fields: CompileReader,
        path: &str,
    ) -> Result<Self, SpecError> {
        match json {
            JsonSpec::Tree(tree) => Self::of(tree, MismatchKind::Request, scope, fields, path),
            JsonSpec::Text(text) => {
                let tree: Tree = serde_json::from_str(text)
                    .map_err(|_| SpecError::new(path, "invalid JSON", "correct it"))?;
                Self::of(&tree, MismatchKind::Request, scope, fields, path)
            }
        }
    }

    fn of(
        tree: &Tree,
        kind: MismatchKind,
        scope: &Symbols<'_>,
        fields: CompileReader,
        path: &str,
    ) -> Result<Self, SpecError> {
        let plain = |node| Ok(Self::plain(node));
        match tree {
            Tree::Array(items) => {
                let items = items.iter().map(|item| Self::of(item, kind, scope, fields, path));
                plain(JsonNode::Array(items.collect::<Result<_, _>>()?))
            }
            Tree::Bool(value) => plain(JsonNode::Literal(Json::Bool(*value))),
            Tree::Float(number) => plain(JsonNode::Literal(Json::Float(*number))),
            Tree::Int(number) => plain(JsonNode::Literal(Json::Int(*number))),
            Tree::Null => plain(JsonNode::Literal(Json::Null)),
            Tree::Object(members) => Self::object(members, kind, scope, fields, path),
            Tree::Text(text) => {
                let value = fields(&text.as_str().into(), kind, scope, path)?;
                Ok(Self::leaf(value))
            }
        }
    }

    const fn plain(node: JsonNode) -> Self {
        let condition = PresenceCondition::none();
        Self { node, follows_variable: false, condition }
    }

    pub(super) fn leaf(value: ValueReader) -> Self {
        Self::plain(match value.last_filter() {
            Some(Filter::Bool) => JsonNode::Bool(value),
            Some(Filter::Number) => JsonNode::Number(value),
            _ => JsonNode::Text(value),
        })
    }

    fn object(
        members: &[(String, Tree)],
        kind: MismatchKind,
        scope: &Symbols<'_>,
        fields: CompileReader,
        path: &str,
    ) -> Result<Self, SpecError> {
        let refuse = |problem: &str| SpecError::new(path, problem, "correct the marker");
        if let Some(marked) = ValueSpec::in_tree(members) {
            let marked = marked.map_err(refuse)?;
            return Ok(Self::leaf(fields(&marked, kind, scope, path)?));
        }
        let (with, when) = conditions(members).map_err(refuse)?;
        let condition = PresenceCondition::compile(&with, &when, scope, path)?;
        let members = members.iter().filter(|(key, _)| key != "$with" && key != "$when");
        let members = members.map(|(key, tree)| {
            let kind = if names_a_secret(key) { MismatchKind::Credentials } else { kind };
            Ok((key.clone(), Self::of(tree, kind, scope, fields, path)?))
        });
        let members = members.collect::<Result<Vec<_>, SpecError>>()?;
        let leaves = members.iter().flat_map(|(_, member)| member.leaves());
        let mut variables = leaves.filter(|leaf| !leaf.is_literal());
        let follows_variable = match (variables.next(), variables.next()) {
            (Some(only), None) => only.may_be_absent(),
            _ => false,
        };
        Ok(Self { node: JsonNode::Object(members), follows_variable, condition })
    }

    pub(super) fn leaves(&self) -> Vec<&ValueReader> {
        match &self.node {
            JsonNode::Array(items) => items.iter().flat_map(Self::leaves).collect(),
            JsonNode::Literal(_) => Vec::new(),
            JsonNode::Object(members) => {
                members.iter().flat_map(|(_, member)| member.leaves()).collect()
            }
            JsonNode::Bool(leaf) | JsonNode::Number(leaf) | JsonNode::Text(leaf) => vec![leaf],
        }
    }

    /// Adds a member that another section of the spec describes. Its place exists, because the spec
    /// is valid.
    pub(super) fn push_member(&mut self, path: &[String], value: ValueReader) {
        let Some((name, rest)) = path.split_first() else { return };
        let inner = match &mut self.node {
            JsonNode::Array(items) => name.parse().ok().and_then(|at: usize| items.get_mut(at)),
            JsonNode::Object(members) if rest.is_empty() => {
                members.push((name.clone(), Self::leaf(value)));
                return;
            }
            JsonNode::Object(members) => {
                members.iter_mut().find(|(key, _)| key == name).map(|(_, member)| member)
            }
            _ => None,
        };
        if let Some(inner) = inner {
            inner.push_member(rest, value);
        }
    }

    fn presence(&self, reading: &Reading<'_>) -> Presence {
        match &self.node {
            JsonNode::Bool(leaf) | JsonNode::Number(leaf) | JsonNode::Text(leaf) => {
                leaf.presence(reading)
            }
            _ => {
                let is_optional = self.follows_variable;
                let usually = if is_optional { Presence::Optional } else { Presence::Required };
                self.condition.presence(reading.known, usually)
            }
        }
    }

    /// Reads a document that is the value of a field. Its places are written after that of the
    /// field.
    pub(super) fn read_within(&self, found: &Json<'_>, place: &str, reading: &mut Reading<'_>) {
        self.read(found, &format!("{place} at "), reading);
    }

    /// Reads a value. The place is a JSON pointer.
    pub(super) fn read(&self, found: &Json<'_>, place: &str, reading: &mut Reading<'_>) {
        let refuse = |reading: &mut Reading<'_>, expected: &str| {
            let at = if place.is_empty() || place.ends_with(' ') { "the document" } else { "" };
            let place = format!("{place}{at}");
            reading.refuse(&place, MismatchKind::Request, expected.to_owned(), kind_of(found));
        };
        match (&self.node, found) {
            (JsonNode::Array(readers), Json::Array(items)) => {
                Sequence {
                    readers,
                    presence: &|reader: &Self, reading| reader.presence(reading),
                    read: &|reader: &Self, at, item: &Json<'_>, reading| {
                        reader.read(item, &format!("{place}/{at}"), reading);
                    },
                    missing: &|_, at, reading| missing(&format!("{place}/{at}"), reading),
                    surplus: &|at, reading| {
                        let place = format!("{place}/{at}");
                        let expected = format!("a list of {at}");
                        reading.refuse(&place, MismatchKind::Request, expected, "another item");
                    },
                }
                .read(items, reading);
            }
            (JsonNode::Array(_), _) => refuse(reading, "a list"),
            (JsonNode::Object(readers), Json::Object(members)) => {
                for (name, reader) in readers {
                    let place = format!("{place}/{}", escape(name));
                    match (reader.presence(reading), found.member(name)) {
                        (Presence::Required, None) => missing(&place, reading),
                        (_, None) => {}
                        (Presence::Absent, Some(_)) => reading.refuse(
                            &place,
                            MismatchKind::Request,
                            "no value, because its condition does not hold",
                            "a value",
                        ),
                        (_, Some(found)) => reader.read(found, &place, reading),
                    }
                }
                let known = |name: &str| readers.iter().any(|(known, _)| known == name);
                for (name, _) in members.iter().filter(|(name, _)| !known(name)) {
                    reading.push_additional(format!("{place}/{}", escape(name)));
                }
            }
            (JsonNode::Object(_), _) => refuse(reading, "an object"),
            (JsonNode::Literal(wanted), found) if wanted == found => {}
            (JsonNode::Literal(wanted), _) => refuse(reading, &shown(wanted)),
            (JsonNode::Text(leaf), Json::Text(text)) => leaf.read(text, place, reading),
            (JsonNode::Text(_), _) => refuse(reading, "a string"),
            (JsonNode::Bool(leaf), Json::Bool(value)) => {
                leaf.read(if *value { "true" } else { "false" }, place, reading);
            }
            (JsonNode::Bool(_), _) => refuse(reading, "a Boolean"),
            (JsonNode::Number(leaf), Json::Float(number)) => {
                leaf.read(&number.to_string(), place, reading);
            }
            (JsonNode::Number(leaf), Json::Int(_) | Json::Unsigned(_)) => {
                leaf.read(&found.text().unwrap_or_default(), place, reading);
            }
            (JsonNode::Number(_), _) => refuse(reading, "a number"),
        }
    }
}

impl NestedReader for JsonReader {
    fn read_text(&self, text: &str, place: &str, reading: &mut Reading<'_>) {
        match Json::parse(text) {
            Some(found) => self.read_within(&found, place, reading),
            None => reading.refuse(place, MismatchKind::Request, "JSON", describe(text)),
        }
    }

    fn may_be_left_out(&self) -> bool {
        self.follows_variable || !self.condition.is_empty()
    }

    fn reads_variable(&self, name: &str) -> bool {
        self.leaves().into_iter().any(|leaf| leaf.reads(name))
    }
}

fn missing(place: &str, reading: &mut Reading<'_>) {
    reading.refuse(place, MismatchKind::Request, "a value", "none");
}

/// Escapes a member for a JSON pointer (RFC 6901 §3).
fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn shown(literal: &Json<'_>) -> String {
    match literal {
        Json::Float(number) => format!("`{number}`"),
        literal => literal.text().map_or("`null`".to_owned(), |text| format!("`{text}`")),
    }
}

/// Describes a value without showing it.
fn kind_of(found: &Json<'_>) -> std::borrow::Cow<'static, str> {
    match found {
        Json::Array(_) => "a list".into(),
        Json::Bool(_) => "a Boolean".into(),
        Json::Float(_) | Json::Int(_) | Json::Unsigned(_) => "a number".into(),
        Json::Null => "null".into(),
        Json::Object(_) => "an object".into(),
        Json::Text(text) => format!("a string, {}", describe(text)).into(),
    }
}
