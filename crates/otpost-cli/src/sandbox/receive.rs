//! Requests to a gateway.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use hyper::body::Bytes;
use otpost::gateway::Outcome;
use otpost::gateway::imitation::{ImitatedResponse, Recognized, RecognizedCall, ResponseKind};
use otpost::{Clock, Message, PhoneNumber, SystemClock};

use super::body::{PlayedFault, SandboxBody, SandboxReply, SandboxResponse};
use super::call::GatewayCall;
use super::fault::FaultKind;
use super::inbox::StoredMessage;
use super::loaded::LoadedGateway;
use super::mask::cut;
use super::record::{ArrivedRequest, MessageDraft, Outgoing, call_word};
use super::state::{GatewayResponse, Sandbox};
use super::wanted::WantedAnswer;

/// The header that says why a request is refused.
const REASON: HeaderName = HeaderName::from_static("x-otpost-reason");
/// The maximum length of the reason.
const MAX_REASON: usize = 500;

/// Headers that HTTP clients send by themselves, and that no gateway minds.
const USUAL_HEADERS: [&str; 22] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "baggage",
    "cache-control",
    "content-encoding",
    "content-type",
    "dnt",
    "keep-alive",
    "pragma",
    "priority",
    "sec-fetch-mode",
    "traceparent",
    "tracestate",
    "upgrade-insecure-requests",
    "user-agent",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-request-id",
];

/// The response to a request before it is sent.
struct ChosenResponse {
    response: GatewayResponse,
    outcome: Outcome,
    fault: Option<FaultKind>,
    /// Set if the gateway takes the message for one that it has sent before.
    is_repeated: bool,
}

impl ChosenResponse {
    fn of(imitated: &ImitatedResponse) -> Self {
        let headers = imitated.headers().filter(|(name, _)| !is_framing(name));
        let response = GatewayResponse {
            status: imitated.status(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            body: Bytes::from(imitated.body().to_owned()),
            message_id: imitated.message_id().map(str::to_owned),
        };
        Self { response, outcome: imitated.outcome(), fault: None, is_repeated: false }
    }
}

/// Plays a gateway: recognizes the request, keeps it, and returns the response.
///
/// Also returns the message, for its reports.
pub(super) fn receive(
    sandbox: &Sandbox,
    index: usize,
    call: &GatewayCall,
) -> (SandboxReply, Option<Arc<StoredMessage>>) {
    let Some(gateway) = sandbox.gateways.get(index) else {
        return (SandboxResponse::new(SandboxBody::Whole(None)).into(), None);
    };
    let recognized = call.recognized_by(&gateway.imitation);
    let additional: Vec<String> =
        recognized.additional().filter(|part| !is_usual(part)).map(str::to_owned).collect();
    let reason = reason(&recognized, &additional, sandbox.is_strict);
    let mut chosen = choose(sandbox, index, gateway, &recognized, reason.is_some());
    if let Some(reason) = &reason {
        chosen.response.headers.push((REASON.as_str().to_owned(), printable(reason)));
    }
    let outgoing = judge(gateway, &recognized, &chosen, reason.is_none(), sandbox.slow);
    if outgoing.fate == "accepted" && chosen.outcome == Outcome::Accepted {
        sandbox.set_last_accepted(index, &chosen.response);
    }
    let arrived = ArrivedRequest {
        method: &call.method,
        target: &call.target,
        headers: &call.headers,
        body: &call.body,
        given: &sandbox.given,
    };
    let now = SystemClock.now();
    let mut draft =
        MessageDraft::new(&gateway.id, &arrived, &recognized, &additional, outgoing, now);
    let used = recognized.variables().filter(|(name, ..)| sandbox.reports.uses_var(index, name));
    draft.report_vars = used.map(|(name, value, _)| (name.to_owned(), value.clone())).collect();
    let stored = sandbox.store(draft);
    let word = chosen.fault.map_or(chosen.outcome.as_str(), FaultKind::as_str);
    // Neither the number nor the text: the terminal may be recorded. A pipe is left alone: a program
    // that does not read it would stop the sandbox when it is full.
    let mut stderr = io::stderr();
    if stderr.is_terminal() {
        let call = call_word(recognized.call());
        let _ = writeln!(stderr, "{} {} {call}: {word}", stored.id, gateway.id);
    }
    (reply(sandbox, &chosen), Some(stored))
}

/// Returns why the request does not fit the spec. `None` if it does.
fn reason(recognized: &Recognized, additional: &[String], is_strict: bool) -> Option<String> {
    let mismatch = recognized.mismatches().first().map(ToString::to_string);
    let surplus = additional.first().filter(|_| is_strict);
    mismatch.or_else(|| surplus.map(|part| format!("{part}: expected none, found a value")))
}

/// Returns the response that the gateway gives to the request.
fn choose(
    sandbox: &Sandbox,
    index: usize,
    gateway: &LoadedGateway,
    recognized: &Recognized,
    is_refused: bool,
) -> ChosenResponse {
    let respond =
        |kind: ResponseKind| ChosenResponse::of(&gateway.imitation.respond(recognized, kind));
    let usual = || respond(Outcome::Accepted.into());
    if is_refused {
        // A request with mismatches is refused by itself, and a strict one is refused here.
        return match recognized.mismatches() {
            [] => respond(Outcome::Misconfigured.into()),
            _ => usual(),
        };
    }
    if recognized.call() != RecognizedCall::Message {
        return usual();
    }
    let to = recognized.to();
    let wanted = sandbox.take_answer(index, to.as_ref().map(PhoneNumber::e164));
    let fault = match wanted {
        WantedAnswer::Example(at) => return respond(ResponseKind::Example(at)),
        WantedAnswer::Outcome(Outcome::Accepted) => {
            let client_id = recognized.message_id().filter(|_| gateway.judge.deduplicates());
            let is_repeated = client_id.is_some_and(|id| sandbox.has_delivered(&gateway.id, id));
            if !is_repeated {
                return usual();
            }
            // Many gateways accept a repeated message like the first one.
            let duplicate = respond(Outcome::Duplicate.into());
            let is_known = duplicate.outcome == Outcome::Duplicate;
            let chosen = if is_known { duplicate } else { usual() };
            return ChosenResponse { is_repeated, ..chosen };
        }
        WantedAnswer::Outcome(outcome) => return respond(outcome.into()),
        WantedAnswer::Fault(fault) => fault,
    };
    let mut chosen = usual();
    chosen.fault = Some(fault);
    match fault {
        FaultKind::Error500 => {
            chosen.outcome = Outcome::Unknown;
            chosen.response = GatewayResponse {
                status: 500,
                headers: vec![("Content-Type".to_owned(), "text/plain".to_owned())],
                body: Bytes::from_static(b"Internal Server Error"),
                message_id: None,
            };
        }
        FaultKind::SameId => {
            if let Some(last) = sandbox.last_accepted(index) {
                chosen.response = last;
            }
        }
        FaultKind::Garbage
        | FaultKind::Refused
        | FaultKind::Reset
        | FaultKind::Slow
        | FaultKind::Truncated => {}
    }
    chosen
}

/// Interprets the response as a client with the same spec does.
fn judge(
    gateway: &LoadedGateway,
    recognized: &Recognized,
    chosen: &ChosenResponse,
    is_understood: bool,
    slow: Duration,
) -> Outgoing {
    let GatewayResponse { status, headers, body, message_id } = chosen.response.clone();
    let lost = chosen.fault.and_then(FaultKind::lost);
    let is_message = recognized.call() == RecognizedCall::Message;
    let (outcome, fate, mut explanation) = if let Some(lost) = lost {
        (Outcome::Unknown, "unknown", lost.to_owned())
    } else if is_message {
        let response = client_response(&chosen.response);
        let explanation = gateway.judge.explain(&response);
        let fate = match sent(recognized).map(|sent| gateway.judge.interpret(&sent, &response)) {
            Some(Ok(_)) => "accepted",
            Some(Err(error)) => error.fate().as_str(),
            None => "unknown",
        };
        (explanation.outcome(), fate, explanation.to_string())
    } else {
        let fate = if chosen.outcome == Outcome::Accepted { "accepted" } else { "refused" };
        let call = call_word(recognized.call());
        (chosen.outcome, fate, format!("the {call} request: {}", chosen.outcome))
    };
    if chosen.fault == Some(FaultKind::Slow) {
        let slow = humantime::format_duration(slow);
        explanation.push_str(&format!(
            "\nThe response comes after {slow}. If the client does not wait that long, the fate \
             is unknown."
        ));
    }
    if chosen.is_repeated {
        explanation.push_str("\nThe phone has got the message with this id before.");
    }
    let has_status =
        !matches!(chosen.fault, Some(FaultKind::Garbage | FaultKind::Refused | FaultKind::Reset));
    let is_accepted = fate == "accepted" && outcome == Outcome::Accepted;
    let is_delivered = match chosen.fault {
        Some(fault) => fault.delivers(),
        None => is_accepted && !chosen.is_repeated,
    };
    Outgoing {
        status: has_status.then_some(status),
        headers: if has_status { headers } else { Vec::new() },
        body: match has_status {
            true => String::from_utf8_lossy(&body).into_owned(),
            false => String::new(),
        },
        fault: chosen.fault.map(FaultKind::as_str),
        outcome: outcome.as_str(),
        fate,
        explanation,
        message_id: message_id.filter(|_| outcome == Outcome::Accepted || is_delivered),
        is_delivered: is_delivered && is_message && is_understood,
    }
}

/// Returns the message that the client has sent, or a sample if it cannot be read.
fn sent(recognized: &Recognized) -> Option<Message> {
    let read = || {
        let text = recognized.text().or_else(|| recognized.code())?;
        Message::new(recognized.to()?, text.expose()).ok()
    };
    let sample = || Message::new(PhoneNumber::parse("+12025550123").ok()?, "123456").ok();
    read().or_else(sample)
}

fn client_response(response: &GatewayResponse) -> otpost::transport::Response {
    let mut client = otpost::transport::Response::new(response.body.clone());
    *client.status_mut() = status(response.status);
    *client.headers_mut() = header_map(&response.headers);
    client
}

/// Returns the response, or the fault in its place.
fn reply(sandbox: &Sandbox, chosen: &ChosenResponse) -> SandboxReply {
    let fault =
        |bytes: Vec<u8>, is_reset: bool| SandboxReply::Fault(PlayedFault { bytes, is_reset });
    match chosen.fault {
        Some(FaultKind::Garbage) => fault(b"\0\0\0\0garbage\r\n\r\n".to_vec(), false),
        Some(FaultKind::Refused) => fault(Vec::new(), false),
        Some(FaultKind::Reset) => fault(Vec::new(), true),
        Some(FaultKind::Truncated) => fault(truncated(&chosen.response), false),
        fault => {
            let GatewayResponse { status, headers, body, .. } = &chosen.response;
            let mut response = SandboxResponse::new(SandboxBody::Whole(Some(body.clone())));
            *response.status_mut() = self::status(*status);
            *response.headers_mut() = header_map(headers);
            let is_slow = fault == Some(FaultKind::Slow);
            let delay = if is_slow { sandbox.slow } else { Duration::ZERO };
            SandboxReply::Response { response, delay }
        }
    }
}

/// Returns the head of a response and the first half of its body.
fn truncated(response: &GatewayResponse) -> Vec<u8> {
    let status = status(response.status);
    let mut bytes = format!("HTTP/1.1 {status}\r\n").into_bytes();
    for (name, value) in &header_map(&response.headers) {
        bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    // At least one byte is missing, even of an empty body.
    let whole = response.body.len().max(1);
    bytes.extend(format!("content-length: {whole}\r\n\r\n").into_bytes());
    bytes.extend(response.body.iter().take(whole / 2));
    bytes
}

/// Returns whether a part is a header that HTTP clients send by themselves.
fn is_usual(part: &str) -> bool {
    let header = part.strip_prefix("header `").and_then(|rest| rest.strip_suffix('`'));
    header.is_some_and(|name| USUAL_HEADERS.iter().any(|usual| name.eq_ignore_ascii_case(usual)))
}

/// Returns whether a header belongs to the connection, which writes its own.
fn is_framing(name: &str) -> bool {
    ["connection", "content-length", "date", "transfer-encoding"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
}

fn header_map(headers: &[(String, String)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
            map.append(name, value);
        }
    }
    map
}

/// Returns a status. An informational one cannot be the only response.
fn status(status: u16) -> StatusCode {
    let status = StatusCode::from_u16(status).ok().filter(|status| !status.is_informational());
    status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Returns a text with the characters that a header can contain.
fn printable(text: &str) -> String {
    let shown: String = text
        .chars()
        .map(|c| match c {
            ' '..='~' => c,
            _ => '?',
        })
        .collect();
    cut(&shown, MAX_REASON).to_owned()
}
