use std::fmt;
use std::time::Duration;

use serde::de::{self, Deserialize, Deserializer};

use super::json::JsonSpec;
use super::pairs::Pairs;
use super::request::{Charset, Method, RequestSpec};
use super::value::ValueSpec;
use crate::clock::parse_duration;

/// The longest configurable lifetime of a token.
const MAX_LIFETIME: Duration = Duration::from_secs(86_400);

/// A token from a separate HTTP request, sent in a header of each message: `[auth.token]` in TOML.
///
/// The URL and the values of the token request are templates. They can contain the variables of
/// `[vars]`, but nothing from a message: the request is the same for all messages. Its response
/// must be JSON, and the token in it has at most 8 KiB.
///
/// The token is cached until 30 s before it expires. If it is valid for less than one minute, it is
/// cached for half of that time. Messages that need a token at the same time share one request. If
/// the gateway rejects a message as [`Unauthorized`](crate::gateway::Outcome::Unauthorized), a new
/// token is fetched and the message is sent again, once.
///
/// # Errors
///
/// Without a token, a message fails with [`Fate::NotSent`](crate::provider::Fate::NotSent). It
/// waits for a token at most as long as its total timeout.
///
/// | token request | [`SendErrorKind`](crate::provider::SendErrorKind) |
/// |---|---|
/// | no response, or not in time | `Transport` |
/// | status 400, 401 or 403 | `Unauthorized` |
/// | status 408, 425 or 500 to 599 | `Unavailable` |
/// | status 429 | `Throttled` |
/// | another status except 200 to 299, or a response without a token | `Misconfigured` |
///
/// # Back-off
///
/// - If the token endpoint responds with `Retry-After`, no token is requested before that time, at
///   most one day. A `Misconfigured` response has no such effect.
/// - If the token endpoint rejects the credentials (400, 401 or 403), or if the gateway rejects two
///   new tokens in a row, no token is requested for 5 s. Each further rejection doubles this time,
///   up to 60 s, until the gateway accepts a token.
///
/// Meanwhile messages fail at once, with
/// [`SendError::retry_after`](crate::provider::SendError::retry_after).
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use otpost::gateway::{Auth, TokenAuth};
///
/// // With a secret in the URL, the spec has to allow `Lint::SecretInUrl`.
/// let auth = Auth::Token(
///     TokenAuth::get("https://auth.acme.example/token?key={{key|base64}}", "/token")
///         .with_lifetime(Duration::from_secs(3_600))
///         .with_header("authToken", "{{token}}"),
/// );
/// # let _ = auth;
/// ```
#[derive(Clone, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenAuth {
    #[serde(default = "post")]
    pub(in crate::gateway) method: Method,
    pub(in crate::gateway) url: String,
    #[serde(default)]
    pub(in crate::gateway) headers: Pairs<ValueSpec>,
    #[serde(default)]
    pub(in crate::gateway) query: Pairs<ValueSpec>,
    #[serde(default)]
    pub(in crate::gateway) form: Option<Pairs<ValueSpec>>,
    #[serde(default)]
    pub(in crate::gateway) json: Option<JsonSpec>,
    #[serde(default)]
    pub(in crate::gateway) basic: Option<Basic>,
    /// The JSON pointer to the token in the response.
    pub(in crate::gateway) token: String,
    /// The JSON pointer to the lifetime of the token in the response, in seconds.
    #[serde(default)]
    pub(in crate::gateway) expires_in: Option<String>,
    /// The lifetime of the token if the response does not contain one.
    #[serde(default, deserialize_with = "lifetime")]
    pub(in crate::gateway) lifetime: Option<Duration>,
    #[serde(default = "bearer")]
    pub(in crate::gateway) header: TokenHeader,
}

#[derive(Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::gateway) struct Basic {
    pub(in crate::gateway) username: String,
    pub(in crate::gateway) password: String,
}

/// The header of each message that carries the token.
#[derive(Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::gateway) struct TokenHeader {
    pub(in crate::gateway) name: String,
    pub(in crate::gateway) value: String,
}

/// Reads a duration such as `"55m"` or `"12h"`.
fn lifetime<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let parsed = parse_duration(&String::deserialize(deserializer)?);
    parsed.filter(|time| !time.is_zero() && *time <= MAX_LIFETIME).map(Some).ok_or_else(|| {
        de::Error::custom("write a duration as \"55m\" or \"12h\", at most 24 hours")
    })
}

const fn post() -> Method {
    Method::Post
}

fn bearer() -> TokenHeader {
    TokenHeader { name: "Authorization".to_owned(), value: "Bearer {{token}}".to_owned() }
}

impl TokenAuth {
    /// Creates a token that is fetched from `url` with a POST request.
    ///
    /// `token` is the JSON pointer (RFC 6901) to the token in the response, such as
    /// `/access_token`. The body of the request is empty unless [`with_form`](Self::with_form) or
    /// [`with_json`](Self::with_json) sets it.
    #[must_use]
    pub fn post(url: impl Into<String>, token: impl Into<String>) -> Self {
        Self {
            method: Method::Post,
            url: url.into(),
            headers: Pairs::default(),
            query: Pairs::default(),
            form: None,
            json: None,
            basic: None,
            token: token.into(),
            expires_in: None,
            lifetime: None,
            header: bearer(),
        }
    }

    /// Creates a token that is fetched from `url` with a GET request, which has no body.
    ///
    /// `token` is the JSON pointer (RFC 6901) to the token in the response, such as
    /// `/access_token`.
    #[must_use]
    pub fn get(url: impl Into<String>, token: impl Into<String>) -> Self {
        Self { method: Method::Get, ..Self::post(url, token) }
    }

    /// Adds a header to the token request. The value is a template.
    #[must_use]
    pub fn with_request_header(
        mut self,
        name: impl Into<String>,
        value: impl Into<ValueSpec>,
    ) -> Self {
        self.headers.0.push((name.into(), value.into()));
        self
    }

    /// Adds a query parameter to the token request, after those in the URL. The value is a template
    /// and is percent-encoded.
    ///
    /// A secret in the query is an error unless the lint
    /// [`SecretInUrl`](crate::gateway::Lint::SecretInUrl) is allowed.
    #[must_use]
    pub fn with_query(mut self, name: impl Into<String>, value: impl Into<ValueSpec>) -> Self {
        self.query.0.push((name.into(), value.into()));
        self
    }

    /// Adds a field to the URL-encoded form in the body of the token request. The value is a
    /// template. The same name can be added again.
    ///
    /// Checking the spec fails if there is also a JSON body, or if the request is a GET.
    #[must_use]
    pub fn with_form(mut self, name: impl Into<String>, value: impl Into<ValueSpec>) -> Self {
        self.form.get_or_insert_default().0.push((name.into(), value.into()));
        self
    }

    /// Sets the body of the token request to JSON text with placeholders inside its strings.
    ///
    /// Checking the spec fails if there is also a form, or if the request is a GET.
    #[must_use]
    pub fn with_json(mut self, json: impl Into<String>) -> Self {
        self.json = Some(JsonSpec::Text(json.into()));
        self
    }

    /// Sets HTTP Basic credentials for the token request: templates for the user name and password.
    /// The user name cannot contain a colon.
    #[must_use]
    pub fn with_basic(mut self, username: impl Into<String>, password: impl Into<String>) -> Self {
        self.basic = Some(Basic { username: username.into(), password: password.into() });
        self
    }

    /// Sets the JSON pointer (RFC 6901) to the lifetime of the token in the response, in seconds.
    /// It has no default: without it, no lifetime is read, and
    /// [`with_lifetime`](Self::with_lifetime) always applies.
    ///
    /// The value is a whole number, or a text of digits. Any other value counts as missing.
    /// Lifetimes above 24 hours count as 24 hours.
    #[must_use]
    pub fn with_expires_in(mut self, pointer: impl Into<String>) -> Self {
        self.expires_in = Some(pointer.into());
        self
    }

    /// Sets the lifetime of the token if [`with_expires_in`](Self::with_expires_in) is not set or
    /// finds none in the response. Defaults to 5 minutes.
    ///
    /// Lifetimes above 24 hours count as 24 hours. With zero, no token is cached. In TOML, both are
    /// errors.
    #[must_use]
    pub const fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// Sets the header of each message that carries the token. The value must contain `{{token}}`
    /// and no other placeholder. Checking the spec fails if the request already has the header.
    ///
    /// Defaults to `Authorization: Bearer {{token}}`.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.header = TokenHeader { name: name.into(), value: value.into() };
        self
    }

    /// Returns the token request in the form in which requests are compiled.
    pub(in crate::gateway) fn request(&self) -> RequestSpec {
        RequestSpec {
            method: self.method,
            url: self.url.clone(),
            // The charset of the spec is that of the message's text.
            charset: Charset::Utf8,
            replacement: None,
            headers: self.headers.clone(),
            query: self.query.clone(),
            form: self.form.clone(),
            json: self.json.clone(),
            multipart: None,
            text: None,
            xml: None,
        }
    }
}

impl fmt::Debug for TokenAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenAuth").finish_non_exhaustive()
    }
}
