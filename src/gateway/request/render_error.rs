use crate::gateway::error::SpecError;
use crate::provider::{Fate, SendError, SendErrorKind, Stage};

/// An error for a value that does not fit its place. It never contains the value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
pub(in crate::gateway) struct RenderError {
    pub(in crate::gateway) path: String,
    pub(in crate::gateway) problem: String,
}

impl RenderError {
    pub(in crate::gateway) fn new(path: &str, problem: impl Into<String>) -> Self {
        Self { path: path.to_owned(), problem: problem.into() }
    }
}

impl From<RenderError> for SpecError {
    /// Values that are the same for each message are rendered, and fail, when the gateway is built.
    fn from(error: RenderError) -> Self {
        Self::new(error.path, error.problem, "check the configured value")
    }
}

/// Converts the error into that of a request that was not sent.
pub(in crate::gateway) fn not_prepared(error: RenderError) -> SendError {
    SendError::new(SendErrorKind::Misconfigured, Fate::NotSent)
        .with_stage(Stage::Config)
        .with_source(error)
}
