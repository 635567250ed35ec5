//! From a request to the page, the API or a gateway.

use std::sync::Arc;
use std::time::Duration;

use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION, REFERRER_POLICY, SET_COOKIE,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderValue, Method, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::Request;
use hyper::body::{Bytes, Incoming};
use otpost::gateway::imitation::ReceivedRequest;

use super::access::SandboxAccess;
use super::api::{ApiCall, answer, is_api};
use super::body::{SandboxReply, SandboxResponse, done, problem, whole};
use super::call::GatewayCall;
use super::page::{is_page, page};
use super::query::ApiQuery;
use super::receive::receive;
use super::reports::report_arrival;
use super::state::Sandbox;

/// The maximum size of a body to a gateway, which is that of the requests that a gateway sends.
const MAX_GATEWAY_BODY: usize = 256 * 1_024;
/// The maximum size of a body to the API.
const MAX_API_BODY: usize = 64 * 1_024;
/// The maximum size of a body to one of several gateways, which is found by the request: each of
/// them with its method and path reads the body.
const MAX_ROOT_BODY: usize = 64 * 1_024;
/// The time for a whole body.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// The part of the sandbox that a path belongs to.
enum Destination {
    Api,
    /// A gateway by its index, and the path of its spec with the query.
    Gateway(usize, String),
    NotFound,
    Page,
    /// The path of a spec without the gateway, which is found by its request.
    Root,
}

/// Reacts to a request.
pub(super) async fn route(sandbox: &Arc<Sandbox>, request: Request<Incoming>) -> SandboxReply {
    let (head, body) = request.into_parts();
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let route = find(sandbox, &head.method, path, query);
    let is_gateway = matches!(route, Destination::Gateway(..) | Destination::Root);
    let refusal = match is_gateway {
        true => sandbox.access.gateway_refusal(&head.headers),
        false => sandbox.access.refusal(&head.headers),
    };
    let is_cross_site =
        matches!(route, Destination::Api) && SandboxAccess::is_cross_site(&head.headers);
    if let Some(refusal) = refusal.or(is_cross_site.then_some("another website sent the request")) {
        return secured(problem(StatusCode::FORBIDDEN, refusal)).into();
    }
    if matches!(route, Destination::Page)
        && let Some(login) = login(sandbox, query)
    {
        return secured(login).into();
    }
    if !is_gateway && !sandbox.access.is_authorized(&head.headers) {
        let text = "the token is missing or wrong: expected `Authorization: Bearer TOKEN`, or open \
                    /?token=TOKEN in a browser";
        return secured(problem(StatusCode::UNAUTHORIZED, text)).into();
    }
    let most = match route {
        Destination::Root if sandbox.gateways.len() > 1 => MAX_ROOT_BODY,
        Destination::Gateway(..) | Destination::Root => MAX_GATEWAY_BODY,
        Destination::Api | Destination::NotFound | Destination::Page => MAX_API_BODY,
    };
    let body = match read(body, most).await {
        Ok(body) => body,
        Err(response) => return secured(response).into(),
    };
    let method = head.method.as_str().to_owned();
    match route {
        Destination::Api => {
            let (method, headers) = (&head.method, &head.headers);
            let call = ApiCall { method, path, query, headers, body };
            secured(answer(sandbox, &call).await).into()
        }
        Destination::Gateway(index, target) => {
            if let Some(options) = options(sandbox, &head.method, &target, Some(index)) {
                return secured(options).into();
            }
            let call = GatewayCall { method, target, headers: head.headers, body };
            play(sandbox, index, &call).await
        }
        Destination::Root => {
            if let Some(options) = options(sandbox, &head.method, &target, None) {
                return secured(options).into();
            }
            let target = target.clone();
            let call = GatewayCall { method, target, headers: head.headers, body };
            match best(sandbox, &call) {
                Some(index) => play(sandbox, index, &call).await,
                None if is_page(path) => {
                    secured(problem(StatusCode::METHOD_NOT_ALLOWED, "the path has no such method"))
                        .into()
                }
                None => secured(not_found(sandbox)).into(),
            }
        }
        Destination::Page => secured(page(path).unwrap_or_else(|| not_found(sandbox))).into(),
        Destination::NotFound => secured(not_found(sandbox)).into(),
    }
}

/// Plays a gateway, and its reports of the message.
async fn play(sandbox: &Arc<Sandbox>, index: usize, call: &GatewayCall) -> SandboxReply {
    let (reply, message) = receive(sandbox, index, call);
    if let Some(message) = message {
        report_arrival(sandbox, index, &message).await;
    }
    reply
}

/// Finds the part of the sandbox for a path.
fn find(sandbox: &Sandbox, method: &Method, path: &str, query: &str) -> Destination {
    if let Some(rest) = path.strip_prefix("/g/") {
        let (id, rest) = match rest.find('/').and_then(|at| rest.split_at_checked(at)) {
            Some((id, rest)) => (id, rest),
            None => (rest, ""),
        };
        let Some((index, _)) = sandbox.gateway(id) else { return Destination::NotFound };
        let mark = if query.is_empty() { "" } else { "?" };
        return Destination::Gateway(index, format!("{rest}{mark}{query}"));
    }
    if is_api(path) {
        return Destination::Api;
    }
    // A gateway can have its request at `/` too, and then all is in the query or in the body.
    let is_read = matches!(*method, Method::GET | Method::HEAD);
    let is_own_query = query.is_empty() || query.starts_with("token=");
    if is_read && is_page(path) && (path != "/" || is_own_query) {
        return Destination::Page;
    }
    match path {
        // Browsers ask for it by themselves.
        "/favicon.ico" => Destination::NotFound,
        _ => Destination::Root,
    }
}

/// Returns the gateway whose spec fits a request best, among those with its method and path. A
/// single gateway gets all requests, so that a mistake in the path is explained as well.
fn best(sandbox: &Sandbox, call: &GatewayCall) -> Option<usize> {
    if sandbox.gateways.len() == 1 {
        return Some(0);
    }
    // Most gateways have another path. To read the body for each of them would take seconds.
    let gateways = sandbox.gateways.iter().enumerate();
    let at = gateways.filter(|(_, gateway)| call.is_at(&gateway.imitation));
    let fits = at.filter_map(|(index, gateway)| {
        let recognized = call.recognized_by(&gateway.imitation);
        let mismatches = recognized.mismatches();
        let is_elsewhere = mismatches.iter().any(|it| matches!(it.place(), "method" | "path"));
        (!is_elsewhere).then_some((mismatches.len(), index))
    });
    fits.min().map(|(_, index)| index)
}

/// Returns the response to an `OPTIONS` request to a gateway, or to any of them if there is no
/// index. `None` for another request, or for one to the page.
///
/// No spec has this method. `otpost diagnose` uses it to test a connection, so the sandbox does not
/// list it as a message with mistakes.
fn options(
    sandbox: &Sandbox,
    method: &Method,
    target: &str,
    index: Option<usize>,
) -> Option<SandboxResponse> {
    let path = target.split_once('?').map_or(target, |(path, _)| path);
    if *method != Method::OPTIONS || (index.is_none() && is_page(path) && path != "/") {
        return None;
    }
    let has_path = |method: &&str| {
        let request = ReceivedRequest::new(*method, target);
        let mut gateways = sandbox.gateways.iter().enumerate();
        gateways.any(|(at, gateway)| {
            index.is_none_or(|index| index == at) && gateway.imitation.has_path(&request)
        })
    };
    let methods: Vec<_> = ["GET", "POST", "PUT", "DELETE"].into_iter().filter(has_path).collect();
    if methods.is_empty() {
        return Some(not_found(sandbox));
    }
    let mut response = done();
    response.headers_mut().insert(ALLOW, HeaderValue::try_from(methods.join(", ")).ok()?);
    Some(response)
}

/// Stores the token of `/?token=…` in a cookie, and removes it from the address bar.
fn login(sandbox: &Sandbox, query: &str) -> Option<SandboxResponse> {
    let query = ApiQuery::parse(query);
    let cookie = query.get("token").filter(|token| sandbox.access.is_token(token));
    let cookie = HeaderValue::try_from(cookie.and_then(|_| sandbox.access.cookie())?).ok()?;
    let mut response = whole(StatusCode::SEE_OTHER, "text/plain; charset=utf-8", "");
    response.headers_mut().insert(LOCATION, HeaderValue::from_static("/"));
    response.headers_mut().insert(SET_COOKIE, cookie);
    Some(response)
}

/// Reads a whole body.
async fn read(body: Incoming, most: usize) -> Result<Bytes, SandboxResponse> {
    let body = tokio::time::timeout(BODY_TIMEOUT, Limited::new(body, most).collect()).await;
    match body {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
            let text = format!("the body is too long: expected at most {} KiB", most / 1_024);
            Err(problem(StatusCode::PAYLOAD_TOO_LARGE, &text))
        }
        Ok(Err(_)) => Err(problem(StatusCode::BAD_REQUEST, "the body is incomplete")),
        Err(_) => Err(problem(StatusCode::REQUEST_TIMEOUT, "the body took more than 30 s")),
    }
}

fn not_found(sandbox: &Sandbox) -> SandboxResponse {
    let base = sandbox.gateways.first().map_or(&sandbox.origin, |gateway| &gateway.base_url);
    let text = format!(
        "no gateway has this method and path: expected the base URL of a gateway, such as {base}, \
         and then the path of its API"
    );
    problem(StatusCode::NOT_FOUND, &text)
}

/// Adds the headers that keep other websites out.
fn secured(mut response: SandboxResponse) -> SandboxResponse {
    let headers = response.headers_mut();
    let policy = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, policy),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
