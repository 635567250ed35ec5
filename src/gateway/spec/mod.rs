//! The data model of a gateway. It is read from TOML or created by the builder, and written back as
//! TOML.

mod about;
mod allow;
mod answer;
mod auth;
mod builder;
mod call;
mod connection;
mod example;
mod features;
mod hints;
mod idempotency;
mod json;
mod jwt;
mod origin;
mod outcome;
mod pairs;
mod predicate;
mod redirect;
mod report_answer;
mod report_auth;
mod report_example;
mod report_jwt;
mod report_key;
mod report_place;
mod report_rule;
mod report_signature;
mod report_time;
mod report_words;
mod reports;
mod request;
mod retry_after;
mod rule;
mod sign;
mod sign_part;
mod sign_words;
mod status;
mod strict;
mod token;
mod toml_text;
mod value;
mod var;
mod words;
mod write;
mod write_auth;
mod write_report_auth;
mod write_reports;
mod write_rule;
mod write_value;

use std::fmt;

use serde::Deserialize;

use self::hints::{ONE_KEY, hint_for_line, hint_of, without_value};
use self::strict::{NotToml, Strict};
use super::error::SpecError;

pub use about::{Evidence, GatewayAbout, GatewayKind};
pub use answer::AnswerSpec;
pub use auth::{Auth, OAuth2};
pub use builder::GatewaySpecBuilder;
pub use call::CallSpec;
pub use connection::Connection;
pub(in crate::gateway) use json::{JsonSpec, Tree, quoted};
pub(crate) use origin::parse_origin;
pub(in crate::gateway) use origin::{find_outside, split_origin};

pub use example::{Example, ExampleResponse};
pub use idempotency::Idempotency;
pub use jwt::{JwtAlgorithm, JwtAuth};
pub use outcome::Outcome;
pub use predicate::{Predicate, Scalar};
pub use report_auth::{ReportAuth, ReportScheme};
pub use report_example::{ExpectedReport, ReportExample, ReportRequest};
pub use report_jwt::ReportJwt;
pub use report_place::{ReportPlace, TimestampUnit};
pub use report_rule::ReportRule;
pub use report_signature::{ReportSignature, SignatureEncoding};
pub use reports::{ReportBody, ReportsSpec};
pub use request::{Charset, Method};
pub use rule::Rule;
pub use sign::{HashAuth, HmacAuth};
pub use sign_words::{HashAlgorithm, MacAlgorithm, MacEncoding};
pub use token::TokenAuth;
pub use value::ValueSpec;
pub use var::VarSpec;

pub(super) use allow::AllowedLint;
pub(super) use answer::AnswerPlaces;
pub(super) use idempotency::IdempotencyPlace;
pub(super) use pairs::{Pairs, PlainText, table};
pub(super) use report_answer::AnswerToReport;
pub(super) use report_key::ReportKey;
pub(super) use report_rule::ReportConditions;
pub(super) use report_signature::AlgorithmFrom;
pub(super) use report_time::{ReportTimeSpec, ReportTimeUnit};
pub(super) use request::RequestSpec;
pub(super) use retry_after::{RetryAfterSpec, WaitUnit};
pub(super) use rule::{Then, When};
pub(super) use sign::SignatureSpec;
pub(super) use sign_part::SignPart;
pub(super) use status::StatusSet;
pub(super) use token::TokenHeader;
pub(super) use value::{ValueKind, conditions};

/// The longest spec, in bytes. The longest in the catalogue is fifty times shorter.
const MAX_TOML: usize = 256 * 1_024;

/// A description of a gateway: its variables, its request and the meaning of its responses.
///
/// A spec contains no secrets: the application provides credentials as variables when it builds the
/// gateway. The [guide](crate::guide::gateway_spec) explains every key.
///
/// # Examples
///
/// From TOML, the usual format:
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
///             .with_message_id("/id"),
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
    pub(super) allow: Vec<AllowedLint>,
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
    pub(super) answer: AnswerSpec,
    #[serde(default)]
    pub(super) response: Vec<Rule>,
    #[serde(default)]
    pub(super) example: Vec<Example>,
    #[serde(default)]
    pub(super) account: Option<CallSpec>,
    #[serde(default)]
    pub(super) erase: Option<CallSpec>,
    #[serde(default)]
    pub(super) reports: Option<ReportsSpec>,
    #[serde(default)]
    pub(super) about: GatewayAbout,
}

impl GatewaySpec {
    /// Parses a spec from TOML of at most 256 KiB.
    ///
    /// This checks only the names of the keys and the form of their values.
    /// [`check`](Self::check) and building a gateway make all other checks.
    ///
    /// # Errors
    ///
    /// [`SpecError`] with the key path if the text is too long or not TOML, a key is unknown or
    /// missing, or a value has the wrong type.
    pub fn from_toml(text: &str) -> Result<Self, SpecError> {
        if text.len() > MAX_TOML {
            let problem = "the text is longer than 256 KiB";
            return Err(SpecError::new("spec", problem, "write one gateway per file"));
        }
        let parse = || {
            Strict::parse(text).map_err(|error| {
                let NotToml { line, problem } = error;
                let hint = hint_for_line(text, line, &problem);
                SpecError::new(format!("line {line}"), without_value(&problem), hint)
            })
        };
        let root = parse()?;
        let refused = |path: &serde_path_to_error::Path, message: &str| {
            // All errors write `response.0`, not `response[0]`.
            let path = path.to_string().replace('[', ".").replace(']', "");
            // A key that is not one of several names has no path of its own.
            let path = path.strip_suffix(".?").unwrap_or(&path).to_owned();
            let hint = hint_of(message, &path);
            let message = match message.contains(ONE_KEY) {
                true => "there are several kinds of authentication, or none",
                false => message,
            };
            // At the top level the path is empty, so use the name of the missing key.
            let missing = message.strip_prefix("missing field `").and_then(|m| m.strip_suffix('`'));
            let path = if path == "." { missing.unwrap_or("spec") } else { &path };
            SpecError::new(path, without_value(message), hint)
        };
        if let Ok(spec) = Self::deserialize(root) {
            return Ok(spec);
        }
        // Keeping the path takes as long as the rest, so a text with an error is read again.
        serde_path_to_error::deserialize(parse()?)
            .map_err(|error| refused(error.path(), &error.inner().to_string()))
    }

    /// Creates a builder for a spec in code.
    ///
    /// The id has 1 to 40 lower-case letters, digits and hyphens. Checking the spec fails for any
    /// other id, and for an empty name.
    pub fn builder(id: impl Into<String>, name: impl Into<String>) -> GatewaySpecBuilder {
        GatewaySpecBuilder::new(id.into(), name.into())
    }

    /// Returns the id, which is also the provider's name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the display name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the note for people, such as the sources of the facts in this spec.
    #[must_use]
    pub fn docs(&self) -> &str {
        &self.docs
    }

    /// Returns the names and declarations of the variables that the application provides, in order.
    pub fn vars(&self) -> impl Iterator<Item = (&str, &VarSpec)> {
        self.vars.iter().map(|(name, var)| (name.as_str(), var))
    }

    /// Returns the names of the variables that each message can set.
    pub(super) fn message_vars(&self) -> impl Iterator<Item = &str> {
        self.vars().filter(|(_, var)| var.message).map(|(name, _)| name)
    }

    /// Returns the facts for people who choose a gateway.
    #[must_use]
    pub const fn about(&self) -> &GatewayAbout {
        &self.about
    }

    /// Returns the description of the delivery reports, if the gateway sends any.
    #[must_use]
    pub const fn reports(&self) -> Option<&ReportsSpec> {
        self.reports.as_ref()
    }

    /// Returns the example responses.
    #[must_use]
    pub fn examples(&self) -> &[Example] {
        &self.example
    }
}

impl fmt::Debug for GatewaySpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A spec should hold no password; if one does, it must not reach a log.
        f.debug_struct("GatewaySpec")
            .field("id", &self.id)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
