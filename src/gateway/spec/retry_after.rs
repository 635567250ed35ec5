use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

/// The place of a time to wait, and the unit of a number there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::gateway) struct RetryAfterSpec {
    pub(in crate::gateway) at: String,
    pub(in crate::gateway) unit: WaitUnit,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
pub(in crate::gateway) enum WaitUnit {
    /// A date. A number is ignored.
    #[serde(rename = "date")]
    Date,
    #[serde(rename = "ms")]
    Milliseconds,
    /// Seconds, or a date.
    #[default]
    #[serde(rename = "s")]
    Seconds,
}

impl RetryAfterSpec {
    pub(in crate::gateway) const fn seconds(at: String) -> Self {
        Self { at, unit: WaitUnit::Seconds }
    }

    pub(in crate::gateway) const fn milliseconds(at: String) -> Self {
        Self { at, unit: WaitUnit::Milliseconds }
    }
}

impl<'de> Deserialize<'de> for RetryAfterSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RetryAfterVisitor)
    }
}

struct RetryAfterVisitor;

impl<'de> Visitor<'de> for RetryAfterVisitor {
    type Value = RetryAfterSpec;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a place, or a table { at = \"/wait\", unit = \"s\", \"ms\" or \"date\" }")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<RetryAfterSpec, E> {
        Ok(RetryAfterSpec::seconds(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RetryAfterSpec, A::Error> {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Fields {
            at: String,
            #[serde(default)]
            unit: WaitUnit,
        }
        let Fields { at, unit } = Fields::deserialize(de::value::MapAccessDeserializer::new(map))?;
        Ok(RetryAfterSpec { at, unit })
    }
}
