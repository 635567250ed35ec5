use std::fmt;

use http::StatusCode;

use super::answer::ReportAnswer;
use crate::gateway::report_auth::ReportRejection;

/// An error of a request that should contain delivery reports.
///
/// [`answer`](Self::answer) is the answer to give. `Display` prints one line without anything of
/// the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportError {
    kind: ReportErrorKind,
    rejection: Option<ReportRejection>,
}

/// The kind of a [`ReportError`].
///
/// # Examples
///
/// ```
/// use otpost::report::ReportErrorKind;
///
/// assert_eq!(ReportErrorKind::TooLarge.as_str(), "too_large");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReportErrorKind {
    /// The body is not of the kind that the gateway sends, such as JSON.
    Body,
    /// The gateway does not send reports with this HTTP method.
    Method,
    /// The request is not authentic: its signature or credentials are missing, wrong or too old, or
    /// its path does not end with the secret token.
    NotAuthentic,
    /// The body has more than 64 KiB.
    TooLarge,
}

words! {
    ReportErrorKind, "kind of report error":
    Body = "body",
    Method = "method",
    NotAuthentic = "not_authentic",
    TooLarge = "too_large",
}

impl fmt::Display for ReportErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Body => "the body of the report is not of the kind that the gateway sends",
            Self::Method => "the gateway does not send reports with this HTTP method",
            Self::NotAuthentic => "the request is not an authentic report of the gateway",
            Self::TooLarge => "the body of the report is longer than 64 KiB",
        })
    }
}

impl ReportError {
    pub(super) const fn new(kind: ReportErrorKind) -> Self {
        Self { kind, rejection: None }
    }

    pub(super) const fn rejected(rejection: ReportRejection) -> Self {
        Self { kind: ReportErrorKind::NotAuthentic, rejection: Some(rejection) }
    }

    /// Returns the kind of the error.
    #[must_use]
    pub const fn kind(&self) -> ReportErrorKind {
        self.kind
    }

    /// Returns the reason why the signature or the credentials were rejected, for logs. `None` for
    /// other errors, and if the secret token in the path is wrong.
    #[must_use]
    pub const fn rejection(&self) -> Option<ReportRejection> {
        self.rejection
    }

    /// Returns the answer to give. Its status is 400, 403, 405 or 413, and its body is empty.
    #[must_use]
    pub const fn answer(&self) -> ReportAnswer {
        ReportAnswer::empty(match self.kind {
            ReportErrorKind::Body => StatusCode::BAD_REQUEST,
            ReportErrorKind::Method => StatusCode::METHOD_NOT_ALLOWED,
            ReportErrorKind::NotAuthentic => StatusCode::FORBIDDEN,
            ReportErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        })
    }
}

impl fmt::Display for ReportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)?;
        match self.rejection {
            Some(rejection) => write!(f, ": {rejection}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ReportError {}
