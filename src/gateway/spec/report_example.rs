use std::fmt;

use serde::Deserialize;

use super::pairs::{Pairs, PlainText};
use super::report_words::StatusWord;
use super::request::Method;
use crate::provider::ReportStatus;

/// A request with delivery reports, and their expected meaning.
///
/// Examples document the gateway, and checking a spec fails if its places, words and rules
/// contradict one. The authentication of an example is not checked, since it depends on a secret
/// and on the time.
///
/// # Examples
///
/// See [`ReportsSpec`](super::ReportsSpec).
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportExample {
    pub(in crate::gateway) request: ReportRequest,
    pub(in crate::gateway) expect: Vec<ExpectedReport>,
}

/// The request of a [`ReportExample`].
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportRequest {
    pub(in crate::gateway) method: Method,
    pub(in crate::gateway) url: String,
    #[serde(default)]
    pub(in crate::gateway) headers: Pairs<PlainText>,
    #[serde(default)]
    pub(in crate::gateway) body: String,
}

/// The expected meaning of one report of a [`ReportExample`]. The values that are not set are not
/// checked.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedReport {
    #[serde(with = "StatusWord")]
    pub(in crate::gateway) status: ReportStatus,
    #[serde(default)]
    pub(in crate::gateway) message_id: Option<String>,
    #[serde(default)]
    pub(in crate::gateway) reference: Option<String>,
    #[serde(default)]
    pub(in crate::gateway) code: Option<String>,
}

impl ReportExample {
    /// Creates an example without headers and body, of a request in which no report is expected.
    #[must_use]
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        let (headers, body) = (Pairs::default(), String::new());
        let request = ReportRequest { method, url: url.into(), headers, body };
        Self { request, expect: Vec::new() }
    }

    /// Adds a header to the request.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.request.headers.0.push((name.into(), PlainText(value.into())));
        self
    }

    /// Sets the body of the request.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<String>) -> Self {
        self.request.body = body.into();
        self
    }

    /// Adds a report that is expected in the request, after those that were added before.
    #[must_use]
    pub fn with_expected(mut self, report: ExpectedReport) -> Self {
        self.expect.push(report);
        self
    }

    /// Returns the request.
    #[must_use]
    pub const fn request(&self) -> &ReportRequest {
        &self.request
    }

    /// Returns the reports that are expected, in order.
    #[must_use]
    pub fn expected(&self) -> &[ExpectedReport] {
        &self.expect
    }
}

impl ReportRequest {
    /// Returns the HTTP method.
    #[must_use]
    pub const fn method(&self) -> Method {
        self.method
    }

    /// Returns the URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the headers as pairs of name and value, in order.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (name, value.0.as_str()))
    }

    /// Returns the body.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }
}

impl ExpectedReport {
    /// Creates an expectation of the status alone.
    #[must_use]
    pub const fn new(status: ReportStatus) -> Self {
        Self { status, message_id: None, reference: None, code: None }
    }

    /// Sets the message id that the report must have.
    #[must_use]
    pub fn with_message_id(mut self, id: impl Into<String>) -> Self {
        self.message_id = Some(id.into());
        self
    }

    /// Sets the reference that the report must have.
    #[must_use]
    pub fn with_reference(mut self, reference: impl Into<String>) -> Self {
        self.reference = Some(reference.into());
        self
    }

    /// Sets the gateway's code that the report must have.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// Returns the expected status.
    #[must_use]
    pub const fn status(&self) -> ReportStatus {
        self.status
    }

    /// Returns the expected message id.
    #[must_use]
    pub fn message_id(&self) -> Option<&str> {
        self.message_id.as_deref()
    }

    /// Returns the expected reference.
    #[must_use]
    pub fn reference(&self) -> Option<&str> {
        self.reference.as_deref()
    }

    /// Returns the expected code.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }
}

impl fmt::Debug for ReportRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReportRequest").field("method", &self.method).finish_non_exhaustive()
    }
}

impl fmt::Debug for ExpectedReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExpectedReport").field("status", &self.status).finish_non_exhaustive()
    }
}
