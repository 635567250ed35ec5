use std::fmt;
use std::time::Duration;

use serde::de::{self, Deserialize, Deserializer};

use super::pairs::Pairs;
use super::{Charset, Method, RequestSpec};
use crate::clock::parse_duration;
use crate::gateway::body::json::JsonSpec;

/// A token that is revoked is noticed by its refusal; none is kept for longer.
const MAX_LIFETIME: Duration = Duration::from_secs(86_400);

/// `[auth.token]`: a call of its own whose JSON answer holds a token, which then stands in a header of each message.
///
/// The token is kept until it expires; messages that need one at the same time make one call together. When the gateway
/// refuses a message for its token, a new one is fetched, once, before the refusal counts.
///
/// A message waits for a token no longer than it may take in all, and fails with
/// [`Fate::NotSent`](crate::provider::Fate::NotSent) then. When the token endpoint answers with `Retry-After`, no token is
/// requested until that time is over. When it rejects the credentials (400, 401 or 403), or when the gateway refuses two
/// new tokens in a row, no token is requested for 5 s, then for 10 s, and so on up to 60 s, until a message is
/// accepted. Messages fail at once meanwhile, with
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
    /// Where in the answer the token is, as a JSON pointer.
    pub(in crate::gateway) token: String,
    /// Where in the answer its lifetime is, in seconds.
    #[serde(default)]
    pub(in crate::gateway) expires_in: Option<String>,
    /// How long it lives, where the answer does not say.
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

/// The header of the messages in which the token stands.
#[derive(Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::gateway) struct TokenHeader {
    pub(in crate::gateway) name: String,
    pub(in crate::gateway) value: String,
}

/// `"55m"`, `"12h"`.
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
    /// A POST to this URL, and the JSON pointer to the token in the answer.
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

    /// A GET of this URL, and the JSON pointer to the token in the answer.
    #[must_use]
    pub fn get(url: impl Into<String>, token: impl Into<String>) -> Self {
        Self { method: Method::Get, ..Self::post(url, token) }
    }

    /// With one more header in the call.
    #[must_use]
    pub fn with_request_header(
        mut self,
        name: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        self.headers.0.push((name.into(), value.into()));
        self
    }

    /// With one more parameter in the call's query.
    #[must_use]
    pub fn with_query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.0.push((name.into(), value.into()));
        self
    }

    /// With one more field in the call's form.
    #[must_use]
    pub fn with_form(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.form.get_or_insert_default().0.push((name.into(), value.into()));
        self
    }

    /// With a JSON body of the call.
    #[must_use]
    pub fn with_json(mut self, json: impl Into<String>) -> Self {
        self.json = Some(JsonSpec::Text(json.into()));
        self
    }

    /// With user and password in a Basic header of the call.
    #[must_use]
    pub fn with_basic(mut self, username: impl Into<String>, password: impl Into<String>) -> Self {
        self.basic = Some(Basic { username: username.into(), password: password.into() });
        self
    }

    /// Where in the answer the token's lifetime is, in seconds: a JSON pointer.
    #[must_use]
    pub fn with_expires_in(mut self, pointer: impl Into<String>) -> Self {
        self.expires_in = Some(pointer.into());
        self
    }

    /// How long the token lives, where the answer does not say; five minutes unless said.
    #[must_use]
    pub const fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// The header of the messages, with `{{token}}` in its value; `Authorization: Bearer {{token}}` unless said.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.header = TokenHeader { name: name.into(), value: value.into() };
        self
    }

    /// The call as a request.
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
