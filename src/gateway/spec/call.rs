use std::fmt;

use super::answer::AnswerPlaces;
use super::json::JsonSpec;
use super::pairs::Pairs;
use super::request::{Charset, Method, RequestSpec};
use super::rule::Rule;
use super::value::ValueSpec;

/// A request that belongs to no message: `[account]` and `[erase]` in TOML.
///
/// It has the authentication of `[auth]`, like the request of a message. The URL and the values are
/// templates. They can contain the variables of `[vars]`, `{{now}}` and `{{nonce}}`, and in
/// `[erase]` also `{{message_id}}`, the gateway's id of the message.
///
/// The rules are those of this call, and the status table decides if none matches. The places and
/// codes of `[answer]` apply as well. [`Accepted`](super::Outcome::Accepted) means that the gateway
/// has done what was asked.
///
/// # Examples
///
/// ```
/// use otpost::gateway::{Auth, CallSpec, GatewaySpec, Outcome, Rule, VarSpec};
///
/// let spec = GatewaySpec::builder("acme", "Acme SMS")
///     .var("token", VarSpec::secret())
///     .post("https://sms.acme.example/messages")
///     .form("to", "{{to}}")
///     .form("text", "{{text}}")
///     .auth(Auth::bearer("{{token}}"))
///     .account(CallSpec::get("https://sms.acme.example/balance").with_credit("/balance/value"))
///     .erase(CallSpec::delete("https://sms.acme.example/messages/{{message_id}}"))
///     .build();
/// spec.check()?;
/// # Ok::<(), otpost::gateway::SpecError>(())
/// ```
#[derive(Clone, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallSpec {
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
    /// The places of the remaining credit in the response. Used by `[account]` only.
    #[serde(default)]
    pub(in crate::gateway) credit: AnswerPlaces,
    #[serde(default)]
    pub(in crate::gateway) response: Vec<Rule>,
}

impl CallSpec {
    /// Creates a GET request.
    #[must_use]
    pub fn get(url: impl Into<String>) -> Self {
        Self::new(Method::Get, url.into())
    }

    /// Creates a POST request. Its body is empty unless [`with_form`](Self::with_form),
    /// [`with_json`](Self::with_json) or [`with_xml`](Self::with_xml) sets it.
    #[must_use]
    pub fn post(url: impl Into<String>) -> Self {
        Self::new(Method::Post, url.into())
    }

    /// Creates a DELETE request.
    #[must_use]
    pub fn delete(url: impl Into<String>) -> Self {
        Self::new(Method::Delete, url.into())
    }

    fn new(method: Method, url: String) -> Self {
        Self {
            method,
            url,
            headers: Pairs::default(),
            query: Pairs::default(),
            form: None,
            json: None,
            multipart: None,
            text: None,
            xml: None,
            credit: AnswerPlaces::default(),
            response: Vec::new(),
        }
    }

    /// Adds a header. The value is a template.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<ValueSpec>) -> Self {
        self.headers.0.push((name.into(), value.into()));
        self
    }

    /// Adds a query parameter, after those in the URL. The value is a template and is
    /// percent-encoded.
    #[must_use]
    pub fn with_query(mut self, name: impl Into<String>, value: impl Into<ValueSpec>) -> Self {
        self.query.0.push((name.into(), value.into()));
        self
    }

    /// Adds a field to the URL-encoded form in the body. The value is a template.
    #[must_use]
    pub fn with_form(mut self, name: impl Into<String>, value: impl Into<ValueSpec>) -> Self {
        self.form.get_or_insert_default().0.push((name.into(), value.into()));
        self
    }

    /// Sets the body to JSON text with placeholders inside its strings.
    #[must_use]
    pub fn with_json(mut self, json: impl Into<String>) -> Self {
        self.json = Some(JsonSpec::Text(json.into()));
        self
    }

    /// Sets the body to XML with placeholders in its texts and attributes.
    #[must_use]
    pub fn with_xml(mut self, xml: impl Into<String>) -> Self {
        self.xml = Some(xml.into());
        self
    }

    /// Adds a place of the remaining credit in the response, such as `/balance/value`. Of several
    /// places, the first with a value counts.
    ///
    /// Checking the spec fails in a call that is not the one of
    /// [`account`](super::GatewaySpecBuilder::account).
    #[must_use]
    pub fn with_credit(mut self, place: impl Into<String>) -> Self {
        self.credit.0.push(place.into());
        self
    }

    /// Adds a rule. The first that matches decides.
    #[must_use]
    pub fn with_rule(mut self, rule: Rule) -> Self {
        self.response.push(rule);
        self
    }

    /// Returns the request in the form in which requests are compiled.
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

impl fmt::Debug for CallSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallSpec").finish_non_exhaustive()
    }
}
