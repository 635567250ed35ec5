//! A gateway spec under construction.

use otpost::gateway::{Auth, Charset, Connection, GatewaySpec, Lint, Method, ValueSpec, VarSpec};
use serde_json::Value;

/// Names and templates, in order.
pub(crate) type NamedTemplates = Vec<(String, String)>;

/// Names and values of a form or a query, in order.
pub(crate) type NamedValues = Vec<(String, DraftValue)>;

/// A value of a form or a query.
pub(crate) enum DraftValue {
    /// JSON with placeholders in its values.
    Json(Value),
    /// A template.
    Text(String),
}

impl DraftValue {
    fn spec(&self) -> ValueSpec {
        match self {
            Self::Json(json) => ValueSpec::json(json.to_string()),
            Self::Text(template) => template.into(),
        }
    }
}

/// Everything that a command can set in a spec.
///
/// The spec and the list of its literals are both made from a draft, and both name every field of
/// it. A new field therefore cannot enter the spec without a decision about its literals.
pub(crate) struct SpecDraft {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) vars: Vec<(String, VarSpec)>,
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) charset: Charset,
    /// The parameters that are written in the URL, which come first.
    pub(crate) written: NamedTemplates,
    pub(crate) query: NamedValues,
    pub(crate) headers: NamedTemplates,
    pub(crate) body: BodyDraft,
    pub(crate) auth: Auth,
    pub(crate) connection: Connection,
}

/// The body of a spec's request.
pub(crate) enum BodyDraft {
    Form(NamedValues),
    Json(Value),
    Multipart(NamedValues),
    None,
    Text(String),
    Xml(String),
}

impl SpecDraft {
    /// Returns the URL with the query that is written in it.
    fn whole_url(&self) -> String {
        let Self { url, written, .. } = self;
        let pairs: Vec<_> = written.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if pairs.is_empty() { url.clone() } else { format!("{url}?{}", pairs.join("&")) }
    }

    /// Returns the spec, with these lints allowed.
    pub(crate) fn spec(&self, allow: &[Lint]) -> GatewaySpec {
        let Self {
            id, name, vars, method, charset, query, headers, body, auth, connection, ..
        } = self;
        let url = self.whole_url();
        let mut builder = GatewaySpec::builder(id, name)
            .docs("Made from a curl command.")
            .request(*method, &url)
            .charset(*charset)
            .auth(auth.clone())
            .connection(connection.clone());
        for lint in allow {
            builder = builder.allow(*lint);
        }
        for (name, var) in vars {
            builder = builder.var(name, var.clone());
        }
        for (name, value) in query {
            builder = builder.query(name, value.spec());
        }
        for (name, value) in headers {
            builder = builder.header(name, value);
        }
        let builder = match body {
            BodyDraft::Form(pairs) => pairs
                .iter()
                .fold(builder, |builder, (name, value)| builder.form(name, value.spec())),
            BodyDraft::Json(json) => builder.json(json.to_string()),
            BodyDraft::Multipart(pairs) => pairs
                .iter()
                .fold(builder, |builder, (name, value)| builder.multipart(name, value.spec())),
            BodyDraft::None => builder,
            BodyDraft::Text(text) => builder.text(text),
            BodyDraft::Xml(xml) => builder.xml(xml),
        };
        builder.build()
    }
}
