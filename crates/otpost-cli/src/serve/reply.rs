//! The responses to callers.

use std::time::Duration;

use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use otpost::provider::{Fate, SendError, SendErrorKind};
use serde_json::{Map, Value, json};

/// The wait that a caller is asked for if the gateway names none.
const DEFAULT_WAIT: Duration = Duration::from_secs(5);

/// The response to a caller: a status and a JSON document. It contains nothing of the message.
///
/// The status follows from the fate of the message, so that a caller that sends again after an
/// error never sends a message twice. A message that may have been sent is therefore no error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ServeReply {
    status: StatusCode,
    /// The reason in snake case.
    outcome: &'static str,
    /// The delivery state: `accepted`, or a [`Fate`].
    fate: &'static str,
    message: String,
    retry_after: Option<Duration>,
    allow: Option<&'static str>,
    is_repeated: bool,
}

impl ServeReply {
    fn new(
        status: StatusCode,
        outcome: &'static str,
        fate: &'static str,
        message: impl Into<String>,
    ) -> Self {
        let (retry_after, allow, is_repeated) = (None, None, false);
        Self { status, outcome, fate, message: message.into(), retry_after, allow, is_repeated }
    }

    /// Creates the response to a message that the gateway accepted.
    pub(super) fn accepted() -> Self {
        Self::new(StatusCode::OK, "accepted", "accepted", "the gateway accepted the message")
    }

    /// Creates the response to a message that would have been sent without `--dry-run`.
    pub(super) fn dry_run() -> Self {
        let message = "the message would be sent: this is a dry run";
        Self::new(StatusCode::OK, "dry_run", Fate::NotSent.as_str(), message)
    }

    /// Creates the response to a request that is refused before anything is sent.
    pub(super) fn refused(
        status: StatusCode,
        outcome: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self::new(status, outcome, Fate::NotSent.as_str(), message)
    }

    /// Creates the response to a request that has an error. The message names the field.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::refused(StatusCode::BAD_REQUEST, "invalid_request", message)
    }

    /// Creates the response to a request with missing or wrong credentials.
    pub(super) fn unauthenticated(message: impl Into<String>) -> Self {
        Self::refused(StatusCode::UNAUTHORIZED, "unauthenticated", message)
    }

    /// Creates the response to a message to a destination that is not allowed.
    pub(super) fn destination(message: impl Into<String>) -> Self {
        let kind = SendErrorKind::InvalidRecipient.as_str();
        Self::refused(StatusCode::UNPROCESSABLE_ENTITY, kind, message)
    }

    /// Creates the response to a method that the path does not accept.
    pub(super) fn method(allow: &'static str) -> Self {
        let message = format!("the method is not allowed: expected {allow}");
        let reply = Self::refused(StatusCode::METHOD_NOT_ALLOWED, "invalid_request", message);
        Self { allow: Some(allow), ..reply }
    }

    /// Creates the response to a message above a limit.
    pub(super) fn limited(limit: &str, wait: Duration) -> Self {
        let message = format!("too many messages {limit}");
        Self::refused(StatusCode::TOO_MANY_REQUESTS, "limited", message).with_retry_after(wait)
    }

    /// Creates the response to a message that the gateway did not accept.
    pub(super) fn of_error(error: &SendError) -> Self {
        let (status, wait) = match (error.fate(), error.kind()) {
            (Fate::Refused, _)
            | (
                Fate::NotSent,
                SendErrorKind::Content
                | SendErrorKind::InvalidRecipient
                | SendErrorKind::Misconfigured
                | SendErrorKind::Regulatory,
            ) => (StatusCode::UNPROCESSABLE_ENTITY, None),
            (
                Fate::NotSent,
                SendErrorKind::Throttled | SendErrorKind::Transport | SendErrorKind::Unavailable,
            ) => {
                let wait = error.retry_after().unwrap_or(DEFAULT_WAIT);
                (StatusCode::SERVICE_UNAVAILABLE, Some(wait))
            }
            // Waiting does not help: the operator has to change something.
            (Fate::NotSent, _) => (StatusCode::SERVICE_UNAVAILABLE, None),
            // Callers such as Ory's courier send again after every error.
            (Fate::Unknown, _) => (StatusCode::ACCEPTED, None),
        };
        let message = match error.gateway_code() {
            Some(code) => format!("{} (code {code}); {}", error.kind(), error.fate()),
            None => format!("{}; {}", error.kind(), error.fate()),
        };
        let reply = Self::new(status, error.kind().as_str(), error.fate().as_str(), message);
        Self { retry_after: wait, ..reply }
    }

    /// Creates the response to a message that may have been sent.
    pub(super) fn lost(message: impl Into<String>) -> Self {
        let kind = SendErrorKind::Unknown.as_str();
        Self::new(StatusCode::ACCEPTED, kind, Fate::Unknown.as_str(), message)
    }

    pub(super) fn with_retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Marks the response to an earlier request that is repeated.
    pub(super) fn repeated(mut self) -> Self {
        self.is_repeated = true;
        self
    }

    pub(super) const fn status(&self) -> StatusCode {
        self.status
    }

    pub(super) const fn outcome(&self) -> &'static str {
        self.outcome
    }

    /// Returns `true` if it is known that the gateway did not get the message.
    pub(super) fn is_not_sent(&self) -> bool {
        self.fate == Fate::NotSent.as_str()
    }

    /// Returns `true` if the same message may be sent again: it was not sent, and waiting helps.
    pub(super) fn is_temporary(&self) -> bool {
        self.retry_after.is_some()
    }

    /// Returns the HTTP response.
    pub(super) fn into_response(self) -> Response<String> {
        let (status, body) = (self.status, self.document());
        self.response(status, body)
    }

    /// Returns the HTTP response for Supabase, which reads the error message only if the status is
    /// 200. With another status, the user of the application sees an internal error.
    pub(super) fn into_supabase_response(self) -> Response<String> {
        let is_error = self.status.is_client_error() || self.status.is_server_error();
        // With `Retry-After`, Supabase sends again at once. It does not help against a limit.
        let is_retried = self.status == StatusCode::SERVICE_UNAVAILABLE && self.is_temporary();
        if !is_error || is_retried {
            return self.into_response();
        }
        let mut body = self.document();
        let error = json!({ "http_code": self.status.as_u16(), "message": self.message });
        body.insert("error".to_owned(), error);
        self.response(StatusCode::OK, body)
    }

    fn document(&self) -> Map<String, Value> {
        let mut body = Map::new();
        // In this order and without blanks: access gateways search for `"outcome":"accepted"`.
        body.insert("outcome".to_owned(), self.outcome.into());
        body.insert("fate".to_owned(), self.fate.into());
        body.insert("message".to_owned(), self.message.as_str().into());
        if self.is_repeated {
            body.insert("repeated".to_owned(), true.into());
        }
        body
    }

    fn response(&self, status: StatusCode, body: Map<String, Value>) -> Response<String> {
        let mut response = Response::new(format!("{}\n", Value::Object(body)));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::UNAUTHORIZED {
            // Some callers give their secret only after they are asked in this way.
            for scheme in ["Bearer", "Basic realm=\"otpost\""] {
                headers.append(WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
            }
        }
        if let Some(allow) = self.allow {
            headers.insert(ALLOW, HeaderValue::from_static(allow));
        }
        if let Some(wait) = self.retry_after {
            // Rounded up: a caller that comes back too early is refused again.
            let seconds = wait.as_millis().div_ceil(1_000).max(1);
            if let Ok(value) = HeaderValue::from_str(&seconds.to_string()) {
                headers.insert(RETRY_AFTER, value);
            }
        }
        response
    }
}
