//! The statuses of reports as keys and values of a spec.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, IntoDeserializer, Visitor};

use super::pairs::{PlainText, table};
use crate::provider::ReportStatus;

/// The words of [`ReportStatus`] in a spec. The enum cannot derive `Deserialize` itself, because it
/// also exists in builds without the feature `serde`.
#[derive(serde::Deserialize)]
#[serde(rename_all = "snake_case", remote = "ReportStatus")]
pub(super) enum StatusWord {
    Delivered,
    Expired,
    Pending,
    Rejected,
    Undeliverable,
    Unknown,
}

/// Reads `[reports.statuses]`: for each status, the words of the gateway that mean it.
pub(super) fn status_words<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<(ReportStatus, Vec<PlainText>)>, D::Error> {
    let lists: Vec<(StatusKey, Vec<PlainText>)> = table(deserializer)?;
    Ok(lists.into_iter().map(|(StatusKey(status), words)| (status, words)).collect())
}

/// A status as the key of a table. It is read as a string, because the path in an error message
/// contains only keys that are strings.
struct StatusKey(ReportStatus);

impl<'de> Deserialize<'de> for StatusKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_identifier(StatusKeyVisitor)
    }
}

struct StatusKeyVisitor;

impl Visitor<'_> for StatusKeyVisitor {
    type Value = StatusKey;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a status of reports")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<StatusKey, E> {
        StatusWord::deserialize(text.into_deserializer()).map(StatusKey)
    }
}
