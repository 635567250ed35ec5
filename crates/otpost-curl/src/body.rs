//! The body of a command, as the kind that it is.

use super::call::{Body, Call, is_nested};
use super::coding::Coding;
use super::guess::{is_secret, says_a_secret};
use super::headers::Headers;
use super::json::json;
use super::note::CurlNote;
use super::pairs::{pairs, parts, split_parts};
use super::places::{Leaf, Places};
use super::refuse;
use crate::gateway::body::json::{JsonSpec, Tree};
use crate::gateway::body::rewrite_xml;
use crate::gateway::error::SpecError;
use crate::gateway::spec::{Charset, Pairs, RequestSpec};

/// Types in which a text has to be escaped, and for which there is no body of their own.
const STRUCTURED: [&str; 6] = ["csv", "graphql", "html", "javascript", "ndjson", "yaml"];
const FORM: &str = "application/x-www-form-urlencoded";

/// Puts the body into the request, and the name of its type into the headers if that is not the usual one.
pub(super) fn fill(
    request: &mut RequestSpec,
    call: &Call,
    headers: &mut Headers,
    places: &mut Places<'_>,
) -> Result<(), SpecError> {
    let bytes = match &call.body {
        Body::None => return Ok(()),
        Body::Parts(list) => {
            request.multipart = Some(Pairs(parts(list, places)?));
            return Ok(());
        }
        Body::Data(bytes) => bytes.as_slice(),
    };
    let by_json = || call.is_json.then(|| "application/json".to_owned());
    let given = headers.content_type.clone().or_else(by_json);
    let kind = given.as_deref().unwrap_or(FORM).to_ascii_lowercase();
    let text = text_of(bytes, places);
    let mut is_misnamed = || {
        places.notes.push(CurlNote::CalledAForm);
        if given.is_none() {
            headers.pairs.push(("Content-Type".to_owned(), FORM.to_owned()));
        }
    };
    if bytes.is_empty() {
        if given.is_none() {
            headers.pairs.push(("Content-Type".to_owned(), FORM.to_owned()));
        }
    } else if kind.starts_with("multipart/form-data") {
        let content_type = given.as_deref().unwrap_or_default();
        request.multipart = Some(Pairs(parts(&split_parts(bytes, content_type)?, places)?));
    } else if kind.contains("json") {
        request.json = Some(parse(text.as_deref(), places)?);
    } else if kind.contains("xml") {
        request.xml = Some(xml(text.as_deref().ok_or_else(no_text)?, places)?);
    } else if !kind.contains("form-urlencoded") {
        if let Some(kind) = STRUCTURED.iter().find(|known| kind.contains(**known)) {
            let hint = "a quote in a message would end the string that it stands in";
            return Err(refuse(&format!("a body of type {kind} cannot take values safely"), hint));
        }
        let leaf = Leaf { place: "request.text", name: "text", bytes, coding: Coding::Raw };
        request.text = Some(places.template(&leaf)?);
    } else if is_nested(bytes) && text.as_deref().is_some_and(is_json_text) {
        is_misnamed();
        request.json = Some(parse(text.as_deref(), places)?);
    } else if bytes.trim_ascii_start().starts_with(b"<") {
        is_misnamed();
        request.xml = Some(xml(text.as_deref().ok_or_else(no_text)?, places)?);
    } else if bytes.contains(&b'=') {
        request.form = Some(Pairs(pairs(bytes, "request.form", places)?));
    } else {
        let hint = "say what it is with --header 'Content-Type: …'";
        return Err(refuse("the body is neither a form nor JSON nor XML", hint));
    }
    Ok(())
}

/// The body for a parser.
fn text_of(bytes: &[u8], places: &Places<'_>) -> Option<String> {
    match places.charset() {
        Charset::Latin1 => Some(bytes.iter().map(|byte| char::from(*byte)).collect()),
        _ => String::from_utf8(bytes.to_vec()).ok(),
    }
}

fn is_json_text(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

fn parse(text: Option<&str>, places: &mut Places<'_>) -> Result<JsonSpec, SpecError> {
    let tree: Tree = serde_json::from_str(text.ok_or_else(no_text)?).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        // What is no JSON, and what is JSON that a spec cannot hold, in our own words.
        if error.is_data() {
            let hint = "write the member once, or the number as a text";
            return refuse(&format!("the JSON cannot be taken over: {error}"), hint);
        }
        let hint = "has the shell taken its quotes away? put it between single quotes";
        refuse(&format!("the body is no JSON at line {line}, column {column}"), hint)
    })?;
    json(tree, places)
}

fn xml(text: &str, places: &mut Places<'_>) -> Result<String, SpecError> {
    // A comment goes out as it is, and into the spec.
    let mut comments = text.split("<!--").skip(1).filter_map(|rest| rest.split("-->").next());
    if comments.any(says_a_secret) {
        return Err(refuse("a credential stands in a comment of the XML", "take the comment out"));
    }
    // `<param name="password" value="…"/>`: the value is what the name says.
    let mut named: Option<String> = None;
    rewrite_xml(text, |name, value| {
        if value.trim().is_empty() {
            return Ok(None);
        }
        let place = format!("request.xml.{name}");
        let is_name = name == "name" || name == "key";
        let by_name = named.clone().filter(|_| !is_name);
        let leaf_name = by_name.as_deref().unwrap_or(name);
        named = is_name.then(|| value.to_owned()).filter(|name| is_secret(name, ""));
        let name = if is_name { "" } else { leaf_name };
        let leaf = Leaf { place: &place, name, bytes: value.as_bytes(), coding: Coding::Xml };
        let template = places.template(&leaf)?;
        Ok((template != value).then_some(template))
    })
}

fn no_text() -> SpecError {
    refuse("the body is not in the charset of the rest", "write it in UTF-8")
}
