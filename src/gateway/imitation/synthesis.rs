//! Responses that no example shows: they are made of the conditions of a rule. Some conditions,
//! such as regular expressions, cannot be met this way, so the caller checks the result.

use serde_json::{Map, Value};

use super::regex_text;
use super::response::ImitatedResponse;
use crate::gateway::spec::{Outcome, Predicate, Rule, Scalar, StatusSet};

/// The statuses that are tried first.
const USUAL: [u16; 12] = [200, 201, 202, 204, 400, 401, 402, 403, 404, 422, 429, 503];
/// The maximum index of a list in a response.
const MAX_INDEX: usize = 15;

/// A response that is made of values at places.
#[derive(Default)]
pub(super) struct ResponseDraft {
    status: Option<u16>,
    headers: Vec<(String, String)>,
    json: Option<Value>,
    form: Vec<(String, String)>,
    xml: Vec<(String, String)>,
    text: Option<String>,
    /// The texts of the groups of a regular expression.
    groups: Vec<(String, String)>,
}

impl ResponseDraft {
    /// Creates a response that the rule probably matches.
    pub(super) fn of_rule(rule: &Rule) -> Self {
        let when = &rule.when;
        let mut draft = Self { status: when.status.as_ref().and_then(first), ..Self::default() };
        let text = when.body_equals.as_ref().or(when.body_contains.as_ref());
        draft.text = text.cloned().or_else(|| literal(when.body_regex.as_deref()?));
        for (name, predicate) in &when.header {
            if let Some(value) = meeting(predicate) {
                draft.headers.push((name.clone(), text_of(&value)));
            }
        }
        for (pointer, predicate) in &when.json {
            let document = draft.json.get_or_insert_with(|| Value::Object(Map::new()));
            if let Some(value) = meeting(predicate) {
                set(document, pointer, value);
            }
        }
        for (key, predicate) in &when.form {
            draft.form.extend(meeting(predicate).map(|it| (key.clone(), text_of(&it))));
        }
        for (path, predicate) in &when.xml {
            draft.xml.extend(meeting(predicate).map(|it| (path.clone(), text_of(&it))));
        }
        draft
    }

    /// Creates a response with a status.
    pub(super) fn of_status(status: u16) -> Self {
        Self { status: Some(status), ..Self::default() }
    }

    /// Writes a body that a regular expression matches, with the values that were put to its
    /// groups.
    pub(super) fn match_regex(&mut self, regex: Option<&str>) {
        if let Some(regex) = regex.filter(|_| !self.groups.is_empty()) {
            self.text = regex_text::matching(regex, &self.groups);
        }
    }

    /// Writes a value to a place such as `/id`, `header:Name` or `body`. Returns `false` for a
    /// place that cannot be written.
    pub(super) fn put(&mut self, place: &str, value: Value) -> bool {
        if place.starts_with('/') {
            let document = self.json.get_or_insert_with(|| Value::Object(Map::new()));
            return set(document, place, value);
        }
        let text = text_of(&value);
        match place.split_once(':') {
            None if place == "body" => self.text = Some(text),
            Some(("header", name)) => self.headers.push((name.to_owned(), text)),
            Some(("cookie", name)) => {
                self.headers.push(("Set-Cookie".to_owned(), format!("{name}={text}")));
            }
            Some(("form", key)) => self.form.push((key.to_owned(), text)),
            Some(("group", name)) => self.groups.push((name.to_owned(), text)),
            Some(("xml", path)) => self.xml.push((path.to_owned(), text)),
            _ => return false,
        }
        true
    }

    pub(super) fn response(self, usual: Outcome) -> ImitatedResponse {
        let status = self.status.unwrap_or(match usual {
            Outcome::Accepted | Outcome::Duplicate => 200,
            _ => 400,
        });
        let (body, kind) = if let Some(text) = self.text {
            (text, None)
        } else if let Some(json) = self.json {
            (json.to_string(), Some("application/json"))
        } else if !self.form.is_empty() {
            let pairs = self.form.iter().map(|(key, value)| format!("{key}={value}"));
            let kind = "application/x-www-form-urlencoded";
            (pairs.collect::<Vec<_>>().join("&"), Some(kind))
        } else if !self.xml.is_empty() {
            (write_xml(&self.xml), Some("application/xml"))
        } else {
            (String::new(), None)
        };
        let mut response = ImitatedResponse::new(status, body);
        if let Some(kind) = kind {
            response = response.with_header("Content-Type", kind);
        }
        response.headers.extend(self.headers);
        response
    }
}

fn first(statuses: &StatusSet) -> Option<u16> {
    USUAL.into_iter().chain(100..=999).find(|status| statuses.holds(*status))
}

/// Returns the text that a regular expression matches, if it is a literal text with anchors.
fn literal(regex: &str) -> Option<String> {
    let text = regex.strip_prefix('^').unwrap_or(regex);
    let text = text.strip_suffix('$').unwrap_or(text);
    (!text.contains(|c: char| "\\.+*?()|[]{}^$".contains(c))).then(|| text.to_owned())
}

/// Returns a constant of the spec as JSON.
pub(super) fn scalar(scalar: &Scalar) -> Value {
    match scalar {
        Scalar::Bool(value) => Value::from(*value),
        Scalar::Int(number) => Value::from(*number),
        Scalar::Text(text) => Value::from(text.as_str()),
    }
}

/// Returns a value that meets a condition, if one is easy to find.
pub(super) fn meeting(predicate: &Predicate) -> Option<Value> {
    if let Some(inner) = predicate.all.as_ref().or(predicate.any.as_ref()) {
        return meeting(inner);
    }
    if let Some(scalar) = predicate.one_of.as_ref().and_then(|values| values.first()) {
        return Some(self::scalar(scalar));
    }
    if let Some(number) = predicate.at_least.or(predicate.at_most) {
        return Some(Value::from(number));
    }
    if let Some(regex) = &predicate.regex {
        return Some(Value::from(literal(regex).unwrap_or_else(|| "1".to_owned())));
    }
    match predicate.exists {
        Some(false) => None,
        _ => Some(Value::from("1")),
    }
}

pub(super) fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

/// Writes a value into a document, with the objects and lists around it.
pub(super) fn set(document: &mut Value, pointer: &str, value: Value) -> bool {
    let mut at = document;
    for token in pointer.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        let index = if token == "*" { Some(0) } else { token.parse::<usize>().ok() };
        if let Some(index) = index.filter(|_| at.as_object().is_none_or(Map::is_empty)) {
            if index > MAX_INDEX {
                return false;
            }
            if !at.is_array() {
                *at = Value::Array(Vec::new());
            }
            let Some(items) = at.as_array_mut() else { return false };
            while items.len() <= index {
                items.push(Value::Object(Map::new()));
            }
            let Some(item) = items.get_mut(index) else { return false };
            at = item;
        } else {
            if !at.is_object() {
                *at = Value::Object(Map::new());
            }
            let Some(members) = at.as_object_mut() else { return false };
            at = members.entry(token).or_insert_with(|| Value::Object(Map::new()));
        }
    }
    *at = value;
    true
}

/// Writes a document of elements and attributes, such as `/answer/id` and `/answer/@code`.
pub(super) fn write_xml(places: &[(String, String)]) -> String {
    let escape =
        |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    let mut root = "answer".to_owned();
    let (mut attributes, mut inner) = (String::new(), String::new());
    for (path, value) in places {
        let path = path.split('[').next().unwrap_or_default();
        let mut names = path.split('/').skip(1);
        root = names.next().unwrap_or_default().to_owned();
        let names: Vec<&str> = names.collect();
        let value = escape(value);
        match names.as_slice() {
            [] => inner.push_str(&value),
            [name] if name.starts_with('@') => {
                attributes.push_str(&format!(" {}=\"{value}\"", name.trim_start_matches('@')));
            }
            [around @ .., last] => {
                let (open, mut element) = match last.strip_prefix('@') {
                    Some(name) => (around.split_last(), format!(" {name}=\"{value}\"/>")),
                    None => (Some((last, around)), format!(">{value}</{last}>")),
                };
                let Some((name, around)) = open else { continue };
                element = format!("<{name}{element}");
                for name in around.iter().rev() {
                    element = format!("<{name}>{element}</{name}>");
                }
                inner.push_str(&element);
            }
        }
    }
    format!("<{root}{attributes}>{inner}</{root}>")
}
