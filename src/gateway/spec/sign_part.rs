use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

use super::value::ValueSpec;
use super::words::Words;

/// A named part of a text to sign: a template, or `{ value = "…", with = "session_token" }` for a
/// part that is empty if a variable has no value.
#[derive(Clone, PartialEq)]
pub(in crate::gateway) struct SignPart {
    pub(in crate::gateway) text: String,
    /// The variables without which the part is empty.
    pub(in crate::gateway) with: Vec<String>,
}

impl SignPart {
    /// Returns the value that is written in the same way.
    pub(in crate::gateway) fn to_value(&self) -> ValueSpec {
        self.with.iter().fold(ValueSpec::from(&self.text), ValueSpec::with_var)
    }
}

impl<'de> Deserialize<'de> for SignPart {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SignPartVisitor)
    }
}

/// The keys of a part that is a table.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct SignPartTable {
    value: String,
    with: Words,
}

struct SignPartVisitor;

impl<'de> Visitor<'de> for SignPartVisitor {
    type Value = SignPart;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, or a table with value and with")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<SignPart, E> {
        Ok(SignPart { text: text.to_owned(), with: Vec::new() })
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<SignPart, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<SignPart, E> {
        self.visit_str(if value { "true" } else { "false" })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<SignPart, A::Error> {
        let table = SignPartTable::deserialize(de::value::MapAccessDeserializer::new(map))?;
        let SignPartTable { value: text, with: Words(with) } = table;
        Ok(SignPart { text, with })
    }
}
