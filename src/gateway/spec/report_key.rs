use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

/// The key of a signed report.
#[derive(Clone, PartialEq)]
pub(in crate::gateway) enum ReportKey {
    /// The base64 of the key, a template.
    Base64 {
        text: String,
        /// A text before the base64, such as `whsec_`, which the application may leave in.
        strip: Option<String>,
    },
    /// The SHA-256 of this text is the key.
    Sha256 { text: String, strip: Option<String> },
    /// The text itself is the key.
    Text(String),
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ReportKeyTable {
    #[serde(default)]
    base64: Option<String>,
    #[serde(default)]
    sha256: Option<String>,
    #[serde(default)]
    strip: Option<String>,
}

impl<'de> Deserialize<'de> for ReportKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReportKeyVisitor)
    }
}

struct ReportKeyVisitor;

impl<'de> Visitor<'de> for ReportKeyVisitor {
    type Value = ReportKey;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, or a table with base64 or sha256")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<ReportKey, E> {
        Ok(ReportKey::Text(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ReportKey, A::Error> {
        let map = de::value::MapAccessDeserializer::new(map);
        let ReportKeyTable { base64, sha256, strip } = ReportKeyTable::deserialize(map)?;
        match (base64, sha256) {
            (Some(text), None) => Ok(ReportKey::Base64 { text, strip }),
            (None, Some(text)) => Ok(ReportKey::Sha256 { text, strip }),
            _ => Err(de::Error::custom("expected one of base64 and sha256")),
        }
    }
}
