//! Converts the authentication of delivery reports into the tree that is written as TOML.

use super::report_key::ReportKey;
use super::report_place::{ReportPlace, ReportTime, TimestampUnit};
use super::report_signature::{AlgorithmFrom, SignatureEncoding};
use super::write_value::{Table, some, text};
use super::{ReportAuth, ReportJwt, ReportScheme, ReportSignature};
use crate::gateway::spec::Tree;

pub(super) fn report_auth(auth: &ReportAuth) -> Tree {
    match auth {
        ReportAuth::None => text("none"),
        ReportAuth::AnyOf(schemes) => match schemes.as_slice() {
            [only] => scheme(only),
            several => Tree::Array(several.iter().map(scheme).collect()),
        },
    }
}

fn scheme(scheme: &ReportScheme) -> Tree {
    let table = match scheme {
        ReportScheme::Basic { username, password } => {
            Table::default().with("username", text(username)).with("password", text(password))
        }
        ReportScheme::Header { name, value } => {
            Table::default().with("name", text(name)).with("value", text(value))
        }
        ReportScheme::Jwt(token) => jwt(token),
        ReportScheme::Ed25519(it)
        | ReportScheme::Hash(it)
        | ReportScheme::Hmac(it)
        | ReportScheme::Rsa(it)
        | ReportScheme::RsaPss(it) => signature(it),
    };
    Table::default().with(scheme.kind(), table.done()).done()
}

fn signature(signature: &ReportSignature) -> Table {
    // Without `..`, the compiler reports a new field that is not written.
    let ReportSignature {
        algorithm,
        algorithm_from,
        key,
        sign,
        signature: encoding,
        place: at,
        prefix,
        separator,
        item_prefix,
        timestamp,
        replay,
        body_sha256,
    } = signature;
    let (kind, name) = at.parts();
    let encoding = Some(encoding).filter(|encoding| **encoding != SignatureEncoding::Hex);
    Table::default()
        .with_some("algorithm", algorithm.map(text))
        .with_some("key", key.as_ref().map(self::key))
        .with("sign", words(sign))
        .with_some("signature", encoding.map(text))
        .with(kind, text(name))
        .with_some("prefix", some(prefix.as_ref()))
        .with_some("separator", some(separator.as_ref()))
        .with_some("item_prefix", some(item_prefix.as_ref()))
        .with_some("timestamp", timestamp.as_ref().map(time))
        .with_some("replay", replay.as_ref().map(place))
        .with_some("body_sha256", body_sha256.as_ref().map(place))
        .with_some("algorithm_from", algorithm_from.as_ref().map(self::algorithm_from))
}

fn jwt(token: &ReportJwt) -> Table {
    let ReportJwt {
        header,
        prefix,
        key,
        algorithms,
        claims,
        absent_if_empty,
        require,
        issuer,
        replay,
        as_body,
    } = token;
    let list = |texts: &[String]| Tree::Array(texts.iter().map(text).collect());
    let claims = claims.iter().map(|(name, value)| (name.clone(), text(value)));
    Table::default()
        .with("header", text(header))
        .with_some("prefix", some(prefix.as_ref()))
        .with("key", self::key(key))
        .with("algorithms", Tree::Array(algorithms.iter().map(text).collect()))
        .with_filled("claims", Tree::Object(claims.collect()))
        .with_filled("absent_if_empty", list(absent_if_empty))
        .with_filled("require", list(require))
        .with_some("issuer", some(issuer.as_ref()))
        .with_some("replay", some(replay.as_ref()))
        .with_flag("as_body", *as_body)
}

fn key(key: &ReportKey) -> Tree {
    let (kind, value, strip) = match key {
        ReportKey::Base64 { text, strip } => ("base64", text, strip),
        ReportKey::Sha256 { text, strip } => ("sha256", text, strip),
        ReportKey::Text(value) => return text(value),
    };
    Table::default().with(kind, text(value)).with_some("strip", some(strip.as_ref())).done()
}

fn place(place: &ReportPlace) -> Tree {
    let (kind, name) = place.parts();
    Table::default().with(kind, text(name)).done()
}

fn time(time: &ReportTime) -> Tree {
    let (kind, name) = time.place.parts();
    let unit = Some(time.unit).filter(|unit| *unit != TimestampUnit::Seconds);
    Table::default().with(kind, text(name)).with_some("unit", unit.map(text)).done()
}

fn algorithm_from(from: &AlgorithmFrom) -> Tree {
    let map = from.map.iter().map(|(name, algorithm)| (name.clone(), text(algorithm)));
    Table::default()
        .with("header", text(&from.header))
        .with_some("key", some(from.key.as_ref()))
        .with("map", Tree::Object(map.collect()))
        .done()
}

fn words(texts: &[String]) -> Tree {
    match texts {
        [only] => text(only),
        several => Tree::Array(several.iter().map(text).collect()),
    }
}
