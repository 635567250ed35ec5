//! The places in a response from which values are read.

use std::borrow::Cow;
use std::fmt;

use super::answer::Answer;
use super::json::Json;
use super::pattern::Pattern;
use super::pointer::{Pointer, pointer_of};
use super::xml::XmlPath;
use crate::gateway::error::SpecError;

/// The maximum number of places of a value, and the maximum length of each in bytes.
pub(in crate::gateway) const MAX_PLACES: usize = 16;
pub(in crate::gateway) const MAX_PLACE: usize = 512;

/// A place in a response.
#[derive(Clone, Debug)]
pub(super) enum ExtractPlace {
    /// The whole body.
    Body,
    /// A cookie that the response sets (RFC 6265 §4.1).
    Cookie(String),
    Form(String),
    Group(String),
    Header(String),
    /// The id of the message itself.
    OwnId,
    Pointer(Pointer),
    Xml(XmlPath),
}

/// The places of a value, of which the first that has a value counts.
#[derive(Clone, Debug)]
pub(in crate::gateway) struct FirstPlace(Vec<ExtractPlace>);

impl FirstPlace {
    pub(in crate::gateway) fn compile(texts: &[String], path: &str) -> Result<Self, SpecError> {
        if texts.len() > MAX_PLACES || texts.iter().any(|text| text.len() > MAX_PLACE) {
            let problem = "there are more than 16 places, or one has more than 512 bytes";
            return Err(SpecError::new(path, problem, "keep those that the gateway documents"));
        }
        let places = texts.iter().map(|text| ExtractPlace::compile(text, None, &path));
        places.collect::<Result<_, _>>().map(Self)
    }

    /// Returns the first value. A number may have a fraction.
    pub(in crate::gateway) fn find(&self, answer: &Answer<'_>, limit: usize) -> Option<String> {
        self.0.iter().find_map(|place| {
            first(std::slice::from_ref(place), answer, None, limit)
                .or_else(|| place.fraction(answer).filter(|text| text.len() <= limit))
        })
    }
}

/// Returns the first value that can be used.
pub(super) fn first(
    places: &[ExtractPlace],
    answer: &Answer<'_>,
    regex: Option<&Pattern>,
    limit: usize,
) -> Option<String> {
    places.iter().find_map(|place| {
        let found = place.find(answer, regex)?;
        let text = found.trim();
        // A value that is too long is dropped: a cut id would be another id, and a response must not
        // fill a log.
        let whole = !text.is_empty() && text.len() <= limit && !text.chars().any(char::is_control);
        whole.then(|| text.to_owned())
    })
}

impl ExtractPlace {
    pub(super) const fn is_own_id(&self) -> bool {
        matches!(self, Self::OwnId)
    }

    pub(super) const fn is_group(&self) -> bool {
        matches!(self, Self::Group(_))
    }

    pub(super) fn compile(
        text: &str,
        regex: Option<&Pattern>,
        path: &dyn fmt::Display,
    ) -> Result<Self, SpecError> {
        if text.starts_with('/') {
            return Ok(Self::Pointer(Pointer::parse(text, path)?));
        }
        if text == "body" {
            return Ok(Self::Body);
        }
        match text.split_once(':') {
            Some(("cookie", name)) if http::HeaderName::from_bytes(name.as_bytes()).is_ok() => {
                Ok(Self::Cookie(name.to_owned()))
            }
            Some(("form", key)) => Ok(Self::Form(key.to_owned())),
            Some(("header", name)) if http::HeaderName::from_bytes(name.as_bytes()).is_ok() => {
                Ok(Self::Header(name.to_owned()))
            }
            Some(("xml", text)) => Ok(Self::Xml(XmlPath::parse(text, path)?)),
            Some(("group", name)) => {
                if regex.is_some_and(|regex| regex.has_group(name)) {
                    return Ok(Self::Group(name.to_owned()));
                }
                let problem = match regex {
                    Some(_) => format!("the `body_regex` has no group `{name}`"),
                    None => "there is no `body_regex` here".to_owned(),
                };
                let hint = "write `body_regex` beside it, with the group as (?P<name>…)";
                Err(SpecError::new(path.to_string(), problem, hint))
            }
            _ => {
                let kinds = "/json/pointer, header:Name, cookie:Name, form:key, xml:/path, \
                             group:name or body";
                let hint = match pointer_of(text) {
                    Some(pointer) => format!("write {pointer} for JSON, or one of {kinds}"),
                    None => format!("write {kinds}"),
                };
                Err(SpecError::new(path.to_string(), "it is not a place in a response", hint))
            }
        }
    }

    /// Returns whether the place is in the headers. They arrive before the body, so they are known
    /// even if the body is missing.
    pub(super) const fn is_in_head(&self) -> bool {
        matches!(self, Self::Cookie(_) | Self::Header(_))
    }

    /// Returns whether the place is a part of the body in JSON, for explanations.
    pub(super) const fn is_json(&self) -> bool {
        matches!(self, Self::Pointer(_))
    }

    /// Returns whether there is a value at the place, such as one that cannot be a code. An empty
    /// text, `null`, a list and an object do not count.
    pub(super) fn has_value(&self, answer: &Answer<'_>, regex: Option<&Pattern>) -> bool {
        match self {
            Self::Pointer(pointer) => {
                let values = answer.json().map(|json| pointer.find_all(json)).unwrap_or_default();
                values.iter().any(|value| match value {
                    Json::Array(_) | Json::Null | Json::Object(_) => false,
                    Json::Text(text) => !text.trim().is_empty(),
                    Json::Bool(_) | Json::Float(_) | Json::Int(_) | Json::Unsigned(_) => true,
                })
            }
            _ => self.find(answer, regex).is_some_and(|text| !text.trim().is_empty()),
        }
    }

    /// Returns whether the place is a field of a form with two different values.
    pub(super) fn has_conflict(&self, answer: &Answer<'_>) -> bool {
        matches!(self, Self::Form(key) if answer.has_form_conflict(key))
    }

    /// Returns whether the body is in the format of the place. A form can be anything.
    pub(super) fn is_readable(&self, answer: &Answer<'_>) -> bool {
        match self {
            Self::Pointer(_) => answer.json().is_some(),
            Self::Xml(_) => answer.is_xml(),
            Self::Body
            | Self::Cookie(_)
            | Self::Form(_)
            | Self::Group(_)
            | Self::Header(_)
            | Self::OwnId => true,
        }
    }

    pub(super) fn fraction(&self, answer: &Answer<'_>) -> Option<String> {
        match self {
            Self::Pointer(pointer) => match pointer.find(answer.json()?)? {
                Json::Float(number) => Some(number.to_string()),
                _ => None,
            },
            _ => None,
        }
    }

    fn find<'a>(&self, answer: &'a Answer<'_>, regex: Option<&Pattern>) -> Option<Cow<'a, str>> {
        if !self.is_in_head() && !answer.has_body() {
            return None;
        }
        match self {
            Self::Body => Some(answer.text().into()),
            // RFC 6265 §5.3: a later cookie replaces an earlier one.
            Self::Cookie(name) => answer
                .header("set-cookie")
                .filter_map(|line| {
                    let (pair, _) = line.split_once(';').unwrap_or((&line, ""));
                    let (key, value) = pair.split_once('=')?;
                    (key.trim() == name).then(|| value.trim().to_owned().into())
                })
                .last(),
            Self::Form(key) => answer.form(key).map(Cow::Borrowed),
            Self::Group(name) => {
                let captures = regex?.captures(answer.text())?;
                captures.name(name).map(|found| Cow::Borrowed(found.as_str()))
            }
            Self::Header(name) => answer.header(name).next(),
            Self::OwnId => None,
            // Of several values, the first that is a text or a number.
            Self::Pointer(pointer) if pointer.is_list() => {
                pointer.find_all(answer.json()?).into_iter().find_map(Json::text)
            }
            Self::Pointer(pointer) => pointer.find(answer.json()?)?.text(),
            Self::Xml(path) => answer.xml(path).map(Cow::Borrowed),
        }
    }
}
