use std::fmt;
use std::time::Duration;

use serde::de::{self, Deserialize, Deserializer};

use super::json::JsonSpec;
use super::pairs::{Pairs, PlainText};
use super::request::{Charset, Method, RequestSpec};
use super::retry_after::RetryAfterSpec;
use super::value::ValueSpec;
use crate::clock::parse_duration;

/// The longest configurable lifetime of a token.
const MAX_LIFETIME: Duration = Duration::from_secs(86_400);

/// A token or session from a separate HTTP request: `[auth.token]` in TOML.
///
/// The URL and the values of the token request are templates. They can contain the variables of
/// `[vars]`, but nothing from a message: the request is the same for all messages.
///
/// # Using the token
///
/// The request of each message can contain `{{token}}`, and the further values of
/// [`with_value`](Self::with_value), like any other variable: in a header, the query, a form or the
/// JSON. If it contains no `{{token}}`, the token is sent as `Authorization: Bearer {{token}}`,
/// unless [`with_header`](Self::with_header) names another header.
///
/// # Reading the token
///
/// The places of the token, of further values and of the lifetime are written as:
///
/// | place | value |
/// |---|---|
/// | `/access_token` | a member of the JSON (RFC 6901) |
/// | `xml:/response/Token` | an element or attribute of the XML (feature `xml`) |
/// | `header:X-Auth-Token` | a header |
/// | `cookie:SESSION` | a cookie that the response sets |
/// | `form:token` | a field of the URL-encoded body |
/// | `group:name` | a group of [`with_body_regex`](Self::with_body_regex) |
/// | `body` | the whole body |
///
/// White space around a value is removed. A value has at most 8 KiB.
///
/// # Caching
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
    pub(in crate::gateway) multipart: Option<Pairs<ValueSpec>>,
    #[serde(default)]
    pub(in crate::gateway) text: Option<String>,
    #[serde(default)]
    pub(in crate::gateway) xml: Option<String>,
    #[serde(default)]
    pub(in crate::gateway) basic: Option<Basic>,
    /// The place of the token in the response.
    pub(in crate::gateway) token: String,
    /// The names and places of further values.
    #[serde(default)]
    pub(in crate::gateway) values: Pairs<PlainText>,
    /// The expression whose groups are places.
    #[serde(default)]
    pub(in crate::gateway) body_regex: Option<String>,
    /// The place of the lifetime of the token in the response.
    #[serde(default)]
    pub(in crate::gateway) expires_in: Option<RetryAfterSpec>,
    /// The lifetime of the token if the response does not contain one.
    #[serde(default, deserialize_with = "lifetime")]
    pub(in crate::gateway) lifetime: Option<Duration>,
    /// Set if a token is valid for one message.
    #[serde(default)]
    pub(in crate::gateway) single_use: bool,
    #[serde(default)]
    pub(in crate::gateway) header: Option<TokenHeader>,
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
pub(super) fn lifetime<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Duration>, D::Error> {
    let parsed = parse_duration(&String::deserialize(deserializer)?);
    parsed.filter(|time| !time.is_zero() && *time <= MAX_LIFETIME).map(Some).ok_or_else(|| {
        de::Error::custom("write a duration as \"55m\" or \"12h\", at most 24 hours")
    })
}

const fn post() -> Method {
    Method::Post
}

impl TokenAuth {
    /// Creates a token that is fetched from `url` with a POST request.
    ///
    /// `token` is the place of the token in the response, such as `/access_token`. The body of the
    /// request is empty unless [`with_form`](Self::with_form), [`with_json`](Self::with_json),
    /// [`with_multipart`](Self::with_multipart), [`with_text`](Self::with_text) or
    /// [`with_xml`](Self::with_xml) sets it.
    #[must_use]
    pub fn post(url: impl Into<String>, token: impl Into<String>) -> Self {
        Self {
            method: Method::Post,
            url: url.into(),
            headers: Pairs::default(),
            query: Pairs::default(),
            form: None,
            json: None,
            multipart: None,
            text: None,
            xml: None,
            basic: None,
            token: token.into(),
            values: Pairs::default(),
            body_regex: None,
            expires_in: None,
            lifetime: None,
            single_use: false,
            header: None,
        }
    }

    /// Creates a token that is fetched from `url` with a GET request, which has no body.
    ///
    /// `token` is the place of the token in the response, such as `/access_token`.
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
    /// Checking the spec fails if there is also another body, or if the request is a GET.
    #[must_use]
    pub fn with_form(mut self, name: impl Into<String>, value: impl Into<ValueSpec>) -> Self {
        self.form.get_or_insert_default().0.push((name.into(), value.into()));
        self
    }

    /// Sets the body of the token request to JSON text with placeholders inside its strings.
    ///
    /// Checking the spec fails if there is also another body, or if the request is a GET.
    #[must_use]
    pub fn with_json(mut self, json: impl Into<String>) -> Self {
        self.json = Some(JsonSpec::Text(json.into()));
        self
    }

    /// Adds a field to the `multipart/form-data` body of the token request. The value is a
    /// template. The same name can be added again.
    ///
    /// Checking the spec fails if there is also another body, or if the request is a GET.
    #[must_use]
    pub fn with_multipart(mut self, name: impl Into<String>, value: impl Into<ValueSpec>) -> Self {
        self.multipart.get_or_insert_default().0.push((name.into(), value.into()));
        self
    }

    /// Sets the body of the token request to a text, a template.
    ///
    /// Checking the spec fails if there is also another body, or if the request is a GET.
    #[must_use]
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// Sets the body of the token request to XML with placeholders in its texts and attributes.
    ///
    /// Checking the spec fails if there is also another body, or if the request is a GET.
    #[must_use]
    pub fn with_xml(mut self, xml: impl Into<String>) -> Self {
        self.xml = Some(xml.into());
        self
    }

    /// Sets HTTP Basic credentials for the token request: templates for the user name and password.
    /// The user name cannot contain a colon.
    #[must_use]
    pub fn with_basic(mut self, username: impl Into<String>, password: impl Into<String>) -> Self {
        self.basic = Some(Basic { username: username.into(), password: password.into() });
        self
    }

    /// Adds a value that the response contains beside the token, such as a session. The request of
    /// each message contains it as `{{name}}`. A response without it counts as one without a token.
    ///
    /// `place` is written like the place of the token. Checking the spec fails if `[vars]` or every
    /// message has a variable of this name, and if the request does not contain it.
    ///
    /// # Examples
    ///
    /// A modem with a web interface, whose session and token are valid for one message:
    ///
    /// ```
    /// use otpost::gateway::{Auth, GatewaySpec, TokenAuth};
    ///
    /// let token = TokenAuth::get("http://192.168.8.1/api/webserver/SesTokInfo", "group:token")
    ///     .with_body_regex("<SesInfo>(?P<session>[^<]+)</SesInfo><TokInfo>(?P<token>[^<]+)<")
    ///     .with_value("session", "group:session")
    ///     .with_single_use(true)
    ///     .with_header("__RequestVerificationToken", "{{token}}");
    /// let spec = GatewaySpec::builder("modem", "Modem")
    ///     .post("http://192.168.8.1/api/sms/send-sms")
    ///     .header("Cookie", "{{session}}")
    ///     .form("to", "{{to}}")
    ///     .form("text", "{{text}}")
    ///     .auth(Auth::Token(token))
    ///     .build();
    /// spec.check()?;
    /// # Ok::<(), otpost::gateway::SpecError>(())
    /// ```
    #[must_use]
    pub fn with_value(mut self, name: impl Into<String>, place: impl Into<String>) -> Self {
        self.values.0.push((name.into(), PlainText(place.into())));
        self
    }

    /// Sets a regular expression whose groups `(?P<name>…)` are places, written `group:name`. It
    /// sees the first 4 KiB of the decoded body. A response that it does not match has no token.
    #[must_use]
    pub fn with_body_regex(mut self, regex: impl Into<String>) -> Self {
        self.body_regex = Some(regex.into());
        self
    }

    /// Sets the place of the lifetime of the token in the response, in seconds. It has no default:
    /// without it, no lifetime is read, and [`with_lifetime`](Self::with_lifetime) always applies.
    ///
    /// The value is a number, a text of digits, or a date (RFC 3339 or RFC 9110). A fraction is
    /// rounded up. Any other value counts as missing. Lifetimes above 24 hours count as 24 hours.
    #[must_use]
    pub fn with_expires_in(mut self, place: impl Into<String>) -> Self {
        self.expires_in = Some(RetryAfterSpec::seconds(place.into()));
        self
    }

    /// Sets the place of the lifetime of the token in the response, in milliseconds. Otherwise like
    /// [`with_expires_in`](Self::with_expires_in).
    #[must_use]
    pub fn with_expires_in_ms(mut self, place: impl Into<String>) -> Self {
        self.expires_in = Some(RetryAfterSpec::milliseconds(place.into()));
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

    /// Fetches a token for each message if `single_use` is set, as gateways require whose tokens
    /// are valid once. Defaults to `false`.
    ///
    /// Checking the spec fails if a lifetime is set as well.
    #[must_use]
    pub const fn with_single_use(mut self, single_use: bool) -> Self {
        self.single_use = single_use;
        self
    }

    /// Sets the header of each message that carries the token. The value is a template that
    /// contains `{{token}}`. Checking the spec fails if the request already has the header.
    ///
    /// Defaults to `Authorization: Bearer {{token}}` if the request does not contain `{{token}}`,
    /// and otherwise to no header.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.header = Some(TokenHeader { name: name.into(), value: value.into() });
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
            multipart: self.multipart.clone(),
            text: self.text.clone(),
            xml: self.xml.clone(),
        }
    }
}

impl fmt::Debug for TokenAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenAuth").finish_non_exhaustive()
    }
}
