//! The places in a request from which the values of reports are read.

use std::borrow::Cow;

use http::HeaderName;

use super::source::ReportView;
use crate::gateway::error::SpecError;
use crate::gateway::response::{Json, MAX_PLACE, MAX_PLACES, Pointer, XmlPath};
use crate::gateway::spec::{AnswerPlaces, ReportBody};

/// The maximum length of a value, in bytes. Those of vendors have fewer than 100.
pub(super) const MAX_VALUE: usize = 256;

/// A place in a request with reports.
#[derive(Clone, Debug)]
pub(super) enum ReportValuePlace {
    /// A pointer into the whole body, although pointers are relative to one item.
    Document(Pointer),
    Form(String),
    Header(String),
    Pointer(Pointer),
    Query(String),
    Xml(XmlPath),
}

/// The places of one value. The first one with a value counts.
#[derive(Clone, Debug, Default)]
pub(super) struct ReportValuePlaces(Vec<ReportValuePlace>);

impl ReportValuePlaces {
    pub(super) fn compile(places: &AnswerPlaces, path: &str) -> Result<Self, SpecError> {
        if places.0.len() > MAX_PLACES {
            let hint = "keep those that the gateway documents";
            return Err(SpecError::new(path, "there are more than 16 places", hint));
        }
        places
            .0
            .iter()
            .map(|text| ReportValuePlace::compile(text, path))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    pub(super) fn one(text: &str, path: &str) -> Result<Self, SpecError> {
        Ok(Self(vec![ReportValuePlace::compile(text, path)?]))
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the kinds of bodies that the places are in.
    pub(super) fn bodies(&self) -> impl Iterator<Item = ReportBody> {
        self.0.iter().filter_map(ReportValuePlace::body)
    }

    /// Returns the first value that can be used.
    pub(super) fn find(&self, view: ReportView<'_, '_>) -> Option<String> {
        self.first(|place| place.find(view))
    }

    /// Returns the first number, which may have a fraction, or text.
    pub(super) fn find_number(&self, view: ReportView<'_, '_>) -> Option<String> {
        self.first(|place| place.find(view).or_else(|| place.fraction(view)))
    }

    fn first<'r>(
        &self,
        find: impl Fn(&ReportValuePlace) -> Option<Cow<'r, str>>,
    ) -> Option<String> {
        self.0.iter().find_map(|place| {
            let found = find(place)?;
            let text = found.trim();
            // A value that is too long is dropped: a cut id would be another id. A character that
            // could not be decoded would make it another one as well.
            let is_whole = !text.is_empty()
                && text.len() <= MAX_VALUE
                && !text.contains(|c: char| c.is_control() || c == '\u{fffd}');
            is_whole.then(|| text.to_owned())
        })
    }
}

impl ReportValuePlace {
    fn compile(text: &str, path: &str) -> Result<Self, SpecError> {
        if text.len() > MAX_PLACE {
            return Err(SpecError::new(path, "a place has more than 512 bytes", "shorten it"));
        }
        if text.starts_with('/') {
            return Ok(Self::Pointer(Pointer::parse(text, path)?));
        }
        if let Some(pointer) = text.strip_prefix('^') {
            return Ok(Self::Document(Pointer::parse(pointer, path)?));
        }
        match text.split_once(':') {
            Some(("form", key)) if !key.is_empty() => Ok(Self::Form(key.to_owned())),
            Some(("header", name)) if HeaderName::from_bytes(name.as_bytes()).is_ok() => {
                Ok(Self::Header(name.to_owned()))
            }
            Some(("query", name)) if !name.is_empty() => Ok(Self::Query(name.to_owned())),
            Some(("xml", text)) => Ok(Self::Xml(XmlPath::parse(text, &path)?)),
            _ => {
                let hint = "write /json/pointer, form:key, header:Name, query:name or xml:/path";
                Err(SpecError::new(path, "it is not a place in a report", hint))
            }
        }
    }

    /// Returns the kind of body that the place is in.
    const fn body(&self) -> Option<ReportBody> {
        match self {
            Self::Document(_) | Self::Pointer(_) => Some(ReportBody::Json),
            Self::Form(_) => Some(ReportBody::Form),
            Self::Header(_) | Self::Query(_) => None,
            Self::Xml(_) => Some(ReportBody::Xml),
        }
    }

    fn find<'r>(&self, view: ReportView<'r, '_>) -> Option<Cow<'r, str>> {
        match self {
            Self::Document(pointer) => text(pointer, view.document()?),
            Self::Form(key) => view.content().form(key).map(Cow::Borrowed),
            Self::Header(name) => view.header(name),
            Self::Pointer(pointer) => text(pointer, view.json()?),
            Self::Query(name) => view.query(name).map(Cow::Borrowed),
            Self::Xml(path) => view.content().xml(path).map(Cow::Borrowed),
        }
    }

    fn fraction<'r>(&self, view: ReportView<'r, '_>) -> Option<Cow<'r, str>> {
        let found = match self {
            Self::Document(pointer) => pointer.find(view.document()?),
            Self::Pointer(pointer) => pointer.find(view.json()?),
            Self::Form(_) | Self::Header(_) | Self::Query(_) | Self::Xml(_) => None,
        };
        match found? {
            Json::Float(number) => Some(number.to_string().into()),
            _ => None,
        }
    }
}

/// Returns the text at a pointer. Of several values, it is the first text or number.
fn text<'r>(pointer: &Pointer, json: &'r Json<'_>) -> Option<Cow<'r, str>> {
    match pointer.is_list() {
        true => pointer.find_all(json).into_iter().find_map(Json::text),
        false => pointer.find(json)?.text(),
    }
}
