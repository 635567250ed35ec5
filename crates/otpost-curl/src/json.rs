//! JSON bodies, value by value.

use std::fmt;

use otpost::gateway::{Charset, SpecError};
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::candidate::CodeSearch;
use crate::coding::{Coding, FieldValue};
use crate::draft::BodyDraft;
use crate::error::refuse;
use crate::frozen;
use crate::heuristics::{can_be_code, is_secret};
use crate::places::Places;
use crate::role::{Content, role};

/// The most levels that a TOML parser accepts.
const MAX_DEPTH: usize = 32;
/// The names of members that mark a structured value in a spec.
const MARKERS: [&str; 6] = ["$base64", "$json", "$value", "$when", "$with", "$xml"];
/// As many as a form may have.
const MAX_ENTRIES: usize = 512;

/// Parses a JSON body and puts placeholders into its values.
///
/// A JSON number that is a placeholder cannot be written as JSON text, so the body is then a tree.
pub(crate) fn json(text: &str, places: &mut Places<'_>) -> Result<BodyDraft, SpecError> {
    // `serde_json` stops at 128 levels, so neither this nor the walk below exhausts the stack.
    let UniqueMembers(value) = serde_json::from_str(text).map_err(|error| {
        // Two cases: text that is not JSON, and JSON that a spec cannot hold.
        if error.is_data() {
            let hint = "write the member once, or the number as a string";
            return refuse(&format!("the JSON cannot be imported: {error}"), hint);
        }
        let (line, column) = (error.line(), error.column());
        let hint =
            "put the body between single quotes, so that the shell does not remove its quotes";
        refuse(&format!("the body is not valid JSON at line {line}, column {column}"), hint)
    })?;
    let mut walk = JsonWalk { places, depth: 0 };
    Ok(BodyDraft::Json(walk.map(value, "request.json", "")?))
}

/// Puts placeholders into the values of a field that is a JSON object or list.
///
/// Returns `None` for any other field, and if it has to stay a text: nothing in it changes, a spec
/// would write the JSON in other bytes, or a value of it cannot be imported.
pub(crate) fn nested_json(field: &FieldValue<'_>, places: &mut Places<'_>) -> Option<Value> {
    // The whole value is a credential, or its characters may not be those of UTF-8.
    if is_secret(field.name, "") || places.charset() != Charset::Utf8 {
        return None;
    }
    let text = std::str::from_utf8(field.bytes).ok().filter(|text| text.starts_with(['{', '[']))?;
    let UniqueMembers(value) = serde_json::from_str(text).ok()?;
    // A spec sends JSON without white space, and with as few escapes as possible.
    let written = value.to_string();
    if written != text {
        return None;
    }
    let before = places.mark();
    let mapped = JsonWalk { places, depth: 0 }.map(value.clone(), field.place, "").ok();
    let mapped = mapped.filter(|mapped| *mapped != value);
    if mapped.is_none() {
        // The search of the text begins anew.
        places.reset(before);
    }
    mapped
}

struct JsonWalk<'p, 'v> {
    places: &'p mut Places<'v>,
    depth: usize,
}

impl JsonWalk<'_, '_> {
    fn map(&mut self, value: Value, place: &str, name: &str) -> Result<Value, SpecError> {
        let is_long = match &value {
            Value::Array(items) => items.len() > MAX_ENTRIES,
            Value::Object(members) => members.len() > MAX_ENTRIES,
            _ => false,
        };
        if self.depth > MAX_DEPTH || is_long {
            let problem = "the JSON has more than 32 levels, or more than 512 values in one";
            let hint = "remove what the gateway does not need";
            let field = FieldValue { place, name: "", bytes: b"", coding: Coding::Unicode };
            return Err(self.places.refuse(&field, problem, hint));
        }
        self.depth = self.depth.saturating_add(1);
        let mapped = self.node(value, place, name);
        self.depth = self.depth.saturating_sub(1);
        mapped
    }

    fn node(&mut self, value: Value, place: &str, name: &str) -> Result<Value, SpecError> {
        Ok(match value {
            Value::Array(items) => Value::Array(
                items
                    .into_iter()
                    .enumerate()
                    .map(|(at, item)| self.map(item, &format!("{place}.{at}"), name))
                    .collect::<Result<_, _>>()?,
            ),
            Value::Number(number) => match number.as_i64() {
                Some(number) => self.number(number, place, name)?,
                None => Value::Number(number),
            },
            Value::Object(members) => self.object(members, place, name)?,
            Value::String(text) => {
                let field =
                    FieldValue { place, name, bytes: text.as_bytes(), coding: Coding::Json };
                Value::String(self.places.template(&field)?)
            }
            Value::Bool(_) | Value::Null => value,
        })
    }

    fn object(
        &mut self,
        members: Map<String, Value>,
        place: &str,
        name: &str,
    ) -> Result<Value, SpecError> {
        let mut mapped = Map::new();
        // In `{"name": "password", "value": "…"}` the value is what the name says.
        let named = members.iter().find_map(|(key, value)| match value {
            Value::String(text) if matches!(key.as_str(), "key" | "name") => {
                Some(text.clone()).filter(|text| is_secret(text, ""))
            }
            _ => None,
        });
        for (key, value) in members {
            // At most 40 characters of a key, so that an error stays readable.
            let within = format!("{place}.{key:.40}");
            let field =
                FieldValue { place, name: "", bytes: key.as_bytes(), coding: Coding::Unicode };
            if MARKERS.contains(&key.as_str()) {
                let hint = "this name has another meaning in a spec: describe the gateway by hand";
                return Err(self.places.refuse(&field, "the name of a member is a marker", hint));
            }
            if key.contains("{{") || self.places.changes(&field) {
                let hint = "use variables in values only";
                return Err(self.places.refuse(&field, "a variable in the name of a member", hint));
            }
            let is_value = named.is_some() && matches!(key.as_str(), "content" | "value");
            // A string inside a credential is a credential, whatever its own name.
            let name = match &named {
                Some(named) if is_value => named.as_str(),
                _ if is_secret(name, "") && value.is_string() => name,
                _ => key.as_str(),
            };
            let value = self.map(value, &within, name)?;
            mapped.insert(key, value);
        }
        Ok(Value::Object(mapped))
    }

    /// Maps a number to a number, or to a placeholder that is sent as a number.
    fn number(&mut self, number: i64, place: &str, name: &str) -> Result<Value, SpecError> {
        let text = number.to_string();
        let field = FieldValue { place, name, bytes: text.as_bytes(), coding: Coding::Json };
        if !self.places.changes(&field) && !is_secret(name, "") {
            self.places.note_leftover(&text, &field);
            self.places.notes.extend(frozen::note(name, &text, place));
            return Ok(number.into());
        }
        // A number can equal the code by chance. It is the code only if its name says so, or if
        // there is no other.
        let is_code = matches!(role(name), Some((Content::Code, _)))
            || can_be_code(name)
            || self.places.code_search != CodeSearch::Values;
        if !is_code && self.places.is_code(&field) {
            return Ok(number.into());
        }
        let template = self.places.template(&field)?;
        // A JSON number has no plus.
        let template = if template == "{{to}}" { "{{to|plain}}".to_owned() } else { template };
        if template == text {
            return Ok(number.into());
        }
        if template == "{{code}}" {
            let hint = "a JSON number loses the zero of 012345: send the code as a string";
            return Err(self.places.refuse(&field, "the code is a JSON number", hint));
        }
        let number = template.strip_suffix("}}").map(|open| format!("{open}|number}}}}"));
        Ok(number.unwrap_or(template).into())
    }
}

/// A JSON value whose objects have each member once.
///
/// `serde_json` keeps the last member of a name, so that the spec would silently send less than the
/// command.
struct UniqueMembers(Value);

impl<'de> Deserialize<'de> for UniqueMembers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueMembersVisitor).map(Self)
    }
}

struct UniqueMembersVisitor;

impl<'de> Visitor<'de> for UniqueMembersVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Value, E> {
        // A spec holds numbers of TOML, which are signed.
        i64::try_from(number).map(Value::from).map_err(|_| E::custom("the number is too large"))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(UniqueMembers(item)) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some((key, UniqueMembers(value))) = map.next_entry::<String, UniqueMembers>()? {
            if members.insert(key, value).is_some() {
                return Err(de::Error::custom("a member occurs twice"));
            }
        }
        Ok(Value::Object(members))
    }
}
