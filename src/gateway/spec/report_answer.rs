use serde::Deserialize;

/// The answer that a gateway expects to a report: `answer` in `[reports]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::gateway) struct AnswerToReport {
    #[serde(default = "ok")]
    pub(in crate::gateway) status: u16,
    #[serde(default)]
    pub(in crate::gateway) content_type: Option<String>,
    #[serde(default)]
    pub(in crate::gateway) body: String,
}

const fn ok() -> u16 {
    200
}
