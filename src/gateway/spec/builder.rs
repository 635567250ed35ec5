use std::fmt;

use super::about::GatewayAbout;
use super::allow::AllowedLint;
use super::answer::AnswerSpec;
use super::call::CallSpec;
use super::connection::Connection;
use super::example::Example;
use super::pairs::Pairs;
use super::reports::ReportsSpec;
use super::rule::Rule;
use super::value::ValueSpec;
use super::var::VarSpec;
use super::{Auth, Charset, GatewaySpec, Idempotency, Method, RequestSpec};
use crate::gateway::lint::Lint;
use crate::gateway::spec::JsonSpec;

/// Builds a [`GatewaySpec`] in code.
///
/// Each setter names the TOML key that it sets, and [the guide](crate::guide::gateway_spec)
/// explains the keys. A setter that adds something can be called several times. The others replace
/// the earlier value. Values can contain placeholders such as `{{to}}`, names cannot.
///
/// The result equals a spec that is read from the same TOML. Rare things can be written in TOML
/// only, such as `scope` and `in_body` of [`OAuth2`](crate::gateway::OAuth2), the `idle_timeout` of
/// [`Connection`], and a [`Predicate`](crate::gateway::Predicate) with several parts.
///
/// Nothing is checked here: call [`GatewaySpec::check`], or build the gateway. A missing URL or
/// more than one kind of body, for example, is an error there.
#[derive(Clone)]
#[must_use]
pub struct GatewaySpecBuilder(GatewaySpec);

impl GatewaySpecBuilder {
    pub(super) fn new(id: String, name: String) -> Self {
        Self(GatewaySpec {
            spec: 1,
            id,
            name,
            docs: String::new(),
            allow: Vec::new(),
            vars: Vec::new(),
            request: RequestSpec {
                method: Method::Post,
                url: String::new(),
                charset: Charset::Utf8,
                replacement: None,
                headers: Pairs::default(),
                query: Pairs::default(),
                form: None,
                json: None,
                multipart: None,
                text: None,
                xml: None,
            },
            auth: Auth::None,
            connection: Connection::default(),
            idempotency: None,
            answer: AnswerSpec::new(),
            response: Vec::new(),
            example: Vec::new(),
            account: None,
            erase: None,
            reports: None,
            about: GatewayAbout::new(),
        })
    }

    /// Sets `docs`: a note for people, such as the sources of the facts in this spec. Defaults to
    /// an empty text.
    pub fn docs(mut self, docs: impl Into<String>) -> Self {
        self.0.docs = docs.into();
        self
    }

    /// Adds a lint to `allow`, so that it is not an error. Use it if the gateway offers no
    /// alternative.
    pub fn allow(mut self, lint: Lint) -> Self {
        self.0.allow.push(AllowedLint::everywhere(lint));
        self
    }

    /// Adds a lint to `allow` for one key only, such as `request.headers.Authorization`. Other
    /// places are still checked. `path` is the key that the error names
    /// without this call.
    pub fn allow_at(mut self, lint: Lint, path: impl Into<String>) -> Self {
        self.0.allow.push(AllowedLint { lint, path: Some(path.into()) });
        self
    }

    /// Adds a variable to `[vars]`. The application provides its value.
    ///
    /// A name begins with a lower-case letter, followed by lower-case letters, digits, `_` and `.`,
    /// at most 40 in all. Checking the spec fails for any other name, for a name that is declared
    /// twice, for a variable that is never used, for `code`, and for a variable that always has a
    /// value, such as `to` and `text`. `sender` and `locale` can be declared: the value is for
    /// messages without one.
    pub fn var(mut self, name: impl Into<String>, var: VarSpec) -> Self {
        self.0.vars.push((name.into(), var));
        self
    }

    /// Sets `request.method` and `request.url`, which has no default. [`get`](Self::get) and
    /// [`post`](Self::post) are shortcuts.
    pub fn request(mut self, method: Method, url: impl Into<String>) -> Self {
        self.0.request.method = method;
        self.0.request.url = url.into();
        self
    }

    /// Sets `request.method` to GET, and sets `request.url`.
    pub fn get(self, url: impl Into<String>) -> Self {
        self.request(Method::Get, url)
    }

    /// Sets `request.method` to POST, and sets `request.url`.
    pub fn post(self, url: impl Into<String>) -> Self {
        self.request(Method::Post, url)
    }

    /// Sets `request.charset`: the encoding of the values. Defaults to UTF-8.
    pub fn charset(mut self, charset: Charset) -> Self {
        self.0.request.charset = charset;
        self
    }

    /// Sets `request.replacement`: the substitute for characters of the message's text that are not
    /// in the charset. Without it, a message with such a character fails.
    ///
    /// It must itself be in the charset. With a charset other than [`Charset::Gsm7`] and
    /// [`Charset::Latin1`] it is an error.
    pub fn replacement(mut self, replacement: char) -> Self {
        self.0.request.replacement = Some(replacement);
        self
    }

    /// Adds a header to `request.headers`. The same name can be added again. Headers that the HTTP
    /// client sets, such as `Host`, are an error when the spec is checked.
    ///
    /// The value is sent as it is: one line of ASCII, at most 8 KiB. The charset does not apply,
    /// except that [`Charset::Utf16BeHex`] converts the text here as well. For any other character
    /// or a line break in the value of a variable, use the filter `base64` or `utf16hex`. Otherwise
    /// such a message fails as [`Misconfigured`](crate::provider::SendErrorKind::Misconfigured) and
    /// is not sent. In the spec or in a configured value, it is an error when the gateway is built.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<ValueSpec>) -> Self {
        self.0.request.headers.0.push((name.into(), value.into()));
        self
    }

    /// Adds a parameter to `request.query`, after those in the URL. The value is percent-encoded.
    /// The same name can be added again.
    pub fn query(mut self, name: impl Into<String>, value: impl Into<ValueSpec>) -> Self {
        self.0.request.query.0.push((name.into(), value.into()));
        self
    }

    /// Adds a field to the URL-encoded form, `request.form`. The same name can be added again.
    pub fn form(mut self, name: impl Into<String>, value: impl Into<ValueSpec>) -> Self {
        self.0.request.form.get_or_insert_default().0.push((name.into(), value.into()));
        self
    }

    /// Sets `request.json`: the body as JSON text with placeholders inside its strings.
    ///
    /// The values stay strings, except those that end in the filter `number` or `bool`:
    /// `{"to": "{{to|plain|number}}"}` sends `{"to":12025550123}`. Names of members cannot contain
    /// placeholders. Invalid JSON is an error when the spec is checked.
    pub fn json(mut self, json: impl Into<String>) -> Self {
        self.0.request.json = Some(JsonSpec::Text(json.into()));
        self
    }

    /// Adds a field to the `multipart/form-data` body, `request.multipart`. The same name can be
    /// added again.
    pub fn multipart(mut self, name: impl Into<String>, value: impl Into<ValueSpec>) -> Self {
        self.0.request.multipart.get_or_insert_default().0.push((name.into(), value.into()));
        self
    }

    /// Sets `request.text`: a plain-text body with placeholders. Its variables must always have a
    /// value.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.0.request.text = Some(text.into());
        self
    }

    /// Sets `request.xml`: the body as an XML document with placeholders in its texts and attribute
    /// values. Requires the feature `xml`.
    pub fn xml(mut self, xml: impl Into<String>) -> Self {
        self.0.request.xml = Some(xml.into());
        self
    }

    /// Sets `[auth]`: the authentication. Defaults to [`Auth::None`].
    pub fn auth(mut self, auth: Auth) -> Self {
        self.0.auth = auth;
        self
    }

    /// Sets `[connection]`: timeouts, TLS, the proxy and limits. The setters of [`Connection`] list
    /// the defaults.
    pub fn connection(mut self, connection: Connection) -> Self {
        self.0.connection = connection;
        self
    }

    /// Sets `[idempotency]`: where the gateway expects an idempotency key. Defaults to nowhere.
    pub fn idempotency(mut self, idempotency: Idempotency) -> Self {
        self.0.idempotency = Some(idempotency);
        self
    }

    /// Sets `[answer]`: the places of values in all responses, and the meaning of the gateway's
    /// codes. Defaults to none.
    pub fn answer(mut self, answer: AnswerSpec) -> Self {
        self.0.answer = answer;
        self
    }

    /// Adds a rule to `[[response]]`. Rules apply in the order in which they are added.
    pub fn rule(mut self, rule: Rule) -> Self {
        self.0.response.push(rule);
        self
    }

    /// Adds an example to `[[example]]`. Checking the spec fails if the rules contradict it.
    pub fn example(mut self, example: Example) -> Self {
        self.0.example.push(example);
        self
    }

    /// Sets `[account]`: a request that shows whether the credentials are valid. Defaults to no
    /// such request. See [`HttpGateway::account`](crate::gateway::HttpGateway::account).
    pub fn account(mut self, call: CallSpec) -> Self {
        self.0.account = Some(call);
        self
    }

    /// Sets `[erase]`: a request that deletes the text of a message at the gateway. Defaults to no
    /// such request. See [`HttpGateway::erase`](crate::gateway::HttpGateway::erase).
    pub fn erase(mut self, call: CallSpec) -> Self {
        self.0.erase = Some(call);
        self
    }

    /// Sets `[reports]`: the delivery reports that the gateway sends to the application. Defaults
    /// to none. See [`ReportReceiver`](crate::report::ReportReceiver).
    pub fn reports(mut self, reports: ReportsSpec) -> Self {
        self.0.reports = Some(reports);
        self
    }

    /// Sets `[about]`: facts for people who choose a gateway. Defaults to none.
    pub fn about(mut self, about: GatewayAbout) -> Self {
        self.0.about = about;
        self
    }

    /// Returns the spec, without checking it.
    #[must_use]
    pub fn build(self) -> GatewaySpec {
        self.0
    }
}

impl fmt::Debug for GatewaySpecBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("GatewaySpecBuilder").field(&self.0).finish()
    }
}
