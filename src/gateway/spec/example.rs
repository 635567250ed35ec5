use serde::Deserialize;

use super::outcome::Outcome;
use super::pairs::{Pairs, PlainText};

/// A response of the gateway and its expected meaning.
///
/// Examples document the gateway, and checking a spec fails if its rules contradict one. A mock
/// gateway plays them as well.
///
/// # Examples
///
/// ```
/// use otpost::gateway::{Example, Outcome};
///
/// let example = Example::new(200, "ERR: 301", Outcome::NoCredit);
/// assert_eq!(example.expected(), Outcome::NoCredit);
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    pub(in crate::gateway) response: ExampleResponse,
    pub(in crate::gateway) expect: Expect,
}

/// The response of an [`Example`].
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExampleResponse {
    pub(in crate::gateway) status: u16,
    #[serde(default)]
    pub(in crate::gateway) headers: Pairs<PlainText>,
    #[serde(default)]
    pub(in crate::gateway) body: String,
}

/// The expected meaning of the response of an [`Example`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::gateway) struct Expect {
    pub(in crate::gateway) outcome: Outcome,
    #[serde(default)]
    pub(in crate::gateway) message_id: Option<String>,
    #[serde(default)]
    pub(in crate::gateway) code: Option<String>,
}

impl Example {
    /// Creates an example: a response with this status and body has this outcome.
    #[must_use]
    pub fn new(status: u16, body: impl Into<String>, outcome: Outcome) -> Self {
        Self {
            response: ExampleResponse { status, headers: Pairs::default(), body: body.into() },
            expect: Expect { outcome, message_id: None, code: None },
        }
    }

    /// Adds a header to the response.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.response.headers.0.push((name.into(), PlainText(value.into())));
        self
    }

    /// Sets the message id that the rules must find in the response. By default, it is not checked.
    #[must_use]
    pub fn with_message_id(mut self, id: impl Into<String>) -> Self {
        self.expect.message_id = Some(id.into());
        self
    }

    /// Sets the gateway's error code that the rules must find in the response. By default, it is
    /// not checked.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.expect.code = Some(code.into());
        self
    }

    /// Returns the response.
    #[must_use]
    pub const fn response(&self) -> &ExampleResponse {
        &self.response
    }

    /// Returns the expected outcome.
    #[must_use]
    pub const fn expected(&self) -> Outcome {
        self.expect.outcome
    }
}

impl ExampleResponse {
    /// Returns the HTTP status code.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
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

impl std::fmt::Debug for ExampleResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExampleResponse").field("status", &self.status).finish_non_exhaustive()
    }
}
