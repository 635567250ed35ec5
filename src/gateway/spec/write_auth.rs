//! Converts the authentication of a spec into the tree that is written as TOML.

use super::write_value::{Table, duration, fields, json, plain, some, text, value, wait};
use super::{
    Auth, HashAuth, HmacAuth, JwtAuth, MacEncoding, OAuth2, SignatureSpec, TokenAuth, ValueSpec,
};
use crate::gateway::spec::Tree;

pub(super) fn auth(auth: &Auth) -> Option<Tree> {
    let table = match auth {
        Auth::Basic { username, password } => two("username", username, "password", password),
        Auth::Bearer { token } => Table::default().with("token", text(token)),
        Auth::Header { name, value } | Auth::Query { name, value } => named(name, value),
        Auth::Hash(auth) => hash(auth),
        Auth::Hmac(auth) => hmac(auth),
        Auth::HttpDigest { username, password } => two("username", username, "password", password),
        Auth::Jwt(auth) => jwt(auth),
        Auth::None => return None,
        Auth::OAuth2ClientCredentials(auth) => oauth2(auth),
        Auth::Token(auth) => token(auth),
    };
    Some(Table::default().with(auth.kind(), table.done()).done())
}

fn named(name: &str, spec: &ValueSpec) -> Table {
    Table::default().with("name", text(name)).with("value", value(spec))
}

fn two(first: &str, value: &str, second: &str, other: &str) -> Table {
    Table::default().with(first, text(value)).with(second, text(other))
}

fn hmac(auth: &HmacAuth) -> Table {
    let key = match auth.key.0.as_slice() {
        [only] => text(only),
        several => Tree::Array(several.iter().map(text).collect()),
    };
    let table = Table::default()
        .with("algorithm", text(auth.algorithm))
        .with("key", key)
        .with("key_encoding", text(auth.key_encoding));
    signature(table, auth.spec())
}

fn hash(auth: &HashAuth) -> Table {
    signature(Table::default().with("algorithm", text(auth.algorithm)), auth.spec())
}

fn signature(table: Table, spec: SignatureSpec<'_>) -> Table {
    let parts = spec.parts.iter().map(|(name, part)| (name.clone(), value(&part.to_value())));
    table
        .with("sign", text(spec.sign))
        .with_filled("parts", Tree::Object(parts.collect()))
        .with("signature", text(spec.encoding))
        .with_filled("headers", plain(spec.headers))
        .with_filled("query", plain(spec.query))
        .with_filled("form", plain(spec.form))
        .with_filled("json", plain(spec.json))
}

fn jwt(auth: &JwtAuth) -> Table {
    let encoding = Some(auth.key_encoding).filter(|encoding| *encoding != MacEncoding::Text);
    let header = auth.header.as_ref();
    Table::default()
        .with("algorithm", text(auth.algorithm))
        .with("key", text(&auth.key))
        .with_some("key_encoding", encoding.map(text))
        .with("claims", json(&auth.claims))
        .with_some("lifetime", auth.lifetime.map(duration))
        .with_some("key_id", some(auth.key_id.as_ref()))
        .with_some(
            "header",
            header.map(|header| two("name", &header.name, "value", &header.value).done()),
        )
}

fn oauth2(auth: &OAuth2) -> Table {
    Table::default()
        .with("token_url", text(&auth.token_url))
        .with("client_id", text(&auth.client_id))
        .with("client_secret", text(&auth.client_secret))
        .with_some("scope", some(auth.scope.as_ref()))
        .with_flag("in_body", auth.in_body)
}

fn token(auth: &TokenAuth) -> Table {
    let basic = auth.basic.as_ref();
    let header = auth.header.as_ref();
    Table::default()
        .with("method", text(auth.method))
        .with("url", text(&auth.url))
        .with_some("text", some(auth.text.as_ref()))
        .with_some("xml", some(auth.xml.as_ref()))
        .with_filled("headers", fields(&auth.headers))
        .with_filled("query", fields(&auth.query))
        .with_some("form", auth.form.as_ref().map(fields))
        .with_some("json", auth.json.as_ref().map(json))
        .with_some("multipart", auth.multipart.as_ref().map(fields))
        .with_some(
            "basic",
            basic.map(|basic| two("username", &basic.username, "password", &basic.password).done()),
        )
        .with("token", text(&auth.token))
        .with_filled("values", plain(&auth.values))
        .with_some("body_regex", some(auth.body_regex.as_ref()))
        .with_some("expires_in", auth.expires_in.as_ref().map(wait))
        .with_some("lifetime", auth.lifetime.map(duration))
        .with_flag("single_use", auth.single_use)
        .with_some(
            "header",
            header.map(|header| two("name", &header.name, "value", &header.value).done()),
        )
}
