use std::fmt;

use super::connection::Connection;
use super::example::Example;
use super::pairs::Pairs;
use super::rule::Rule;
use super::var::VarSpec;
use super::{Auth, Charset, GatewaySpec, Idempotency, Method, RequestSpec};
use crate::gateway::body::json::{JsonSpec, Tree};
use crate::gateway::lint::Lint;

/// Builds a [`GatewaySpec`] in code. What it makes is what the same TOML would make; all checks come when the
/// gateway is built.
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
            response: Vec::new(),
            example: Vec::new(),
        })
    }

    /// `docs`: where the facts come from.
    pub fn docs(mut self, docs: impl Into<String>) -> Self {
        self.0.docs = docs.into();
        self
    }

    /// `allow`: a lint that this gateway cannot avoid.
    pub fn allow(mut self, lint: Lint) -> Self {
        self.0.allow.push(lint);
        self
    }

    /// `[vars]`: a variable that the application gives.
    pub fn var(mut self, name: impl Into<String>, var: VarSpec) -> Self {
        self.0.vars.push((name.into(), var));
        self
    }

    /// `request.method` and `request.url`.
    pub fn request(mut self, method: Method, url: impl Into<String>) -> Self {
        self.0.request.method = method;
        self.0.request.url = url.into();
        self
    }

    /// A GET of this URL.
    pub fn get(self, url: impl Into<String>) -> Self {
        self.request(Method::Get, url)
    }

    /// A POST to this URL.
    pub fn post(self, url: impl Into<String>) -> Self {
        self.request(Method::Post, url)
    }

    /// `request.charset`.
    pub fn charset(mut self, charset: Charset) -> Self {
        self.0.request.charset = charset;
        self
    }

    /// `request.replacement`: what stands for a character that the charset does not have.
    pub fn replacement(mut self, replacement: char) -> Self {
        self.0.request.replacement = Some(replacement);
        self
    }

    /// `request.headers`: one more header.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.request.headers.0.push((name.into(), value.into()));
        self
    }

    /// `request.query`: one more parameter.
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.request.query.0.push((name.into(), value.into()));
        self
    }

    /// `request.form`: one more field.
    pub fn form(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.request.form.get_or_insert_default().0.push((name.into(), value.into()));
        self
    }

    /// `request.json`: the body as JSON text with placeholders in its strings.
    pub fn json(mut self, json: impl Into<String>) -> Self {
        self.0.request.json = Some(JsonSpec::Text(json.into()));
        self
    }

    /// Sets `request.json` as [`json`](Self::json) does, with placeholders for JSON numbers as well.
    ///
    /// Where a number depends on the message, write an object with the single member `number`, as in
    /// TOML: `{"to": {"number": "{{to|plain}}"}}` sends `{"to":12025550123}`. Text that is not a JSON
    /// object or array is reported when the spec is checked.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::gateway::GatewaySpec;
    ///
    /// let spec = GatewaySpec::builder("acme", "Acme SMS")
    ///     .post("https://sms.acme.example/send")
    ///     .json_with_numbers(r#"{"to":{"number":"{{to|plain}}"},"text":"{{text}}"}"#)
    ///     .build();
    /// assert!(spec.to_toml()?.contains(r#"to = { number = "{{to|plain}}" }"#));
    /// # Ok::<(), otpost::gateway::SpecError>(())
    /// ```
    pub fn json_with_numbers(mut self, json: impl Into<String>) -> Self {
        let json = json.into();
        let tree = serde_json::from_str(&json).ok();
        let tree = tree.filter(|tree| matches!(tree, Tree::Array(_) | Tree::Object(_)));
        self.0.request.json = Some(tree.map_or(JsonSpec::Text(json), JsonSpec::Tree));
        self
    }

    /// `request.multipart`: one more field of a multipart form.
    pub fn multipart(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.request.multipart.get_or_insert_default().0.push((name.into(), value.into()));
        self
    }

    /// `request.text`: the body as it is.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.0.request.text = Some(text.into());
        self
    }

    /// `request.xml`: the body as an XML document with placeholders in its texts and attributes.
    pub fn xml(mut self, xml: impl Into<String>) -> Self {
        self.0.request.xml = Some(xml.into());
        self
    }

    /// `[auth]`.
    pub fn auth(mut self, auth: Auth) -> Self {
        self.0.auth = auth;
        self
    }

    /// `[connection]`.
    pub fn connection(mut self, connection: Connection) -> Self {
        self.0.connection = connection;
        self
    }

    /// `[idempotency]`.
    pub fn idempotency(mut self, idempotency: Idempotency) -> Self {
        self.0.idempotency = Some(idempotency);
        self
    }

    /// `[[response]]`: the next rule.
    pub fn rule(mut self, rule: Rule) -> Self {
        self.0.response.push(rule);
        self
    }

    /// `[[example]]`: the next example.
    pub fn example(mut self, example: Example) -> Self {
        self.0.example.push(example);
        self
    }

    /// The spec.
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
