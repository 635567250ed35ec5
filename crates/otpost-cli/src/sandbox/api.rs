//! The API for tests and for the page.

use std::sync::Arc;

use http::{HeaderMap, Method, StatusCode};
use hyper::body::Bytes;
use otpost::provider::Provider;
use serde_json::{Map, Value, json};

use super::answers::NextAnswer;
use super::body::{SandboxResponse, done, json_response, problem, whole};
use super::events::events;
use super::inbox::StoredMessage;
use super::magic::magic_json;
use super::query::{ApiQuery, decode_segment, parse_number};
use super::report_desk::WantedReports;
use super::reports::{ReportProblem, report_message};
use super::sampler::SampleParts;
use super::state::Sandbox;
use super::wanted::WantedAnswer;
use crate::result::reason;

/// The description of the API.
pub(super) const OPENAPI: &str = include_str!("openapi.json");

/// The maximum number of messages that get a response.
const MAX_TIMES: u64 = 1_000;

/// A request to the API.
pub(super) struct ApiCall<'c> {
    pub(super) method: &'c Method,
    pub(super) path: &'c str,
    pub(super) query: &'c str,
    pub(super) headers: &'c HeaderMap,
    pub(super) body: Bytes,
}

/// An error of a request: its status, and one sentence.
type ApiProblem = (StatusCode, String);

/// Returns whether a path is one of the API.
pub(super) fn is_api(path: &str) -> bool {
    methods(path).is_some()
}

/// Returns the methods of a path. `None` if it is not one of the API.
fn methods(path: &str) -> Option<&'static [Method]> {
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    match segments.as_slice() {
        ["api", "answers", _] => Some(&[Method::PUT]),
        ["api", "codes", _] | ["api", "events" | "gateways" | "openapi.json"] => {
            Some(&[Method::GET])
        }
        ["api", "messages"] => Some(&[Method::DELETE, Method::GET]),
        ["api", "messages", _, "reports"] => Some(&[Method::POST]),
        ["api", "reports"] => Some(&[Method::GET]),
        ["api", "reports", _] => Some(&[Method::PUT]),
        ["api", "samples", _] => Some(&[Method::POST]),
        _ => None,
    }
}

/// Answers a request to the API.
pub(super) async fn answer(sandbox: &Arc<Sandbox>, call: &ApiCall<'_>) -> SandboxResponse {
    if !methods(call.path).is_some_and(|methods| methods.contains(call.method)) {
        return problem(StatusCode::METHOD_NOT_ALLOWED, "the path has no such method");
    }
    let segments: Vec<&str> = call.path.split('/').skip(2).collect();
    let answered = match (segments.as_slice(), call.method) {
        (["answers", gateway], _) => set_answer(sandbox, gateway, &call.body),
        (["codes", number], _) => code(sandbox, number, call.query).await,
        (["events"], _) => stream(sandbox, call),
        (["gateways"], _) => Ok(gateways(sandbox)),
        (["messages"], &Method::DELETE) => {
            sandbox.clear();
            Ok(done())
        }
        (["messages"], _) => messages(sandbox, call.query).await,
        (["messages", id, "reports"], _) => send_reports(sandbox, id, &call.body).await,
        (["reports"], _) => {
            let document = json!({ "reports": sandbox.reports.sent() });
            Ok(json_response(StatusCode::OK, &document))
        }
        (["reports", gateway], _) => set_reports(sandbox, gateway, &call.body),
        (["samples", gateway], _) => sample(sandbox, gateway, &call.body).await,
        _ => Ok(whole(StatusCode::OK, "application/json", OPENAPI)),
    };
    answered.unwrap_or_else(|(status, text)| problem(status, &text))
}

fn gateways(sandbox: &Sandbox) -> SandboxResponse {
    let gateways = (0..sandbox.gateways.len()).map(|index| sandbox.gateway_json(index));
    let document = json!({
        "gateways": gateways.collect::<Vec<_>>(),
        "magic_numbers": magic_json(),
    });
    json_response(StatusCode::OK, &document)
}

async fn messages(sandbox: &Sandbox, query: &str) -> Result<SandboxResponse, ApiProblem> {
    let query = ApiQuery::parse(query);
    query.check(&["to", "since", "wait"]).map_err(bad)?;
    let (to, since) = (query.to().map_err(bad)?, query.since().map_err(bad)?.unwrap_or(0));
    let wait = query.wait().map_err(bad)?;
    let is_wanted = |message: &StoredMessage| to.is_none() || message.to == to;
    let find = || {
        let (found, last) = sandbox.messages(since, is_wanted);
        (!found.is_empty()).then_some((found, last))
    };
    let found = sandbox.wait_for(wait, find).await;
    let (found, last) = found.unwrap_or_else(|| (Vec::new(), sandbox.last()));
    // The messages are JSON already.
    let list: Vec<&str> = found.iter().map(|message| &*message.json).collect();
    let document = format!("{{\"messages\":[{}],\"last\":{last}}}", list.join(","));
    Ok(whole(StatusCode::OK, "application/json", document))
}

async fn code(sandbox: &Sandbox, number: &str, query: &str) -> Result<SandboxResponse, ApiProblem> {
    let to = Some(parse_number(&decode_segment(number), "number").map_err(bad)?);
    let query = ApiQuery::parse(query);
    query.check(&["since", "wait"]).map_err(bad)?;
    let (since, wait) = (query.since().map_err(bad)?.unwrap_or(0), query.wait().map_err(bad)?);
    let is_wanted = |message: &StoredMessage| {
        message.is_delivered && message.to == to && message.code.is_some()
    };
    let found = sandbox.wait_for(wait, || sandbox.newest(since, is_wanted)).await;
    let message = found.ok_or_else(|| {
        (StatusCode::NOT_FOUND, "no message with a code has arrived for the number".to_owned())
    })?;
    let document = json!({
        "code": message.code,
        "id": message.id,
        "message_id": message.message_id,
        "text": message.text,
    });
    Ok(json_response(StatusCode::OK, &document))
}

fn set_answer(sandbox: &Sandbox, id: &str, body: &[u8]) -> Result<SandboxResponse, ApiProblem> {
    let (index, gateway) = sandbox.gateway(&decode_segment(id)).ok_or_else(unknown_gateway)?;
    let members = members(body, &["answer", "times", "to"]).map_err(bad)?;
    let answer = members.get("answer").unwrap_or(&Value::Null);
    let answer = WantedAnswer::from_json(answer, gateway.examples).map_err(bad)?;
    let times = match members.get("times") {
        None | Some(Value::Null) => None,
        Some(times) => {
            let times = times.as_u64().filter(|times| (1..=MAX_TIMES).contains(times));
            let form = || bad(format!("times: expected null or a number from 1 to {MAX_TIMES}"));
            Some(times.ok_or_else(form)?)
        }
    };
    let to = text(&members, "to").map_err(bad)?;
    let to = to.map(|to| parse_number(&to, "to")).transpose().map_err(bad)?;
    sandbox.set_answer(index, to, NextAnswer { answer, times }).map_err(bad)?;
    Ok(done())
}

async fn send_reports(
    sandbox: &Sandbox,
    id: &str,
    body: &[u8],
) -> Result<SandboxResponse, ApiProblem> {
    let id = decode_segment(id);
    let message = sandbox.newest(0, |message| message.id == id).ok_or_else(unknown_message)?;
    let members = members(body, &["code", "faults", "statuses"]).map_err(bad)?;
    let wanted = WantedReports::from_json(&members).map_err(bad)?;
    let (index, _) = sandbox.gateway(&message.gateway).ok_or_else(unknown_gateway)?;
    match report_message(sandbox, index, &message, &wanted).await {
        Ok(records) => Ok(json_response(StatusCode::OK, &json!({ "reports": records }))),
        Err(ReportProblem::Deleted) => Err(unknown_message()),
        Err(ReportProblem::Refused(problem)) => Err(bad(problem)),
    }
}

fn set_reports(sandbox: &Sandbox, id: &str, body: &[u8]) -> Result<SandboxResponse, ApiProblem> {
    let (index, _) = sandbox.gateway(&decode_segment(id)).ok_or_else(unknown_gateway)?;
    let members = members(body, &["automatic", "path"]).map_err(bad)?;
    let path = text(&members, "path").map_err(bad)?;
    let automatic = match members.get("automatic") {
        None => None,
        Some(Value::Null) => Some(None),
        Some(Value::Object(members)) => Some(Some(WantedReports::from_json(members).map_err(bad)?)),
        Some(_) => return Err(bad("automatic: expected an object or null".to_owned())),
    };
    sandbox.reports.set(index, path.as_deref(), automatic).map_err(bad)?;
    sandbox.announce(index);
    Ok(done())
}

async fn sample(sandbox: &Sandbox, id: &str, body: &[u8]) -> Result<SandboxResponse, ApiProblem> {
    let (_, gateway) = sandbox.gateway(&decode_segment(id)).ok_or_else(unknown_gateway)?;
    let sampler = gateway.sampler.as_ref().map_err(|problem| bad(problem.clone()))?;
    let mut parts = SampleParts::default();
    if !body.is_empty() {
        let members = members(body, &["to", "text", "code"]).map_err(bad)?;
        parts.to = text(&members, "to").map_err(bad)?;
        parts.to = parts.to.map(|to| parse_number(&to, "to")).transpose().map_err(bad)?;
        parts.text = text(&members, "text").map_err(bad)?;
        parts.code = text(&members, "code").map_err(bad)?;
    }
    let message = sampler.message(&parts).map_err(bad)?;
    let curl = sampler.curl(&message).map_err(bad)?;
    let before = sandbox.last();
    let sent = sampler.gateway.send(&message).await;
    let to = Some(message.to().e164());
    let arrived = sandbox
        .newest(before, |arrived| arrived.gateway == gateway.id && arrived.to.as_deref() == to);
    let (result, reason) = match &sent {
        Ok(_) => ("accepted", None),
        Err(error) => (error.fate().as_str(), Some(reason(error))),
    };
    let message_id = sent.as_ref().ok().and_then(|receipt| receipt.message_id());
    let document = json!({
        "id": arrived.map(|arrived| arrived.id.clone()),
        "message_id": message_id,
        "curl": curl,
        "result": result,
        "reason": reason,
    });
    Ok(json_response(StatusCode::OK, &document))
}

fn stream(sandbox: &Arc<Sandbox>, call: &ApiCall<'_>) -> Result<SandboxResponse, ApiProblem> {
    let query = ApiQuery::parse(call.query);
    query.check(&["since"]).map_err(bad)?;
    // A browser that connects again sends the last number it has seen.
    let seen = call.headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let since = seen.or(query.since().map_err(bad)?);
    Ok(events(sandbox.clone(), since))
}

/// Parses an object with some of these members.
fn members(body: &[u8], known: &[&str]) -> Result<Map<String, Value>, String> {
    let form = || format!("the body: expected a JSON object with {}", known.join(", "));
    let Ok(Value::Object(members)) = serde_json::from_slice(body) else { return Err(form()) };
    match members.keys().all(|name| known.contains(&name.as_str())) {
        true => Ok(members),
        false => Err(form()),
    }
}

/// Returns a member that is a text, or missing.
fn text(members: &Map<String, Value>, name: &str) -> Result<Option<String>, String> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(format!("{name}: expected a text")),
    }
}

const fn bad(text: String) -> ApiProblem {
    (StatusCode::BAD_REQUEST, text)
}

fn unknown_message() -> ApiProblem {
    let text = "no such message: `GET /api/messages` lists them";
    (StatusCode::NOT_FOUND, text.to_owned())
}

fn unknown_gateway() -> ApiProblem {
    let text = "no such gateway: `GET /api/gateways` lists them";
    (StatusCode::NOT_FOUND, text.to_owned())
}
