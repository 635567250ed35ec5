use std::borrow::Cow;

use super::answer::Answer;
use super::matcher::Matcher;
use super::pointer::Pointer;
use super::xml::XmlPath;
use crate::gateway::error::SpecError;
use crate::gateway::spec::Then;

/// The maximum length of an id or code from a response, in bytes. Those of vendors have fewer than
/// 100.
const MAX_NAME: usize = 256;
/// The maximum length of a gateway's message, in bytes.
const MAX_WORDS: usize = 1_024;

/// The values that a rule extracted from a response.
#[derive(Clone, Default, PartialEq, Eq)]
pub(in crate::gateway) struct Extract {
    pub(in crate::gateway) message_id: Option<String>,
    pub(in crate::gateway) code: Option<String>,
    pub(in crate::gateway) message: Option<String>,
    pub(in crate::gateway) retry_after: Option<String>,
}

/// The places from which a rule extracts values.
#[derive(Clone, Debug)]
pub(super) struct Extractors {
    message_id: Option<ExtractPlace>,
    code: Option<ExtractPlace>,
    message: Option<ExtractPlace>,
    retry_after: Option<ExtractPlace>,
}

#[derive(Clone, Debug)]
enum ExtractPlace {
    Form(String),
    Group(String),
    Header(String),
    Pointer(Pointer),
    Xml(XmlPath),
}

impl Extractors {
    pub(super) fn compile(then: &Then, matcher: &Matcher, path: &str) -> Result<Self, SpecError> {
        let place = |key: &str, text: &Option<String>| {
            let path = format!("{path}.then.{key}");
            text.as_deref().map(|text| ExtractPlace::compile(text, matcher, &path)).transpose()
        };
        Ok(Self {
            message_id: place("message_id", &then.message_id)?,
            code: place("code", &then.code)?,
            message: place("message", &then.message)?,
            retry_after: place("retry_after", &then.retry_after)?,
        })
    }

    pub(super) fn apply(&self, answer: &Answer<'_>, matcher: &Matcher) -> Extract {
        let find = |place: &Option<ExtractPlace>, limit: usize| {
            let found = place.as_ref()?.find(answer, matcher)?;
            let text = found.trim();
            // A value that is too long is dropped: a cut id would be another id, and a response
            // must not fill a log.
            let whole =
                !text.is_empty() && text.len() <= limit && !text.chars().any(char::is_control);
            whole.then(|| text.to_owned())
        };
        Extract {
            message_id: find(&self.message_id, MAX_NAME),
            code: find(&self.code, MAX_NAME),
            message: find(&self.message, MAX_WORDS),
            retry_after: find(&self.retry_after, MAX_NAME),
        }
    }
}

impl ExtractPlace {
    fn compile(text: &str, matcher: &Matcher, path: &str) -> Result<Self, SpecError> {
        if text.starts_with('/') {
            return Ok(Self::Pointer(Pointer::parse(text, path)?));
        }
        match text.split_once(':') {
            Some(("form", key)) => Ok(Self::Form(key.to_owned())),
            Some(("header", name)) if http::HeaderName::from_bytes(name.as_bytes()).is_ok() => {
                Ok(Self::Header(name.to_owned()))
            }
            Some(("xml", text)) => Ok(Self::Xml(XmlPath::parse(text, path)?)),
            Some(("group", name)) => {
                if matcher.body_regex.as_ref().is_some_and(|regex| regex.has_group(name)) {
                    return Ok(Self::Group(name.to_owned()));
                }
                let problem = format!("the rule's `body_regex` has no group `{name}`");
                Err(SpecError::new(path, problem, "write the group as (?P<name>…)"))
            }
            _ => {
                let hint = "write /json/pointer, header:Name, form:key, xml:/path or group:name";
                Err(SpecError::new(path, "it is not a place in a response", hint))
            }
        }
    }

    fn find<'a>(&self, answer: &'a Answer<'_>, matcher: &Matcher) -> Option<Cow<'a, str>> {
        // Headers arrive before the body, so they are known even if the body is missing.
        if !matches!(self, Self::Header(_)) && !answer.has_body() {
            return None;
        }
        match self {
            Self::Form(key) => answer.form(key).map(Cow::Borrowed),
            Self::Group(name) => {
                let captures = matcher.body_regex.as_ref()?.captures(answer.text())?;
                captures.name(name).map(|found| Cow::Borrowed(found.as_str()))
            }
            Self::Header(name) => answer.header(name).next(),
            Self::Pointer(pointer) => pointer.find(answer.json()?)?.text(),
            Self::Xml(path) => answer.xml(path).map(Cow::Borrowed),
        }
    }
}
