use serde::Deserialize;

/// The place of the time of a report. Checking the spec fails if it has a unit and a format.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::gateway) struct ReportTimeSpec {
    pub(in crate::gateway) at: String,
    #[serde(default)]
    pub(in crate::gateway) unit: Option<ReportTimeUnit>,
    #[serde(default)]
    pub(in crate::gateway) format: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(in crate::gateway) enum ReportTimeUnit {
    #[serde(rename = "ms")]
    Milliseconds,
    #[serde(rename = "rfc3339")]
    Rfc3339,
    #[serde(rename = "s")]
    Seconds,
}

impl ReportTimeUnit {
    /// Returns the word in TOML.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Milliseconds => "ms",
            Self::Rfc3339 => "rfc3339",
            Self::Seconds => "s",
        }
    }
}
