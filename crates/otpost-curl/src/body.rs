//! The body of a command, by its content type.

use otpost::gateway::{Charset, SpecError};

use crate::coding::{Coding, FieldValue};
use crate::draft::BodyDraft;
use crate::equals::noted;
use crate::error::refuse;
use crate::headers::Headers;
use crate::heuristics::{is_secret, says_a_secret};
use crate::invocation::{CurlBody, Invocation};
use crate::json::json;
use crate::note::CurlNote;
use crate::pairs::{pairs, parts, split_parts};
use crate::places::Places;
use crate::xml::rewrite;

/// Types in which a text has to be escaped, and which a spec cannot escape.
const STRUCTURED: [&str; 6] = ["csv", "graphql", "html", "javascript", "ndjson", "yaml"];
const FORM: &str = "application/x-www-form-urlencoded";

/// Returns the body with placeholders.
///
/// A content type that the spec would not send by itself is added to the headers.
pub(crate) fn body(
    invocation: &Invocation,
    headers: &mut Headers,
    places: &mut Places<'_>,
) -> Result<BodyDraft, SpecError> {
    let bytes = match &invocation.body {
        CurlBody::None => return Ok(BodyDraft::None),
        CurlBody::Parts(list) => return Ok(BodyDraft::Multipart(parts(list, places)?)),
        CurlBody::Data(bytes) => bytes.as_slice(),
    };
    let by_json = || invocation.is_json.then(|| "application/json".to_owned());
    let given = headers.content_type.clone().or_else(by_json);
    let kind = given.as_deref().unwrap_or(FORM).to_ascii_lowercase();
    let text = text_of(bytes, places);
    let text = || text.as_deref().ok_or_else(no_text);
    // The spec sends the type that curl would send, because the gateway may depend on it.
    let mut is_misnamed = || {
        places.notes.push(CurlNote::CalledAForm);
        if given.is_none() {
            headers.pairs.push(("Content-Type".to_owned(), FORM.to_owned()));
        }
    };
    // The declared type decides. Only the type of a form, which is also the default of curl, is
    // checked against the content: many commands send JSON without a content type.
    if bytes.is_empty() {
        if given.is_none() {
            headers.pairs.push(("Content-Type".to_owned(), FORM.to_owned()));
        }
        Ok(BodyDraft::None)
    } else if kind.starts_with("multipart/form-data") {
        let content_type = given.as_deref().unwrap_or_default();
        Ok(BodyDraft::Multipart(parts(&split_parts(bytes, content_type)?, places)?))
    } else if kind.contains("json") {
        json(text()?, places)
    } else if kind.contains("xml") {
        xml(text()?, places)
    } else if !kind.contains("form-urlencoded") {
        if let Some(kind) = STRUCTURED.iter().find(|known| kind.contains(**known)) {
            let hint = "a quote in a message would end the string around it: send JSON or a form";
            return Err(refuse(&format!("a body of type {kind} cannot escape values"), hint));
        }
        let field = FieldValue { place: "request.text", name: "text", bytes, coding: Coding::Raw };
        Ok(BodyDraft::Text(places.template(&field)?))
    } else if is_nested(bytes) && text().is_ok_and(is_json) {
        is_misnamed();
        json(text()?, places)
    } else if bytes.trim_ascii_start().starts_with(b"<") {
        is_misnamed();
        xml(text()?, places)
    } else if bytes.contains(&b'=') {
        let pairs = pairs(bytes, "request.form", places)?;
        Ok(BodyDraft::Form(noted(pairs, "request.form", places)))
    } else {
        let hint = "set the type with --header 'Content-Type: …'";
        Err(refuse("the body is neither a form nor JSON nor XML", hint))
    }
}

/// Returns the body for a parser, or `None` if its bytes are not in the charset.
fn text_of(bytes: &[u8], places: &Places<'_>) -> Option<String> {
    match places.charset() {
        // Every byte is a character of ISO 8859-1, with the same number in Unicode.
        Charset::Latin1 => Some(bytes.iter().map(|byte| char::from(*byte)).collect()),
        _ => String::from_utf8(bytes.to_vec()).ok(),
    }
}

/// Returns `true` if the first character is that of JSON or XML.
fn is_nested(text: &[u8]) -> bool {
    text.trim_ascii_start().starts_with(b"{")
        || text.trim_ascii_start().starts_with(b"[")
        || text.trim_ascii_start().starts_with(b"<")
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

fn xml(text: &str, places: &mut Places<'_>) -> Result<BodyDraft, SpecError> {
    // A comment is sent as it is, and stays in the spec.
    let mut comments = text.split("<!--").skip(1).filter_map(|rest| rest.split("-->").next());
    if comments.any(says_a_secret) {
        return Err(refuse("a comment in the XML holds a credential", "remove the comment"));
    }
    // In `<param name="password" value="…"/>` the value is what the name says.
    let mut named: Option<String> = None;
    let rewritten = rewrite(text, |name, value| {
        if value.trim().is_empty() {
            return Ok(None);
        }
        let place = format!("request.xml.{name}");
        let is_name = name == "name" || name == "key";
        let by_name = named.clone().filter(|_| !is_name);
        let value_name = by_name.as_deref().unwrap_or(name);
        // Kept for the next value only.
        named = is_name.then(|| value.to_owned()).filter(|name| is_secret(name, ""));
        let name = if is_name { "" } else { value_name };
        let field =
            FieldValue { place: &place, name, bytes: value.as_bytes(), coding: Coding::Xml };
        let template = places.template(&field)?;
        Ok((template != value).then_some(template))
    })?;
    Ok(BodyDraft::Xml(rewritten))
}

fn no_text() -> SpecError {
    refuse("the body is not in the charset of the request", "write it in UTF-8")
}
