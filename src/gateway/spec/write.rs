//! Converts a spec into the tree that is written as TOML.

use super::write_auth::auth;
use super::write_reports::reports;
use super::write_rule::{places, rule, scalar};
use super::write_value::{Table, duration, fields, json, plain, some, text, wait};
use super::{
    AllowedLint, AnswerSpec, CallSpec, Charset, Connection, Example, GatewayAbout, GatewayKind,
    GatewaySpec, Idempotency, IdempotencyPlace, RequestSpec, VarSpec, toml_text,
};
use crate::gateway::error::SpecError;
use crate::gateway::lint::Lint;
use crate::gateway::spec::Tree;
use crate::transport::TlsVersion;

impl GatewaySpec {
    /// Writes the spec as TOML. [`from_toml`](Self::from_toml) reads an equal spec from it.
    ///
    /// # Errors
    ///
    /// [`SpecError`] if the spec is invalid, contains a credential, or contains something that TOML
    /// cannot express. The text therefore never contains a credential. A literal at a key for which
    /// [`LiteralSecret`](Lint::LiteralSecret) is allowed does not count as one.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::gateway::{Auth, GatewaySpec, VarSpec};
    ///
    /// let spec = GatewaySpec::builder("acme", "Acme SMS")
    ///     .var("token", VarSpec::secret())
    ///     .post("https://sms.acme.example/send")
    ///     .form("to", "{{to|plain}}")
    ///     .form("text", "{{text}}")
    ///     .auth(Auth::bearer("{{token}}"))
    ///     .build();
    ///
    /// let toml = spec.to_toml()?;
    /// assert!(toml.contains("[request.form]\nto = \"{{to|plain}}\"\ntext = \"{{text}}\"\n"));
    /// assert_eq!(GatewaySpec::from_toml(&toml)?, spec);
    /// # Ok::<(), otpost::gateway::SpecError>(())
    /// ```
    pub fn to_toml(&self) -> Result<String, SpecError> {
        let mut checked = self.clone();
        // `LiteralSecret` is an error even if the spec allows it, except at a key that the spec
        // names. The other lints do not put a credential into the text.
        checked
            .allow
            .retain(|allowed| allowed.lint != Lint::LiteralSecret || allowed.path.is_some());
        let others =
            [Lint::BodyContains, Lint::Cleartext, Lint::SecretInUrl, Lint::UnreachableRule];
        checked.allow.extend(others.map(AllowedLint::everywhere));
        checked.check()?;
        // No lint checks the URL of the proxy.
        if self.connection.proxy.as_ref().is_some_and(|proxy| proxy.contains('@')) {
            let hint = "give the proxy in code, with `TransportOptions::with_proxy`";
            return Err(SpecError::new("connection.proxy", "the URL contains a password", hint));
        }
        let text = toml_text::write(&tree(self));
        // The builder accepts more than TOML can express: `null`, two conditions on one place, or
        // fractions of a millisecond. So read the text back and compare.
        text.filter(|text| Self::from_toml(text).is_ok_and(|read| read == *self)).ok_or_else(|| {
            SpecError::new(
                "spec",
                "it contains something that TOML cannot express",
                "keep it in code",
            )
        })
    }
}

/// Returns everything of a spec that is sent.
pub(super) fn requests(spec: &GatewaySpec) -> Tree {
    Table::default()
        .with("request", request(&spec.request))
        .with_some("auth", auth(&spec.auth))
        .with_some("idempotency", spec.idempotency.as_ref().map(idempotency))
        .with_some("account", spec.account.as_ref().map(call))
        .with_some("erase", spec.erase.as_ref().map(call))
        .done()
}

fn tree(spec: &GatewaySpec) -> Tree {
    let lints = spec.allow.iter().map(text).collect::<Vec<_>>();
    let vars = spec.vars.iter().map(|(name, spec)| (name.clone(), var(spec))).collect();
    let rules: Vec<_> = spec.response.iter().map(rule).collect();
    let examples: Vec<_> = spec.example.iter().map(example).collect();
    Table::default()
        .with("spec", Tree::Int(spec.spec.into()))
        .with("id", text(&spec.id))
        .with("name", text(&spec.name))
        .with_some("docs", Some(&spec.docs).filter(|docs| !docs.is_empty()).map(text))
        .with_filled("allow", Tree::Array(lints))
        .with_filled("vars", Tree::Object(vars))
        .with("request", request(&spec.request))
        .with_some("auth", auth(&spec.auth))
        .with_filled("connection", connection(&spec.connection))
        .with_some("idempotency", spec.idempotency.as_ref().map(idempotency))
        .with_filled("answer", answer(&spec.answer))
        .with_filled("response", Tree::Array(rules))
        .with_filled("example", Tree::Array(examples))
        .with_some("account", spec.account.as_ref().map(call))
        .with_some("erase", spec.erase.as_ref().map(call))
        .with_some("reports", spec.reports.as_ref().map(reports))
        .with_filled("about", about(&spec.about))
        .done()
}

fn var(spec: &VarSpec) -> Tree {
    Table::default()
        .with_some("default", some(spec.default.as_ref()))
        .with_some("docs", some(spec.docs.as_ref()))
        .with_flag("host", spec.host)
        .with_flag("message", spec.message)
        .with_flag("optional", spec.optional)
        .with_flag("secret", spec.secret)
        .done()
}

fn request(request: &RequestSpec) -> Tree {
    let charset = Some(request.charset).filter(|charset| *charset != Charset::default());
    Table::default()
        .with("method", text(request.method))
        .with("url", text(&request.url))
        .with_some("charset", charset.map(text))
        .with_some("replacement", request.replacement.map(text))
        .with_some("text", some(request.text.as_ref()))
        .with_some("xml", some(request.xml.as_ref()))
        .with_filled("headers", fields(&request.headers))
        .with_filled("query", fields(&request.query))
        .with_some("form", request.form.as_ref().map(fields))
        .with_some("json", request.json.as_ref().map(json))
        .with_some("multipart", request.multipart.as_ref().map(fields))
        .done()
}

fn call(call: &CallSpec) -> Tree {
    let rules = call.response.iter().map(rule).collect();
    Table::default()
        .with("method", text(call.method))
        .with("url", text(&call.url))
        .with_some("text", some(call.text.as_ref()))
        .with_some("xml", some(call.xml.as_ref()))
        .with_some("credit", places(&call.credit))
        .with_filled("headers", fields(&call.headers))
        .with_filled("query", fields(&call.query))
        .with_some("form", call.form.as_ref().map(fields))
        .with_some("json", call.json.as_ref().map(json))
        .with_some("multipart", call.multipart.as_ref().map(fields))
        .with_filled("response", Tree::Array(rules))
        .done()
}

fn about(about: &GatewayAbout) -> Tree {
    let GatewayAbout { facts, countries, sender, price, reports, undocumented, kind, evidence } =
        about;
    Table::default()
        .with_some("facts", some(facts.as_ref()))
        .with_filled("countries", Tree::Array(countries.iter().map(text).collect()))
        .with_some("sender", some(sender.as_ref()))
        .with_some("price", some(price.as_ref()))
        .with_some("reports", some(reports.as_ref()))
        .with_filled("undocumented", Tree::Array(undocumented.iter().map(text).collect()))
        .with_some("kind", (*kind != GatewayKind::default()).then(|| text(kind)))
        .with_filled("evidence", Tree::Array(evidence.iter().map(text).collect()))
        .done()
}

fn connection(connection: &Connection) -> Tree {
    // A path that is not Unicode is changed here. The comparison in `to_toml` reports it.
    let path = |path: &std::path::PathBuf| text(path.display());
    let min_tls = connection.min_tls.map(|version| match version {
        TlsVersion::V1_3 => text("1.3"),
        _ => text("1.2"),
    });
    Table::default()
        .with_some("ca_file", connection.ca_file.as_ref().map(path))
        .with_some("client_identity", connection.client_identity.as_ref().map(path))
        .with_some("connect_timeout", connection.connect_timeout.map(duration))
        .with_flag("deny_private", connection.deny_private)
        .with_some("idle_timeout", connection.idle_timeout.map(duration))
        // In bytes, so that every size is exact.
        .with_some("max_response", connection.max_response.map(|bytes| text(format!("{bytes}B"))))
        .with_some("min_tls", min_tls)
        .with_some("pin_sha256", some(connection.pin_sha256.as_ref()))
        .with_some("proxy", some(connection.proxy.as_ref()))
        .with_some("source", some(connection.source.as_ref()))
        .with_some("timeout", connection.timeout.map(duration))
        .done()
}

fn idempotency(idempotency: &Idempotency) -> Tree {
    let (key, name) = match &idempotency.place {
        IdempotencyPlace::Field(name) => ("field", name),
        IdempotencyPlace::Header(name) => ("header", name),
        IdempotencyPlace::Query(name) => ("query", name),
    };
    Table::default()
        .with(key, text(name))
        .with_some("value", some(idempotency.value.as_ref()))
        .done()
}

fn answer(answer: &AnswerSpec) -> Tree {
    let AnswerSpec { body_regex, message_id, code, message, retry_after, codes, other_codes } =
        answer;
    let codes = codes.iter().map(|(outcome, codes)| {
        (outcome.to_string(), Tree::Array(codes.iter().map(scalar).collect()))
    });
    Table::default()
        .with_some("body_regex", some(body_regex.as_ref()))
        .with_some("message_id", places(message_id))
        .with_some("code", places(code))
        .with_some("message", places(message))
        .with_some("retry_after", retry_after.as_ref().map(wait))
        .with_some("other_codes", other_codes.map(text))
        .with_filled("codes", Tree::Object(codes.collect()))
        .done()
}

fn example(example: &Example) -> Tree {
    let answer = &example.response;
    let response = Table::default()
        .with("status", Tree::Int(answer.status.into()))
        .with_filled("headers", plain(&answer.headers))
        .with_some("body", Some(&answer.body).filter(|body| !body.is_empty()).map(text));
    let expect = Table::default()
        .with("outcome", text(example.expect.outcome))
        .with_some("message_id", some(example.expect.message_id.as_ref()))
        .with_some("code", some(example.expect.code.as_ref()));
    Table::default().with("response", response.done()).with("expect", expect.done()).done()
}
