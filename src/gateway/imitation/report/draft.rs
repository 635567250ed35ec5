//! A request with a report, as parts that can be replaced.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value};

use super::super::synthesis::{set, text_of, write_xml};
use super::document_in_form::DocumentInForm;
use super::item::{first_item, narrow};
use crate::gateway::report_auth::{OutgoingBody, OutgoingReport};
use crate::gateway::response::{Answer, XmlPath};
use crate::gateway::spec::{Method, ReportBody, ReportExample, ReportsSpec};

const FORM: &str = "application/x-www-form-urlencoded";

/// A request with one report.
#[derive(Clone)]
pub(super) struct ReportDraft {
    method: Method,
    query: Vec<(String, String)>,
    headers: HeaderMap,
    body: DraftBody,
    /// The pointer to the report in a JSON body.
    item: String,
}

#[derive(Clone)]
enum DraftBody {
    Form(Vec<(String, String)>),
    Json(Value),
    /// A form with a document inside of it.
    Nested(DocumentInForm),
    None,
    /// A document of an example, and the paths and values that are added to an empty one.
    Xml(String, Vec<(String, String)>),
}

/// A place of a spec.
enum DraftPlace<'p> {
    Form(&'p str),
    Header(HeaderName),
    /// A pointer into the whole body.
    Json(String),
    Query(&'p str),
    Xml(&'p str),
}

impl ReportDraft {
    /// Creates a draft from a report of an example.
    pub(super) fn of_example(
        spec: &ReportsSpec,
        example: &ReportExample,
        at: usize,
    ) -> Option<Self> {
        let request = example.request();
        let url = request.url().split('#').next().unwrap_or_default();
        let query = url.split_once('?').map_or("", |(_, query)| query);
        let query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let mut headers = HeaderMap::new();
        for (name, value) in request.headers() {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            headers.append(name, HeaderValue::from_str(value).ok()?);
        }
        let text = request.body().trim();
        let (mut body, mut item) = (DraftBody::None, String::new());
        if text.starts_with('<') {
            body = DraftBody::Xml(text.to_owned(), Vec::new());
        } else if let Ok(mut json @ (Value::Array(_) | Value::Object(_))) =
            serde_json::from_str::<Value>(text)
        {
            if let Some(each) = &spec.each {
                item = narrow(&mut json, each, at)?;
            }
            body = DraftBody::Json(json);
        } else if !text.is_empty() {
            let fields = form_urlencoded::parse(text.as_bytes()).into_owned().collect();
            body = match &spec.document {
                None => DraftBody::Form(fields),
                Some(place) => {
                    let mut nested = DocumentInForm::parse(place, fields)?;
                    if let Some(each) = &spec.each {
                        item = narrow(&mut nested.json, each, at)?;
                    }
                    DraftBody::Nested(nested)
                }
            };
        }
        Some(Self { method: request.method(), query, headers, body, item })
    }

    /// Creates an empty draft, for a spec without examples.
    pub(super) fn empty(spec: &ReportsSpec) -> Self {
        let method = spec.method.first().copied().unwrap_or(Method::Post);
        let places = spec.status.0.iter().chain(&spec.message_id.0).chain(&spec.reference.0);
        let kinds = places.filter_map(|place| match place.split_once(':') {
            _ if place.starts_with(['/', '^']) => Some(ReportBody::Json),
            Some(("form", _)) => Some(ReportBody::Form),
            Some(("xml", _)) => Some(ReportBody::Xml),
            _ => None,
        });
        let has_xml_rule = spec.rule.iter().any(|rule| !rule.when.xml.is_empty());
        let kinds = kinds.chain(has_xml_rule.then_some(ReportBody::Xml));
        let is_list = spec.each.as_ref().map(|_| ReportBody::Json);
        let has_body = method != Method::Get;
        let kind = spec.body.or(is_list).or(kinds.min_by_key(|kind| kind.as_str()));
        let body = match kind.filter(|_| has_body) {
            None | Some(ReportBody::None) => DraftBody::None,
            _ if let Some(place) = &spec.document => {
                DocumentInForm::empty(place).map_or(DraftBody::None, DraftBody::Nested)
            }
            Some(ReportBody::Form) => DraftBody::Form(Vec::new()),
            Some(ReportBody::Json) => DraftBody::Json(Value::Object(Map::new())),
            Some(ReportBody::Xml) => DraftBody::Xml(String::new(), Vec::new()),
        };
        let item = spec.each.as_deref().map(first_item).unwrap_or_default();
        Self { method, query: Vec::new(), headers: HeaderMap::new(), body, item }
    }

    /// Returns the value at a place, if there is one.
    pub(super) fn get(&self, place: &str) -> Option<String> {
        let found = match self.place(place)? {
            DraftPlace::Form(name) => find(self.fields()?, name)?.to_owned(),
            DraftPlace::Header(name) => self.headers.get(name)?.to_str().ok()?.to_owned(),
            DraftPlace::Json(pointer) => match self.json()?.pointer(&pointer)? {
                value @ (Value::Number(_) | Value::String(_) | Value::Bool(_)) => text_of(value),
                _ => return None,
            },
            DraftPlace::Query(name) => find(&self.query, name)?.to_owned(),
            DraftPlace::Xml(path) => match &self.body {
                DraftBody::Xml(text, _) => xml_text(text, path)?,
                _ => return None,
            },
        };
        Some(found).filter(|text| !text.is_empty())
    }

    /// Writes a text to a place. In JSON, a number stays a number. Returns `None` if the request
    /// has no such place.
    pub(super) fn put_text(&mut self, place: &str, text: &str) -> Option<()> {
        let is_number = match self.place(place)? {
            DraftPlace::Json(pointer) => {
                self.json().and_then(|json| json.pointer(&pointer)).is_some_and(Value::is_number)
            }
            _ => false,
        };
        // Digits such as `007` are another text than their number.
        let number = text.parse::<i64>().ok().filter(|number| number.to_string() == text);
        match number.filter(|_| is_number) {
            Some(number) => self.put(place, number.into()),
            None => self.put(place, text.into()),
        }
    }

    /// Writes a value to a place. Returns `None` if the request has no such place.
    pub(super) fn put(&mut self, place: &str, value: Value) -> Option<()> {
        let text = text_of(&value);
        match self.place(place)? {
            DraftPlace::Form(name) => replace(self.fields_mut()?, name, &text),
            DraftPlace::Header(name) => {
                self.headers.insert(name, HeaderValue::from_str(&text).ok()?);
            }
            DraftPlace::Json(pointer) => {
                return set(self.json_mut()?, &pointer, value).then_some(());
            }
            DraftPlace::Query(name) => replace(&mut self.query, name, &text),
            DraftPlace::Xml(path) => match &mut self.body {
                DraftBody::Xml(document, added) if document.is_empty() => {
                    replace(added, path, &text);
                }
                DraftBody::Xml(document, _) => {
                    let old = escaped(&xml_text(document, path)?);
                    let new = escaped(&text);
                    let element = document.replace(&format!(">{old}<"), &format!(">{new}<"));
                    let attribute = document.replace(&format!("\"{old}\""), &format!("\"{new}\""));
                    *document = if element == *document { attribute } else { element };
                }
                _ => return None,
            },
        }
        Some(())
    }

    /// Removes the value at a place.
    pub(super) fn remove(&mut self, place: &str) {
        match self.place(place) {
            Some(DraftPlace::Form(name)) => {
                if let Some(fields) = self.fields_mut() {
                    fields.retain(|(known, _)| known != name);
                }
            }
            Some(DraftPlace::Header(name)) => {
                self.headers.remove(name);
            }
            Some(DraftPlace::Json(pointer)) => {
                if let Some(json) = self.json_mut()
                    && let Some((parent, token)) = pointer.rsplit_once('/')
                    && let Some(Value::Object(members)) = json.pointer_mut(parent)
                {
                    members.remove(&token.replace("~1", "/").replace("~0", "~"));
                }
            }
            Some(DraftPlace::Query(name)) => self.query.retain(|(known, _)| known != name),
            Some(DraftPlace::Xml(path)) => {
                if let DraftBody::Xml(_, added) = &mut self.body {
                    added.retain(|(known, _)| known != path);
                }
                // The element stays, without a value.
                let _ = self.put_text(place, "");
            }
            None => {}
        }
    }

    /// Returns the request, to a URL without a query.
    pub(super) fn request(&self, url: &str) -> OutgoingReport {
        let mut headers = self.headers.clone();
        let (body, kind) = match &self.body {
            DraftBody::Form(fields) => (OutgoingBody::Form(fields.clone()), Some(FORM)),
            DraftBody::Nested(nested) => (OutgoingBody::Form(nested.fields()), Some(FORM)),
            DraftBody::Json(json) => {
                (OutgoingBody::Whole(json.to_string().into_bytes()), Some("application/json"))
            }
            DraftBody::None => (OutgoingBody::Whole(Vec::new()), None),
            DraftBody::Xml(document, added) => {
                let text = if document.is_empty() { write_xml(added) } else { document.clone() };
                (OutgoingBody::Whole(text.into_bytes()), Some("application/xml"))
            }
        };
        if let Some(kind) = kind.filter(|_| !headers.contains_key(CONTENT_TYPE)) {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        let (url, method, query) = (url.to_owned(), self.method.http(), self.query.clone());
        OutgoingReport { url, method, query, headers, body }
    }

    /// Returns the fields of the form, without those of a document in it.
    const fn fields(&self) -> Option<&Vec<(String, String)>> {
        match &self.body {
            DraftBody::Form(fields) | DraftBody::Nested(DocumentInForm { others: fields, .. }) => {
                Some(fields)
            }
            _ => None,
        }
    }

    const fn fields_mut(&mut self) -> Option<&mut Vec<(String, String)>> {
        match &mut self.body {
            DraftBody::Form(fields) | DraftBody::Nested(DocumentInForm { others: fields, .. }) => {
                Some(fields)
            }
            _ => None,
        }
    }

    /// Returns the document that pointers lead into.
    const fn json(&self) -> Option<&Value> {
        match &self.body {
            DraftBody::Json(json) | DraftBody::Nested(DocumentInForm { json, .. }) => Some(json),
            _ => None,
        }
    }

    const fn json_mut(&mut self) -> Option<&mut Value> {
        match &mut self.body {
            DraftBody::Json(json) | DraftBody::Nested(DocumentInForm { json, .. }) => Some(json),
            _ => None,
        }
    }

    /// Parses a place of a spec. A pointer is relative to the report.
    fn place<'p>(&self, place: &'p str) -> Option<DraftPlace<'p>> {
        // `*` stands for all items, and one is enough.
        let first = |pointer: &str| {
            let tokens = pointer.split('/').skip(1);
            let tokens = tokens.map(|token| if token == "*" { "0" } else { token });
            tokens.fold(String::new(), |pointer, token| format!("{pointer}/{token}"))
        };
        if place.starts_with('/') {
            return Some(DraftPlace::Json(format!("{}{}", self.item, first(place))));
        }
        if let Some(pointer) = place.strip_prefix('^') {
            return Some(DraftPlace::Json(first(pointer)));
        }
        match place.split_once(':')? {
            ("form", name) => Some(DraftPlace::Form(name)),
            ("header", name) => {
                HeaderName::from_bytes(name.as_bytes()).ok().map(DraftPlace::Header)
            }
            ("query", name) => Some(DraftPlace::Query(name)),
            ("xml", path) => Some(DraftPlace::Xml(path)),
            _ => None,
        }
    }
}

fn find<'p>(pairs: &'p [(String, String)], name: &str) -> Option<&'p str> {
    pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

fn replace(pairs: &mut Vec<(String, String)>, name: &str, value: &str) {
    match pairs.iter_mut().find(|(known, _)| known == name) {
        Some((_, known)) => value.clone_into(known),
        None => pairs.push((name.to_owned(), value.to_owned())),
    }
}

/// Returns the text at a path of a document.
fn xml_text(document: &str, path: &str) -> Option<String> {
    let path = XmlPath::parse(path, &"reports").ok()?;
    let headers = HeaderMap::new();
    let answer = Answer::new(StatusCode::OK, &headers, Some(document.as_bytes()));
    answer.xml(&path).map(str::to_owned)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
