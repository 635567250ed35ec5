//! Compiles the requests of a spec to readers.

use std::sync::Arc;

use super::call::{BodyReader, CallReader};
use super::digest::DigestReader;
use super::encoded::decode_segment;
use super::field::compile_field;
use super::group::PairReader;
use super::json::JsonReader;
use super::jwt::JwtReader;
use super::mismatch::MismatchKind;
use super::recognized::RecognizedCall;
use super::signature::SignatureReader;
use super::text::TextReader;
use super::value::ValueReader;
use super::xml::XmlReader;
use crate::gateway::error::SpecError;
use crate::gateway::lint::names_a_secret;
use crate::gateway::request::symbols::{RequestKind, Symbols};
use crate::gateway::request::values::Source;
use crate::gateway::spec::{
    Auth, GatewaySpec, IdempotencyPlace, Pairs, PlainText, RequestSpec, SignatureSpec, TokenHeader,
    ValueSpec, find_outside, split_origin,
};

const PATH: &str = "request.url";

/// Pairs and members that another section adds to a request.
#[derive(Default)]
struct Added {
    headers: Vec<PairReader>,
    query: Vec<PairReader>,
    fields: Vec<PairReader>,
}

/// Compiles all requests of a spec.
pub(super) fn compile_calls(spec: &GatewaySpec) -> Result<Vec<CallReader>, SpecError> {
    let scope = Symbols::new(spec, &[], &[], false);
    let message = compile_message(spec, &scope)?;
    // The code is required if the request does not contain the text, which is known only now.
    let (scope, message) = match scope.has_code_alone() {
        true => {
            let scope = Symbols::new(spec, &[], &[], true);
            let message = compile_message(spec, &scope)?;
            (scope, message)
        }
        false => (scope, message),
    };
    let mut calls = vec![message];
    let token = match &spec.auth {
        Auth::OAuth2ClientCredentials(auth) => Some(auth.token()),
        Auth::Token(auth) => Some(auth.clone()),
        _ => None,
    };
    if let Some(token) = token {
        let basic = match &token.basic {
            None => Auth::None,
            Some(basic) => Auth::basic(&basic.username, &basic.password),
        };
        let (call, kind) = (RecognizedCall::Token, RequestKind::Token);
        let compile = || compile_call(call, &token.request(), &basic, Added::default(), &scope);
        calls.push(scope.within(kind, compile)?);
    }
    let others = [
        (&spec.account, RecognizedCall::Account, RequestKind::Account),
        (&spec.erase, RecognizedCall::Erase, RequestKind::Erase),
    ];
    for (section, call, kind) in others {
        let Some(section) = section else { continue };
        let request = section.request();
        let compile = || compile_call(call, &request, &spec.auth, Added::default(), &scope);
        calls.push(scope.within(kind, compile)?);
    }
    Ok(calls)
}

fn compile_message(spec: &GatewaySpec, scope: &Symbols<'_>) -> Result<CallReader, SpecError> {
    scope.within(RequestKind::Message, || {
        let mut added = Added::default();
        if let Some(idempotency) = &spec.idempotency {
            let (IdempotencyPlace::Field(name)
            | IdempotencyPlace::Header(name)
            | IdempotencyPlace::Query(name)) = &idempotency.place;
            let pair = pair(name, &idempotency.value().into(), false, scope, "idempotency")?;
            let RequestSpec { form, json, multipart, .. } = &spec.request;
            let takes_fields = form.is_some() || json.is_some() || multipart.is_some();
            match &idempotency.place {
                IdempotencyPlace::Field(_) if takes_fields => added.fields.push(pair),
                IdempotencyPlace::Header(_) => added.headers.push(pair),
                IdempotencyPlace::Field(_) | IdempotencyPlace::Query(_) => added.query.push(pair),
            }
        }
        compile_call(RecognizedCall::Message, &spec.request, &spec.auth, added, scope)
    })
}

fn compile_call(
    call: RecognizedCall,
    request: &RequestSpec,
    auth: &Auth,
    mut added: Added,
    scope: &Symbols<'_>,
) -> Result<CallReader, SpecError> {
    let (_, rest) = split_origin(&request.url);
    let (path, in_url) = match find_outside(rest, &['?']).and_then(|at| rest.split_at_checked(at)) {
        Some((path, query)) => (path, query.trim_start_matches('?')),
        None => (rest, ""),
    };
    let segments = path.split('/').skip(1).map(|text| segment(text, scope));
    let segments = segments.collect::<Result<_, _>>()?;
    let mut query = Vec::new();
    for text in in_url.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        query.push(pair(name, &value.into(), false, scope, PATH)?);
    }
    query.extend(pairs(&request.query, scope, "request.query")?);
    if let Some(signature) = auth.signature() {
        compile_signature(signature, &mut added, scope)?;
    }
    let body = compile_body(request, added.fields, scope)?;
    let mut headers = Vec::new();
    for (name, value) in request.headers.iter() {
        let mut header = pair(name, value, false, scope, "request.headers")?;
        if name.eq_ignore_ascii_case("content-type") {
            header.value = header.value.compared_as_media_type(value);
        }
        headers.push(header);
    }
    let has_type = headers.iter().any(|header| header.name.eq_ignore_ascii_case("content-type"));
    if let Some(essence) = body.media_type().filter(|_| !has_type) {
        let (name, kind) = ("Content-Type".to_owned(), MismatchKind::Request);
        headers.push(PairReader { name, value: ValueReader::media_type(essence), kind });
    }
    headers.extend(added.headers);
    query.extend(added.query);
    compile_auth(auth, &mut headers, &mut query, scope)?;
    let digest = match auth {
        Auth::HttpDigest { username, password } => {
            Some(DigestReader::compile(username, password, scope)?)
        }
        _ => None,
    };
    let (method, charset) = (request.method.http(), scope.charset());
    let written = if path.is_empty() { "/" } else { path }.to_owned();
    let signature = None;
    let mut reader = CallReader {
        call,
        method,
        written,
        segments,
        query,
        headers,
        digest,
        signature,
        body,
        charset,
    };
    reader.signature = verifiable(auth, &reader, scope)?;
    Ok(reader)
}

/// Compiles the places that carry the credentials.
fn compile_auth(
    auth: &Auth,
    headers: &mut Vec<PairReader>,
    query: &mut Vec<PairReader>,
    scope: &Symbols<'_>,
) -> Result<(), SpecError> {
    let kind = MismatchKind::Credentials;
    let pattern = |text: &str, path: &str| TextReader::compile(text, kind, scope, path);
    let authorization = |value: ValueReader| {
        let name = "Authorization".to_owned();
        PairReader { name, value, kind }
    };
    match auth {
        Auth::Basic { username, password } => {
            let username = pattern(username, "auth.basic.username")?;
            let password = pattern(password, "auth.basic.password")?;
            headers.push(authorization(ValueReader::basic(username, password)));
        }
        Auth::Bearer { token } => {
            let token = pattern(token, "auth.bearer.token")?.prefixed("Bearer ");
            headers.push(authorization(ValueReader::text(token)));
        }
        Auth::Header { name, value } => {
            headers.push(pair(name, value, true, scope, "auth.header")?);
        }
        Auth::Query { name, value } => query.push(pair(name, value, true, scope, "auth.query")?),
        Auth::Jwt(auth) => {
            let name = auth.header.as_ref().map_or("Authorization", |header| &header.name);
            let value = ValueReader::nested(Arc::new(JwtReader::compile(auth, scope)?));
            headers.push(PairReader { name: name.to_owned(), value, kind });
        }
        Auth::OAuth2ClientCredentials(_) => headers.extend(token_header(None, scope)?),
        Auth::Token(auth) => headers.extend(token_header(auth.header.as_ref(), scope)?),
        // The answer to a challenge is no value of its own.
        Auth::Hash(_) | Auth::Hmac(_) | Auth::HttpDigest { .. } | Auth::None => {}
    }
    Ok(())
}

/// Compiles the header of the token. Returns `None` if another part of the request carries it.
fn token_header(
    header: Option<&TokenHeader>,
    scope: &Symbols<'_>,
) -> Result<Option<PairReader>, SpecError> {
    let (name, value) = match header {
        Some(header) => (header.name.as_str(), header.value.as_str()),
        None if scope.uses_token(0) => return Ok(None),
        None => ("Authorization", "Bearer {{token}}"),
    };
    pair(name, &value.into(), true, scope, "auth.token.header").map(Some)
}

/// Compiles the places that carry a signature or what belongs to it.
fn compile_signature(
    spec: SignatureSpec<'_>,
    added: &mut Added,
    scope: &Symbols<'_>,
) -> Result<(), SpecError> {
    let kind = MismatchKind::Credentials;
    let compile = |pairs: &Pairs<PlainText>| {
        let pairs = pairs.iter().map(|(name, value)| {
            let value = ValueReader::text(TextReader::signed(&value.0, spec, scope)?);
            Ok(PairReader { name: name.to_owned(), value, kind })
        });
        pairs.collect::<Result<Vec<_>, SpecError>>()
    };
    added.headers.extend(compile(spec.headers)?);
    added.query.extend(compile(spec.query)?);
    added.fields.extend(compile(spec.form)?);
    added.fields.extend(compile(spec.json)?);
    Ok(())
}

/// Compiles the signature if everything that is signed can be read from a request.
fn verifiable(
    auth: &Auth,
    call: &CallReader,
    scope: &Symbols<'_>,
) -> Result<Option<(SignatureReader, Vec<String>)>, SpecError> {
    let Some(spec) = auth.signature() else { return Ok(None) };
    let Some(signature) = SignatureReader::compile(auth)? else { return Ok(None) };
    // The body was signed without the member or the part, and nobody knows its bytes then.
    let is_inside = spec.json.iter().next().is_some()
        || (spec.form.iter().next().is_some() && matches!(call.body, BodyReader::Multipart(_)));
    if !signature.optional().all(|name| call.reads(name)) {
        return Ok(None);
    }
    let mut secrets: Vec<String> = Vec::new();
    for placeholder in signature.needed() {
        let (name, filters) = (&placeholder.name, &placeholder.filters);
        let slot = scope.is_variable(name).then(|| scope.condition(name, spec.path)).transpose()?;
        match slot.map(|slot| slot.source) {
            Some(Source::Configured) => secrets.push(name.clone()),
            Some(
                Source::ExpiresAt
                | Source::MessageUuid
                | Source::Nonce
                | Source::Now
                | Source::NowMillis,
            )
            | None
                if !call.shows(name, filters) =>
            {
                return Ok(None);
            }
            Some(_) if !call.reads(name) => return Ok(None),
            _ => {}
        }
    }
    Ok((!is_inside).then_some((signature, secrets)))
}

fn compile_body(
    request: &RequestSpec,
    added: Vec<PairReader>,
    scope: &Symbols<'_>,
) -> Result<BodyReader, SpecError> {
    let fields = |spec: &Pairs<ValueSpec>, within: &str| {
        let mut fields = pairs(spec, scope, within)?;
        fields.extend(added.iter().cloned());
        Ok::<_, SpecError>(fields)
    };
    Ok(if let Some(form) = &request.form {
        BodyReader::Form(fields(form, "request.form")?)
    } else if let Some(json) = &request.json {
        let mut reader = JsonReader::compile(json, scope, compile_field, "request.json")?;
        for pair in added {
            let path: Vec<String> = match pair.name.strip_prefix('/') {
                Some(path) => {
                    path.split('/').map(|it| it.replace("~1", "/").replace("~0", "~")).collect()
                }
                None => vec![pair.name],
            };
            reader.push_member(&path, pair.value);
        }
        BodyReader::Json(reader)
    } else if let Some(multipart) = &request.multipart {
        BodyReader::Multipart(fields(multipart, "request.multipart")?)
    } else if let Some(text) = &request.text {
        let pattern = TextReader::compile(text, MismatchKind::Request, scope, "request.text")?;
        BodyReader::Text(ValueReader::text(pattern))
    } else if let Some(xml) = &request.xml {
        BodyReader::Xml(XmlReader::compile(xml, scope, "request.xml")?)
    } else {
        BodyReader::None
    })
}

fn pairs(
    pairs: &Pairs<ValueSpec>,
    scope: &Symbols<'_>,
    within: &str,
) -> Result<Vec<PairReader>, SpecError> {
    pairs.iter().map(|(name, value)| pair(name, value, false, scope, within)).collect()
}

fn pair(
    name: &str,
    value: &ValueSpec,
    is_credential: bool,
    scope: &Symbols<'_>,
    within: &str,
) -> Result<PairReader, SpecError> {
    let is_credential = is_credential || names_a_secret(name);
    let kind = if is_credential { MismatchKind::Credentials } else { MismatchKind::Request };
    let value = compile_field(value, kind, scope, &format!("{within}.{name}"))?;
    Ok(PairReader { name: name.to_owned(), value, kind })
}

/// Compiles a segment of the path. Its literal texts are encoded in the spec.
fn segment(text: &str, scope: &Symbols<'_>) -> Result<ValueReader, SpecError> {
    let mut decoded = String::new();
    let mut rest = text;
    while let Some((before, (inside, behind))) =
        rest.split_once("{{").and_then(|(before, behind)| Some((before, behind.split_once("}}")?)))
    {
        decoded.push_str(&String::from_utf8_lossy(&decode_segment(before)));
        decoded.push_str(&format!("{{{{{inside}}}}}"));
        rest = behind;
    }
    decoded.push_str(&String::from_utf8_lossy(&decode_segment(rest)));
    if decoded.matches("{{").count() != text.matches("{{").count() {
        let problem = "the path contains encoded braces, which an imitation cannot read";
        return Err(SpecError::new(PATH, problem, "remove them"));
    }
    TextReader::compile(&decoded, MismatchKind::Request, scope, PATH).map(ValueReader::text)
}
