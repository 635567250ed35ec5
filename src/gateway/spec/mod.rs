//! The model of a gateway: what its TOML says, and what the typed builder makes.

mod auth;
mod builder;
mod connection;
mod example;
mod pairs;
mod rule;
mod sign;
mod status;
mod token;
mod toml_text;
mod var;
mod write;

use std::fmt;

use serde::Deserialize;

use super::body::json::JsonSpec;
use super::error::SpecError;
use super::lint::Lint;

pub use auth::{Auth, OAuth2};
pub use builder::GatewaySpecBuilder;
pub use connection::Connection;
pub use example::{Example, ExampleResponse};
pub use rule::{Outcome, Predicate, Rule, Scalar};
pub use sign::{HmacAuth, MacAlgorithm, MacEncoding};
pub use token::TokenAuth;
pub use var::VarSpec;

pub(super) use pairs::{Pairs, table};
pub(super) use rule::{Then, When};
pub(super) use status::StatusSet;

/// The longest spec, in bytes. The longest of the catalogue has a fiftieth of it.
const MAX_TOML: usize = 256 * 1_024;

/// A gateway as data: its request, its variables, and what its answers mean. It holds no secret.
///
/// # Examples
///
/// From TOML, which is how gateways are kept:
///
/// ```
/// use otpost::gateway::GatewaySpec;
///
/// let spec = GatewaySpec::from_toml(r#"
///     spec = 1
///     id = "acme"
///     name = "Acme SMS"
///     [vars]
///     token = { secret = true }
///     [request]
///     method = "POST"
///     url = "https://sms.acme.example/send"
///     form = { to = "{{to|plain}}", text = "{{text}}" }
///     [auth]
///     bearer = { token = "{{token}}" }
///     [[response]]
///     when = { status = 200, json = { "/status" = "ok" } }
///     then = { outcome = "accepted", message_id = "/id" }
/// "#)?;
/// assert_eq!(spec.id(), "acme");
/// # Ok::<(), otpost::gateway::SpecError>(())
/// ```
///
/// The same in code:
///
/// ```
/// use otpost::gateway::{Auth, GatewaySpec, Outcome, Rule, VarSpec};
///
/// let spec = GatewaySpec::builder("acme", "Acme SMS")
///     .var("token", VarSpec::secret())
///     .post("https://sms.acme.example/send")
///     .form("to", "{{to|plain}}")
///     .form("text", "{{text}}")
///     .auth(Auth::bearer("{{token}}"))
///     .rule(
///         Rule::new(Outcome::Accepted)
///             .when_status(200)
///             .when_json("/status", "ok")
///             .message_id("/id"),
///     )
///     .build();
/// ```
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewaySpec {
    pub(super) spec: u32,
    pub(super) id: String,
    pub(super) name: String,
    #[serde(default)]
    pub(super) docs: String,
    #[serde(default)]
    pub(super) allow: Vec<Lint>,
    #[serde(default, deserialize_with = "table")]
    pub(super) vars: Vec<(String, VarSpec)>,
    pub(super) request: RequestSpec,
    #[serde(default)]
    pub(super) auth: Auth,
    #[serde(default)]
    pub(super) connection: Connection,
    #[serde(default)]
    pub(super) idempotency: Option<Idempotency>,
    #[serde(default)]
    pub(super) response: Vec<Rule>,
    #[serde(default)]
    pub(super) example: Vec<Example>,
}

impl GatewaySpec {
    /// Reads a spec of at most 256 KiB.
    ///
    /// # Errors
    ///
    /// [`SpecError`] with the key path, for a longer text, text that is not TOML, an unknown or missing key or a value of the
    /// wrong kind. All other checks are made by [`check`](Self::check) and when a gateway is built.
    pub fn from_toml(text: &str) -> Result<Self, SpecError> {
        if text.len() > MAX_TOML {
            let problem = "it is longer than 256 KiB";
            return Err(SpecError::new("spec", problem, "write one gateway in one file"));
        }
        let hint = "the keys are explained in otpost::guide::gateway_spec";
        // Only the message and the place: the parser's full text quotes the line, which may hold a secret.
        let not_toml = |error: &toml::de::Error| {
            let at = error.span().map_or(0, |span| span.start);
            let line = text.get(..at).unwrap_or_default().matches('\n').count().saturating_add(1);
            SpecError::new(format!("line {line}"), without_value(error.message()), hint)
        };
        let deserializer = toml::Deserializer::parse(text).map_err(|error| not_toml(&error))?;
        let spec: Self = serde_path_to_error::deserialize(deserializer).map_err(|error| {
            let message = error.inner().message();
            let path = error.path().to_string().replace('[', ".").replace(']', "");
            // At the top there is no path, and what is missing has the name.
            let missing = message.strip_prefix("missing field `").and_then(|m| m.strip_suffix('`'));
            let path = if path == "." { missing.unwrap_or("spec") } else { &path };
            SpecError::new(path, without_value(message), hint)
        })?;
        Ok(spec)
    }

    /// Begins a spec in code.
    pub fn builder(id: impl Into<String>, name: impl Into<String>) -> GatewaySpecBuilder {
        GatewaySpecBuilder::new(id.into(), name.into())
    }

    /// The short name: the provider's name, too.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name for people.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the facts come from, and which are unverified.
    #[must_use]
    pub fn docs(&self) -> &str {
        &self.docs
    }

    /// The variables that the application gives, in order.
    pub fn vars(&self) -> impl Iterator<Item = (&str, &VarSpec)> {
        self.vars.iter().map(|(name, var)| (name.as_str(), var))
    }

    /// The answers that the spec explains.
    #[must_use]
    pub fn examples(&self) -> &[Example] {
        &self.example
    }

    /// The same gateway at another origin, such as `https://sandbox.acme.example` or a test's
    /// `http://127.0.0.1:8080`. Path and query stay.
    ///
    /// # Errors
    ///
    /// [`SpecError`] when it is not a scheme and a host.
    pub fn with_origin(mut self, origin: &str) -> Result<Self, SpecError> {
        super::url::check_origin(origin).map_err(|problem| {
            SpecError::new("origin", problem, "write https://host or https://host:port")
        })?;
        let (before, rest) = super::url::split_origin(&self.request.url);
        let moved = format!("{origin}{rest}");
        // A token that the same host gives comes from the other host as well.
        if let Some(url) = self.auth.token_url() {
            let (before_token, rest) = super::url::split_origin(url);
            if before_token == before {
                *url = format!("{origin}{rest}");
            }
        }
        self.request.url = moved;
        // Variables that stood in the host only have nothing to say any more.
        self.vars.retain(|(_, var)| !var.host);
        Ok(self)
    }
}

/// The parser quotes a value of the wrong kind, and it may be a password in the wrong place: what was expected is
/// enough.
fn without_value(message: &str) -> &str {
    let quotes = ["invalid type", "invalid value", "invalid length", "unknown variant"];
    if !quotes.iter().any(|start| message.starts_with(start)) {
        return message;
    }
    let expected = message.rfind("expected ").and_then(|at| message.get(at..));
    expected.unwrap_or("a value of another kind is expected")
}

impl fmt::Debug for GatewaySpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Whoever wrote a password into a spec shall not find it in a log as well.
        f.debug_struct("GatewaySpec")
            .field("id", &self.id)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// `[request]`.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestSpec {
    pub(super) method: Method,
    pub(super) url: String,
    #[serde(default)]
    pub(super) charset: Charset,
    #[serde(default)]
    pub(super) replacement: Option<char>,
    #[serde(default)]
    pub(super) headers: Pairs,
    #[serde(default)]
    pub(super) query: Pairs,
    #[serde(default)]
    pub(super) form: Option<Pairs>,
    #[serde(default)]
    pub(super) json: Option<JsonSpec>,
    #[serde(default)]
    pub(super) multipart: Option<Pairs>,
    #[serde(default)]
    pub(super) text: Option<String>,
    #[serde(default)]
    pub(super) xml: Option<String>,
}

/// The HTTP method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum Method {
    /// GET: everything is in the URL.
    Get,
    /// POST.
    Post,
    /// PUT.
    Put,
}

words! {
    Method, "method":
    Get = "GET",
    Post = "POST",
    Put = "PUT",
}

display_word!(Method);

impl Method {
    pub(super) const fn http(self) -> http::Method {
        match self {
            Self::Get => http::Method::GET,
            Self::Post => http::Method::POST,
            Self::Put => http::Method::PUT,
        }
    }
}

/// How the values of a request become bytes, before any percent-encoding.
///
/// # Examples
///
/// ```
/// use otpost::gateway::Charset;
///
/// assert_eq!(Charset::default(), Charset::Utf8);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub enum Charset {
    /// The GSM 7-bit default alphabet (3GPP TS 23.038), a byte a character, for the text alone; all else is UTF-8. What does
    /// not fit is replaced by `replacement`, or an error.
    #[serde(rename = "gsm7")]
    Gsm7,
    /// UTF-8.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// True ISO-8859-1: the first 256 code points. What does not fit is replaced by `replacement`, or an error.
    #[serde(rename = "latin1")]
    Latin1,
    /// UTF-8, and the text alone as UTF-16BE in upper-case hexadecimal.
    #[serde(rename = "utf16be-hex")]
    Utf16BeHex,
}

words! {
    Charset, "charset":
    Gsm7 = "gsm7",
    Utf8 = "utf-8",
    Latin1 = "latin1",
    Utf16BeHex = "utf16be-hex",
}

display_word!(Charset);

/// Where a gateway that de-duplicates looks for the message's identity.
///
/// Only declare what the gateway documents: a message of unknown fate may be sent again because of it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Idempotency {
    /// A field of the form, of the JSON object's first level, or else of the query. Paths to nested fields are refused.
    Field(String),
    /// A header.
    Header(String),
}
