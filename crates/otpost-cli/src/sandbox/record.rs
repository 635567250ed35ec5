//! A request that arrived, as the API shows it.

use std::time::SystemTime;

use otpost::SecretString;
use otpost::gateway::imitation::{Recognized, RecognizedCall};
use otpost::message::{Encoding, OriginBound, Segments};
use otpost::redact::Redactor;
use serde_json::{Map, Value, json};

use super::code::find_code;
use super::mask::{MASK, RequestMask, cut, is_credential};

/// The maximum number of expensive characters that are listed.
const MAX_CHARACTERS: usize = 100;
/// The maximum number of bytes of a value that is kept.
const MAX_VALUE: usize = 4 * 1_024;
/// The maximum number of bytes of a text that is kept.
const MAX_TEXT: usize = 16 * 1_024;

/// The parts of a request that the record shows.
pub(super) struct ArrivedRequest<'r> {
    pub(super) method: &'r str,
    pub(super) target: &'r str,
    pub(super) headers: &'r http::HeaderMap,
    pub(super) body: &'r [u8],
    /// Finds the credentials of the command line.
    pub(super) given: &'r Redactor,
}

/// The response, and the result in a client with the same spec.
pub(super) struct Outgoing {
    pub(super) status: Option<u16>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
    pub(super) fault: Option<&'static str>,
    pub(super) outcome: &'static str,
    pub(super) fate: &'static str,
    pub(super) explanation: String,
    pub(super) message_id: Option<String>,
    pub(super) is_delivered: bool,
}

/// A request without its place in the list of messages.
pub(super) struct MessageDraft {
    pub(super) gateway: String,
    pub(super) to: Option<String>,
    pub(super) code: Option<String>,
    pub(super) text: Option<String>,
    pub(super) message_id: Option<String>,
    pub(super) client_id: Option<String>,
    pub(super) is_delivered: bool,
    /// The values with which reports of the message are signed.
    pub(super) report_vars: Vec<(String, SecretString)>,
    /// The members of the JSON object, except those that depend on the place.
    pub(super) members: Map<String, Value>,
}

impl MessageDraft {
    pub(super) fn new(
        gateway: &str,
        request: &ArrivedRequest<'_>,
        recognized: &Recognized,
        additional: &[String],
        outgoing: Outgoing,
        now: SystemTime,
    ) -> Self {
        let is_message = recognized.call() == RecognizedCall::Message;
        let to = recognized.to().filter(|_| is_message);
        let text = recognized.text().map(|text| text.expose().to_owned()).filter(|_| is_message);
        let code = recognized.code().map(|code| code.expose().to_owned()).filter(|_| is_message);
        let code = code.or_else(|| find_code(text.as_deref()?));
        let client_id = recognized.message_id().filter(|_| is_message).map(str::to_owned);
        let mut members = Map::new();
        let mut put = |name: &str, value: Value| {
            members.insert(name.to_owned(), value);
        };
        put("at", humantime::format_rfc3339_millis(now).to_string().into());
        put("gateway", gateway.into());
        put("call", call_word(recognized.call()).into());
        put("to", to.as_ref().map(|to| to.e164()).into());
        let region = to.as_ref().and_then(otpost::PhoneNumber::region);
        put("region", region.map(|region| region.as_str().to_owned()).into());
        put("sender", recognized.sender().filter(|_| is_message).into());
        let shown = text.as_deref().map(|text| cut(text, MAX_TEXT));
        put("text", shown.into());
        put("code", code.as_deref().into());
        put("is_delivered", outgoing.is_delivered.into());
        put_text(&mut put, text.as_deref());
        put("variables", variables(recognized));
        let mismatches = recognized.mismatches().iter().map(ToString::to_string);
        put("mismatches", mismatches.collect());
        put("additional", additional.into());
        put("request", request_json(request, recognized));
        put("response", response_json(&outgoing));
        put(
            "rule",
            json!({
                "outcome": outgoing.outcome,
                "fate": outgoing.fate,
                "explanation": outgoing.explanation,
            }),
        );
        put("message_id", outgoing.message_id.as_deref().into());
        put("client_id", client_id.as_deref().into());
        Self {
            gateway: gateway.to_owned(),
            to: to.map(|to| to.e164().to_owned()),
            code,
            text: shown.map(str::to_owned),
            message_id: outgoing.message_id,
            client_id,
            is_delivered: outgoing.is_delivered,
            report_vars: Vec::new(),
            members,
        }
    }
}

/// Adds the members that describe a text.
fn put_text(put: &mut impl FnMut(&str, Value), text: Option<&str>) {
    let segments = text.map(Segments::of);
    let encoding = segments.map(|segments| match segments.encoding {
        Encoding::Gsm7 => "GSM-7",
        Encoding::Ucs2 => "UCS-2",
    });
    put("encoding", encoding.into());
    put("parts", segments.map(|segments| segments.count).into());
    let units = segments.map(|Segments { units, left, .. }| {
        json!({ "used": units, "capacity": units.saturating_add(left) })
    });
    put("units", units.into());
    put("expensive_characters", expensive(cut(text.unwrap_or_default(), MAX_TEXT)));
    let autofill = text.map(|text| match OriginBound::parse(text) {
        Some(line) => json!({ "host": line.host(), "code": line.expose_code() }),
        None => json!({ "reason": "the last line is not `@host #code`" }),
    });
    put("autofill", autofill.into());
}

fn expensive(text: &str) -> Value {
    let mut found = Segments::non_gsm_characters(text).take(MAX_CHARACTERS).peekable();
    let characters = text.char_indices().enumerate().filter_map(|(index, (at, c))| {
        let one = found.next_if(|found| found.position == at)?;
        Some(json!({
            "character": c.to_string(),
            "index": index,
            "name": format!("U+{:04X}", u32::from(c)),
            "replacement": one.replacement,
        }))
    });
    characters.collect()
}

fn variables(recognized: &Recognized) -> Value {
    let shown = recognized.variables().map(|(name, value, is_secret)| {
        let is_secret = is_credential(name, is_secret);
        let value = if is_secret { MASK } else { cut(value.expose(), MAX_VALUE) };
        json!({ "name": name, "value": value, "is_secret": is_secret })
    });
    shown.collect()
}

fn request_json(request: &ArrivedRequest<'_>, recognized: &Recognized) -> Value {
    let mask = RequestMask::new(recognized, request.given);
    let kind = request.headers.get(http::header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let headers = request.headers.iter().map(|(name, value)| {
        json!([name.as_str(), cut(&mask.header(name.as_str(), value.as_bytes()), MAX_VALUE)])
    });
    json!({
        "method": request.method,
        "target": cut(&mask.target(request.target), MAX_VALUE),
        "headers": headers.collect::<Vec<_>>(),
        "body": mask.body(kind, request.body),
    })
}

fn response_json(outgoing: &Outgoing) -> Value {
    json!({
        "status": outgoing.status,
        "headers": outgoing.headers.iter().map(|(name, value)| json!([name, value]))
            .collect::<Vec<_>>(),
        "body": outgoing.body,
        "fault": outgoing.fault,
    })
}

/// Returns the word of a call in the API.
pub(super) const fn call_word(call: RecognizedCall) -> &'static str {
    match call {
        RecognizedCall::Account => "account",
        RecognizedCall::Erase => "erase",
        RecognizedCall::Token => "token",
        // The enum can get calls that this command does not know.
        _ => "message",
    }
}
