use std::fmt;
use std::time::Duration;

use serde::de::{self, Deserialize, Deserializer};

use super::json::JsonSpec;
use super::pairs::Pairs;
use super::request::{Charset, Method, RequestSpec};
use crate::clock::parse_duration;

/// The longest configurable lifetime of a token.
const MAX_LIFETIME: Duration = Duration::from_secs(86_400);

/// A token from a separate HTTP request, sent in a header of each message: `[auth.token]` in TOML.
///
/// The response of the token endpoint must be JSON. The token is cached until shortly before it
/// expires. Messages that need a token at the same time share one request. If the gateway rejects a
/// message because of its token, a new token is fetched and the message is sent again, once.
///
/// A message waits for a token at most as long as its total timeout. It then fails with
/// [`Fate::NotSent`](crate::provider::Fate::NotSent).
///
/// # Back-off
///
/// - If the token endpoint responds with `Retry-After`, no token is requested before that time.
/// - If the token endpoint rejects the credentials (400, 401 or 403), or if the gateway rejects two
///   new tokens in a row, no token is requested for 5 s. Each further rejection doubles this time,
///   up to 60 s, until the gateway accepts a message.
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
    pub(in crate::gateway) headers: Pairs,
    #[serde(default)]
    pub(in crate::gateway) query: Pairs,
    #[serde(default)]
    pub(in crate::gateway) form: Option<Pairs>,
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
    /// Creates a POST request to a token endpoint.
    ///
    /// `token` is the JSON pointer (RFC 6901) to the token in the response.
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

    /// Creates a GET request to a token endpoint.
    ///
    /// `token` is the JSON pointer (RFC 6901) to the token in the response.
    #[must_use]
    pub fn get(url: impl Into<String>, token: impl Into<String>) -> Self {
        Self { method: Method::Get, ..Self::post(url, token) }
    }

    /// Adds a header to the token request.
    #[must_use]
    pub fn with_request_header(
        mut self,
        name: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        self.headers.0.push((name.into(), value.into()));
        self
    }

    /// Adds a query parameter to the token request.
    #[must_use]
    pub fn with_query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.0.push((name.into(), value.into()));
        self
    }

    /// Adds a form field to the body of the token request.
    #[must_use]
    pub fn with_form(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.form.get_or_insert_default().0.push((name.into(), value.into()));
        self
    }

    /// Sets the body of the token request to JSON text with placeholders inside its strings.
    #[must_use]
    pub fn with_json(mut self, json: impl Into<String>) -> Self {
        self.json = Some(JsonSpec::Text(json.into()));
        self
    }

    /// Sets HTTP Basic credentials for the token request.
    #[must_use]
    pub fn with_basic(mut self, username: impl Into<String>, password: impl Into<String>) -> Self {
        self.basic = Some(Basic { username: username.into(), password: password.into() });
        self
    }

    /// Sets the JSON pointer (RFC 6901) to the lifetime of the token in the response, in seconds.
    #[must_use]
    pub fn with_expires_in(mut self, pointer: impl Into<String>) -> Self {
        self.expires_in = Some(pointer.into());
        self
    }

    /// Sets the lifetime of the token if the response does not contain one. Defaults to 5 minutes.
    ///
    /// Lifetimes above 24 hours count as 24 hours.
    #[must_use]
    pub const fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// Sets the header of each message that carries the token. The value must contain `{{token}}`.
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
