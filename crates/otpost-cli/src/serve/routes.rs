//! The paths of the server.

use std::time::{Duration, SystemTime};

use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use otpost::{Clock, SystemClock};
use sha2::{Digest, Sha256};

use super::access::Credentials;
use super::delivery::MessageRequest;
use super::incoming::{self, IncomingMessage};
use super::replays::RequestId;
use super::reply::ServeReply;
use super::signature::HookKeys;
use super::state::ServeState;

/// The time for which the id of a request of `/send` is kept.
const KEY_LIFETIME: Duration = Duration::from_secs(600);
/// The time for which a code is kept that was sent without an id.
const CODE_LIFETIME: Duration = Duration::from_secs(60);
/// The header with the id of a request.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The task of a request.
pub(super) enum Routed {
    /// To send a message.
    Message(Endpoint, MessageRequest),
    /// To return this response, which is not logged.
    Page(Response<String>),
    /// To refuse the request.
    Refused(Endpoint, ServeReply),
    /// To refuse a hook whose signature is valid.
    RefusedHook(Endpoint, ServeReply),
}

/// An endpoint, for the log and the metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    Metrics,
    Ory,
    Other,
    Send,
    Supabase,
    Zitadel,
}

impl Endpoint {
    /// Returns the path, or `other` for unknown ones: the log does not repeat them.
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Metrics => "/metrics",
            Self::Ory => "/hooks/ory",
            Self::Other => "other",
            Self::Send => "/send",
            Self::Supabase => "/hooks/supabase",
            Self::Zitadel => "/hooks/zitadel",
        }
    }

    /// Returns the response in the form that callers of this endpoint expect. Only callers that
    /// have proved who they are get it: the form of Supabase has the status 200 for errors.
    pub(super) fn response(self, reply: ServeReply) -> Response<String> {
        match self {
            Self::Supabase => reply.into_supabase_response(),
            _ => reply.into_response(),
        }
    }
}

/// Finds out the task of a request. Everything that is not allowed is refused here.
pub(super) fn route(state: &ServeState, request: &Request<Vec<u8>>) -> Routed {
    let endpoint = match request.uri().path() {
        "/health" => return health(state, request),
        "/hooks/ory" => Endpoint::Ory,
        "/hooks/supabase" => Endpoint::Supabase,
        "/hooks/zitadel" => Endpoint::Zitadel,
        "/metrics" => Endpoint::Metrics,
        "/send" => Endpoint::Send,
        _ => Endpoint::Other,
    };
    let routed = state.hosts.check(request).and_then(|()| match endpoint {
        Endpoint::Metrics => metrics(state, request).map(Routed::Page),
        Endpoint::Ory => ory(state, request).map(|message| Routed::Message(endpoint, message)),
        Endpoint::Other => Err(not_found("the path does not exist")),
        Endpoint::Send => send(state, request).map(|message| Routed::Message(endpoint, message)),
        Endpoint::Supabase => {
            signed(state.supabase.as_ref(), endpoint, request, incoming::supabase)
        }
        Endpoint::Zitadel => signed(state.zitadel.as_ref(), endpoint, request, incoming::zitadel),
    });
    routed.unwrap_or_else(|reply| Routed::Refused(endpoint, reply))
}

/// Reads a form, a JSON document or a query.
fn send(state: &ServeState, request: &Request<Vec<u8>>) -> Result<MessageRequest, ServeReply> {
    let (headers, body) = (request.headers(), request.body());
    if request.method() == Method::GET {
        // Without a secret, every web page could send with an image.
        if state.access.names().is_none() {
            return Err(ServeReply::method("POST"));
        }
        let query = request.uri().query().unwrap_or_default().as_bytes();
        // A proxy may repeat a GET by itself.
        return form(state, headers, query).map(with_code);
    }
    expect_post(request, "GET, POST")?;
    match media_type(headers) {
        Some("application/x-www-form-urlencoded") => form(state, headers, body),
        Some("application/json") => {
            let caller = caller(state, headers, Credentials::of_headers(headers))?;
            with_key(headers, caller, incoming::plain(body)?)
        }
        _ => Err(media("application/x-www-form-urlencoded or application/json")),
    }
}

fn form(
    state: &ServeState,
    headers: &HeaderMap,
    encoded: &[u8],
) -> Result<MessageRequest, ServeReply> {
    let in_form = || state.fields.secret(encoded).map(Credentials::Secret);
    let caller = caller(state, headers, Credentials::of_headers(headers).or_else(in_form))?;
    with_key(headers, caller, state.fields.read(encoded)?)
}

/// Reads a message of Ory's courier.
fn ory(state: &ServeState, request: &Request<Vec<u8>>) -> Result<MessageRequest, ServeReply> {
    expect_post(request, "POST")?;
    let headers = request.headers();
    let caller = caller(state, headers, Credentials::of_headers(headers))?;
    expect_json(headers)?;
    // The courier sends a message again after a timeout, and gives it no id.
    with_key(headers, caller, incoming::ory(request.body())?).map(with_code)
}

/// Verifies and reads a signed hook.
fn signed(
    keys: Option<&HookKeys>,
    endpoint: Endpoint,
    request: &Request<Vec<u8>>,
    read: impl FnOnce(&[u8]) -> Result<IncomingMessage, ServeReply>,
) -> Result<Routed, ServeReply> {
    let keys = keys.ok_or_else(|| not_found("the hook is not enabled: give its key"))?;
    expect_post(request, "POST")?;
    let expires = keys.verify(request.headers(), request.body(), SystemClock.now())?;
    let incoming = match read(request.body()) {
        Ok(incoming) => incoming,
        Err(reply) => return Ok(Routed::RefusedHook(endpoint, reply)),
    };
    // Supabase sends a hook again with another id, another time and another signature. The body is
    // the same, and that of another message has another code.
    let id = data_encoding::HEXLOWER.encode(&Sha256::digest(request.body()));
    let scope = endpoint.path().to_owned();
    let once = Some((RequestId { scope: scope.clone(), id }, expires));
    Ok(Routed::Message(endpoint, MessageRequest { caller: scope, incoming, once }))
}

fn metrics(state: &ServeState, request: &Request<Vec<u8>>) -> Result<Response<String>, ServeReply> {
    expect_get(request)?;
    let headers = request.headers();
    caller(state, headers, Credentials::of_headers(headers))?;
    let text = state.counters.render();
    Ok(page(text, "text/plain; version=0.0.4; charset=utf-8"))
}

/// Shows that the server runs. Nothing else, so that it needs no credentials.
fn health(state: &ServeState, request: &Request<Vec<u8>>) -> Routed {
    match state.hosts.check(request).and_then(|()| expect_get(request)) {
        Ok(()) => Routed::Page(page("{\"status\":\"ok\"}\n".to_owned(), "application/json")),
        Err(reply) => Routed::Refused(Endpoint::Other, reply),
    }
}

fn page(text: String, kind: &'static str) -> Response<String> {
    let mut response = Response::new(text);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Returns the name of the caller.
fn caller(
    state: &ServeState,
    headers: &HeaderMap,
    credentials: Option<Credentials>,
) -> Result<String, ServeReply> {
    let missing = credentials.is_none();
    let caller = state.access.check(headers, &credentials.unwrap_or(Credentials::Missing));
    caller.map(str::to_owned).ok_or_else(|| {
        ServeReply::unauthenticated(if missing {
            "the credentials are missing"
        } else {
            "the credentials are wrong"
        })
    })
}

/// Adds the id of a request that the caller may repeat.
fn with_key(
    headers: &HeaderMap,
    caller: String,
    incoming: IncomingMessage,
) -> Result<MessageRequest, ServeReply> {
    let mut keys = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(key) = keys.next() else {
        return Ok(MessageRequest { caller, incoming, once: None });
    };
    let is_key = (1..=255).contains(&key.len()) && keys.next().is_none();
    if !is_key {
        let message = format!("`{IDEMPOTENCY_KEY}` does not have 1 to 255 characters");
        return Err(ServeReply::invalid(message));
    }
    let once = Some(once(&caller, key.as_bytes(), &incoming, KEY_LIFETIME));
    Ok(MessageRequest { caller, incoming, once })
}

/// Adds an id to a request with a code that has none, for callers that repeat requests by
/// themselves.
fn with_code(request: MessageRequest) -> MessageRequest {
    let MessageRequest { caller, incoming, once: given } = request;
    let has_code = incoming.code.is_some();
    // A key is never empty.
    let by_code = || has_code.then(|| once(&caller, b"", &incoming, CODE_LIFETIME));
    let once = given.or_else(by_code);
    MessageRequest { caller, incoming, once }
}

/// Returns the id of a caller's request, and the time until which it is kept.
fn once(
    caller: &str,
    key: &[u8],
    incoming: &IncomingMessage,
    lifetime: Duration,
) -> (RequestId, SystemTime) {
    let id = RequestId { scope: format!("caller {caller}"), id: digest(key, incoming) };
    let expires = SystemClock.now().checked_add(lifetime).unwrap_or(SystemTime::UNIX_EPOCH);
    (id, expires)
}

/// Returns an id for a key and a message. A caller that uses a key for another message by mistake
/// sends both.
fn digest(key: &[u8], incoming: &IncomingMessage) -> String {
    let mut digest = Sha256::new();
    let text = |text: &Option<otpost::SecretString>| text.clone().unwrap_or_default();
    let parts = [incoming.to.clone(), text(&incoming.text), text(&incoming.code)];
    for part in std::iter::once(key).chain(parts.iter().map(|part| part.expose().as_bytes())) {
        digest.update(part.len().to_be_bytes());
        digest.update(part);
    }
    data_encoding::HEXLOWER.encode(&digest.finalize())
}

fn expect_post(request: &Request<Vec<u8>>, allow: &'static str) -> Result<(), ServeReply> {
    if request.method() == Method::POST { Ok(()) } else { Err(ServeReply::method(allow)) }
}

fn expect_get(request: &Request<Vec<u8>>) -> Result<(), ServeReply> {
    if request.method() == Method::GET { Ok(()) } else { Err(ServeReply::method("GET")) }
}

fn expect_json(headers: &HeaderMap) -> Result<(), ServeReply> {
    match media_type(headers) {
        Some("application/json") => Ok(()),
        _ => Err(media("application/json")),
    }
}

/// Returns the media type in lower case without parameters, if it is one of those accepted.
fn media_type(headers: &HeaderMap) -> Option<&'static str> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let kind = value.split(';').next()?.trim();
    let accepted = ["application/x-www-form-urlencoded", "application/json"];
    accepted.into_iter().find(|accepted| kind.eq_ignore_ascii_case(accepted))
}

fn media(expected: &str) -> ServeReply {
    let message = format!("the content type is not accepted: expected {expected}");
    ServeReply::refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "invalid_request", message)
}

fn not_found(message: &str) -> ServeReply {
    ServeReply::refused(StatusCode::NOT_FOUND, "invalid_request", message)
}
