//! One request of a spec in reverse.

use http::HeaderMap;

use super::captures::{Captures, Reading};
use super::digest::DigestReader;
use super::encoded::{RawPair, decode_segment, decode_text, parse_pairs};
use super::group::{Group, PairReader};
use super::json::JsonReader;
use super::mismatch::{MismatchKind, describe};
use super::multipart::parse_multipart;
use super::received::ReceivedRequest;
use super::recognized::{Recognized, RecognizedCall};
use super::signature::SignatureReader;
use super::value::ValueReader;
use super::xml::XmlReader;
use crate::gateway::response::Json;
use crate::gateway::spec::Charset;
use crate::secret::SecretString;
use crate::template::Filter;

/// The maximum size of a body, which is that of the requests that a gateway sends.
const MAX_BODY: usize = 256 * 1_024;
/// The maximum size of a target.
const MAX_TARGET: usize = 64 * 1_024;

/// Headers of the connection, which every client sends.
const OF_CONNECTION: [&str; 6] =
    ["connection", "content-length", "expect", "host", "te", "transfer-encoding"];

/// A compiled request.
#[derive(Clone, Debug)]
pub(super) struct CallReader {
    pub(super) call: RecognizedCall,
    pub(super) method: http::Method,
    /// The path as the spec has it.
    pub(super) written: String,
    pub(super) segments: Vec<ValueReader>,
    pub(super) query: Vec<PairReader>,
    pub(super) headers: Vec<PairReader>,
    pub(super) digest: Option<DigestReader>,
    /// The signature, with the configured variables that it needs. `None` if it cannot be verified.
    pub(super) signature: Option<(SignatureReader, Vec<String>)>,
    pub(super) body: BodyReader,
    pub(super) charset: Charset,
}

#[derive(Clone, Debug)]
pub(super) enum BodyReader {
    Form(Vec<PairReader>),
    Json(JsonReader),
    Multipart(Vec<PairReader>),
    None,
    Text(ValueReader),
    Xml(XmlReader),
}

impl BodyReader {
    /// Returns the type of the body, unless the spec sets another one.
    pub(super) const fn media_type(&self) -> Option<&'static str> {
        match self {
            Self::Form(_) => Some("application/x-www-form-urlencoded"),
            Self::Json(_) => Some("application/json"),
            Self::Multipart(_) => Some("multipart/form-data"),
            Self::None => None,
            Self::Text(_) => Some("text/plain"),
            Self::Xml(_) => Some("application/xml"),
        }
    }
}

impl CallReader {
    pub(super) fn recognize(
        &self,
        request: &ReceivedRequest,
        given: &[(String, SecretString)],
    ) -> Recognized {
        // Conditions depend on the text and on other variables, which are known after the first
        // time.
        let mut first = Reading::new(None, given);
        self.read(request, &mut first);
        let known: Captures = first.captures;
        let mut second = Reading::new(Some(&known), given);
        self.read(request, &mut second);
        let Reading { captures, mismatches, additional, .. } = second;
        Recognized { call: self.call, captures, mismatches, additional }
    }

    /// Returns whether the method and the path of a request are those of the spec.
    pub(super) fn is_at(
        &self,
        request: &ReceivedRequest,
        given: &[(String, SecretString)],
    ) -> bool {
        let mut reading = Reading::new(None, given);
        let target = request.expose_target();
        self.read_path(target.split_once('?').map_or(target, |(path, _)| path), &mut reading);
        request.method() == self.method.as_str() && reading.is_clean()
    }

    /// Returns whether a value of the request contains the variable.
    pub(super) fn reads(&self, name: &str) -> bool {
        let of_body: Vec<&ValueReader> = match &self.body {
            BodyReader::Form(pairs) | BodyReader::Multipart(pairs) => {
                pairs.iter().map(|pair| &pair.value).collect()
            }
            BodyReader::Json(json) => json.leaves(),
            BodyReader::Text(text) => vec![text],
            BodyReader::Xml(xml) if xml.reads(name) => return true,
            BodyReader::None | BodyReader::Xml(_) => Vec::new(),
        };
        if self.digest.as_ref().is_some_and(|digest| digest.reads(name)) {
            return true;
        }
        let mut secrets = self.signature.iter().flat_map(|(_, secrets)| secrets);
        if secrets.any(|secret| secret == name) {
            return true;
        }
        let pairs = self.query.iter().chain(&self.headers).map(|pair| &pair.value);
        self.segments.iter().chain(pairs).chain(of_body).any(|value| value.reads(name))
    }

    /// Returns whether the path, a parameter, a header or a field shows this placeholder.
    pub(super) fn shows(&self, name: &str, filters: &[Filter]) -> bool {
        let fields: &[PairReader] = match &self.body {
            BodyReader::Form(pairs) | BodyReader::Multipart(pairs) => pairs,
            _ => &[],
        };
        let pairs = self.query.iter().chain(&self.headers).chain(fields).map(|pair| &pair.value);
        self.segments.iter().chain(pairs).any(|value| value.shows(name, filters))
    }

    fn read(&self, request: &ReceivedRequest, reading: &mut Reading<'_>) {
        if request.method() != self.method.as_str() {
            let expected = self.method.as_str().to_owned();
            let found = "another method";
            reading.refuse("method", MismatchKind::Request, expected, found);
        }
        let target = request.expose_target();
        if target.len() > MAX_TARGET || request.body().len() > MAX_BODY {
            let expected = "at most 64 KiB in the target and 256 KiB in the body";
            return reading.refuse("request", MismatchKind::Request, expected, "more");
        }
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        self.read_path(path, reading);
        match parse_pairs(query.as_bytes()) {
            Some(found) => {
                self.group(&self.query, "query parameter", false).read(&found, reading);
            }
            None => too_many("query", reading),
        }
        let headers: Vec<RawPair> = request
            .headers()
            .iter()
            .filter(|(name, _)| !OF_CONNECTION.contains(&name.as_str()))
            .filter(|(name, _)| self.digest.is_none() || *name != http::header::AUTHORIZATION)
            .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
            .collect();
        let group = Group { charset: Charset::Utf8, ..self.group(&self.headers, "header", true) };
        group.read(&headers, reading);
        if let Some(digest) = &self.digest {
            digest.read(request, reading);
        }
        self.read_body(request, reading);
        if let Some((signature, secrets)) = &self.signature {
            signature.read(secrets, request, reading);
        }
    }

    fn read_path(&self, path: &str, reading: &mut Reading<'_>) {
        let found: Vec<&str> = path.split('/').skip(1).take(256).collect();
        if self.segments.is_empty() && matches!(path, "" | "/") {
            return;
        }
        if found.len() != self.segments.len() || !path.starts_with('/') {
            let expected = format!("`{}`", self.written);
            return reading.refuse("path", MismatchKind::Request, expected, "another path");
        }
        for (segment, found) in self.segments.iter().zip(found) {
            segment.read_bytes(&decode_segment(found), self.charset, "path", reading);
        }
    }

    fn read_body(&self, request: &ReceivedRequest, reading: &mut Reading<'_>) {
        let body = request.body();
        let refuse = |expected: &'static str, reading: &mut Reading<'_>| {
            let found = describe(&String::from_utf8_lossy(body));
            reading.refuse("body", MismatchKind::Request, expected, found);
        };
        match &self.body {
            BodyReader::Form(pairs) => match parse_pairs(body) {
                Some(found) => self.group(pairs, "form field", false).read(&found, reading),
                None => too_many("body", reading),
            },
            BodyReader::Json(json) => {
                let text = std::str::from_utf8(body).ok();
                match text.and_then(Json::parse) {
                    Some(found) => json.read(&found, "", reading),
                    None => refuse("JSON in UTF-8", reading),
                }
            }
            BodyReader::Multipart(pairs) => {
                match parse_multipart(content_type(request.headers()), body) {
                    Some(found) => {
                        self.group(pairs, "multipart field", false).read(&found, reading);
                    }
                    None => refuse("a multipart form with the boundary of its type", reading),
                }
            }
            BodyReader::None if body.is_empty() => {}
            BodyReader::None => reading.push_additional("body".to_owned()),
            BodyReader::Text(text) => text.read_bytes(body, self.charset, "body", reading),
            BodyReader::Xml(xml) => match decode_text(body, self.charset, false) {
                Some(text) => xml.read(&text, "body", reading),
                None => refuse("XML in the charset of the gateway", reading),
            },
        }
    }

    const fn group<'g>(
        &self,
        pairs: &'g [PairReader],
        place: &'static str,
        ignores_case: bool,
    ) -> Group<'g> {
        Group { pairs, charset: self.charset, place, ignores_case }
    }
}

fn too_many(place: &str, reading: &mut Reading<'_>) {
    reading.refuse(place, MismatchKind::Request, "at most 1,024 names and values", "more");
}

fn content_type(headers: &HeaderMap) -> &str {
    let value = headers.get(http::header::CONTENT_TYPE);
    value.and_then(|value| value.to_str().ok()).unwrap_or_default()
}
