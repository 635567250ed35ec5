//! The literal texts that a spec holds beside its placeholders.

use otpost::gateway::Auth;
use otpost::message::{TextTemplate, TextTemplateError};
use serde_json::Value;

use crate::draft::{BodyDraft, DraftValue, NamedValues, SpecDraft};
use crate::note::CurlNote;
use crate::xml::rewrite;

/// Returns a note for each literal of a finished draft.
///
/// The notes are taken from the result and not from the steps that led to it, so that no step can
/// forget one.
pub(crate) fn notes(draft: &SpecDraft) -> Vec<CurlNote> {
    // The connection holds files, times and addresses; a proxy with a password is rejected earlier.
    let SpecDraft {
        id: _,
        name: _,
        vars: _,
        method: _,
        url,
        charset: _,
        written,
        query,
        headers,
        body,
        auth,
        connection: _,
    } = draft;
    let mut list = LiteralList(Vec::new());
    list.url(url);
    for (name, value) in written {
        list.value("request.url", if value.is_empty() { name } else { value });
    }
    list.fields("request.query", query);
    for (name, value) in headers {
        list.pair("request.headers", name, value);
    }
    match body {
        BodyDraft::Form(pairs) => list.fields("request.form", pairs),
        BodyDraft::Json(json) => list.json("request.json", json),
        BodyDraft::Multipart(pairs) => list.fields("request.multipart", pairs),
        BodyDraft::None => {}
        BodyDraft::Text(text) => list.value("request.text", text),
        BodyDraft::Xml(xml) => list.xml(xml),
    }
    match auth {
        Auth::Basic { username, password } => {
            list.value("auth.basic.username", username);
            list.value("auth.basic.password", password);
        }
        Auth::Bearer { token } => list.value("auth.bearer.token", token),
        Auth::Header { value, .. } => {
            list.value("auth.header.value", value.as_text().unwrap_or_default());
        }
        Auth::HttpDigest { username, password } => {
            list.value("auth.http_digest.username", username);
            list.value("auth.http_digest.password", password);
        }
        Auth::Query { value, .. } => {
            list.value("auth.query.value", value.as_text().unwrap_or_default());
        }
        // The import creates no others.
        _ => {}
    }
    list.0
}

struct LiteralList(Vec<CurlNote>);

impl LiteralList {
    fn push(&mut self, place: &str, literal: &str) {
        // Punctuation alone holds no secret.
        if literal.contains(char::is_alphanumeric) {
            let (place, length) = (place.to_owned(), literal.chars().count());
            self.0.push(CurlNote::Literal { place, length });
        }
    }

    /// Lists the literals around the placeholders of a value.
    fn value(&mut self, place: &str, value: &str) {
        // Braces around anything else are literal text, which can be a secret.
        // Other errors, such as a missing `{{code}}`, do not concern the braces.
        if let Err(TextTemplateError::Template(_)) = TextTemplate::parse(value) {
            return self.push(place, value);
        }
        let mut rest = value;
        while let Some((literal, placeholder)) = rest.split_once("{{")
            && let Some((_, behind)) = placeholder.split_once("}}")
        {
            self.push(place, literal);
            rest = behind;
        }
        self.push(place, rest);
    }

    /// Lists the host and the segments of the path.
    fn url(&mut self, url: &str) {
        let place = "request.url";
        let behind = url.split_once("://").map_or(url, |(_, behind)| behind);
        behind.split('/').for_each(|segment| self.value(place, segment));
    }

    fn fields(&mut self, within: &str, fields: &NamedValues) {
        for (name, value) in fields {
            match value {
                DraftValue::Json(json) => self.json(&format!("{within}.{name:.40}"), json),
                DraftValue::Text(template) => self.pair(within, name, template),
            }
        }
    }

    fn pair(&mut self, within: &str, name: &str, value: &str) {
        if value.is_empty() {
            // A name without a value can be a value itself, and stays in the spec as well.
            self.push(within, name);
        }
        self.value(&format!("{within}.{name:.40}"), value);
    }

    fn json(&mut self, place: &str, json: &Value) {
        match json {
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.json(&format!("{place}.{at}"), item);
                }
            }
            Value::Bool(_) | Value::Null => {}
            Value::Number(number) => self.push(place, &number.to_string()),
            Value::Object(members) => {
                for (key, value) in members {
                    self.json(&format!("{place}.{key:.40}"), value);
                }
            }
            Value::String(text) => self.value(place, text),
        }
    }

    fn xml(&mut self, xml: &str) {
        let place = "request.xml";
        // Nothing is replaced: this visits each text, attribute and CDATA section.
        let walked = rewrite(xml, |name, value| {
            self.value(&format!("{place}.{name:.40}"), value.trim());
            Ok(None)
        });
        // A document that cannot be walked counts as one literal, so that nothing is left out.
        if walked.is_err() {
            self.push(place, xml);
        }
        for comment in xml.split("<!--").skip(1).filter_map(|rest| rest.split("-->").next()) {
            self.push(place, comment.trim());
        }
        // `<?xml …?>` has only a version and an encoding, so it is left out.
        let instructions = xml.split("<?").skip(1).filter_map(|rest| rest.split("?>").next());
        for instruction in instructions.filter(|text| !text.starts_with("xml ")) {
            self.push(place, instruction);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_include_braces_that_are_no_placeholder() {
        for (value, lengths) in [
            ("key-1{{to|plain}}-2", vec![5, 2]),
            ("{{text}}", vec![]),
            ("{{Hunter 2}}", vec![12]),
            ("{{to}}{{Hunter 2", vec![16]),
            ("{{to}} {{hunter2|x}}", vec![20]),
            ("a{{code}}{{code}}b", vec![1, 1]),
        ] {
            let mut list = LiteralList(Vec::new());
            list.value("request.text", value);
            let found = list.0.into_iter().filter_map(|note| match note {
                CurlNote::Literal { length, .. } => Some(length),
                _ => None,
            });
            assert_eq!(found.collect::<Vec<_>>(), lengths, "{value}");
        }
    }
}
