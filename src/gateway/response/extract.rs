use std::borrow::Cow;

use super::answer::Answer;
use super::json::Json;
use super::pattern::Pattern;
use super::pointer::Pointer;
use super::xml::XmlPath;
use crate::gateway::error::SpecError;
use crate::gateway::spec::{AnswerSpec, RetryAfterSpec, Then, WaitUnit};

/// The maximum length of an id or code from a response, in bytes. Those of vendors have fewer than
/// 100.
pub(super) const MAX_NAME: usize = 256;
/// The maximum length of a gateway's message, in bytes.
const MAX_WORDS: usize = 1_024;

/// The maximum number of places of a value, and the maximum length of each in bytes.
const MAX_PLACES: usize = 16;
const MAX_PLACE: usize = 512;

/// The values that were extracted from a response.
#[derive(Clone, Default, PartialEq, Eq)]
pub(in crate::gateway) struct Extract {
    pub(in crate::gateway) message_id: Option<String>,
    /// Set if the gateway uses the id of the message itself.
    pub(in crate::gateway) has_own_id: bool,
    pub(in crate::gateway) code: Option<String>,
    pub(in crate::gateway) message: Option<String>,
    pub(in crate::gateway) retry_after: Option<(String, WaitUnit)>,
}

/// The result of a search for the code of a response.
pub(super) enum FoundCode {
    Code(String),
    /// The body did not arrive.
    NoBody,
    None,
    /// The body is in another format than that of a place.
    Unreadable,
    /// There is a value that cannot be a code.
    Unusable,
}

/// The places from which values are extracted. Of several places, the first that has a value
/// counts.
#[derive(Clone, Debug)]
pub(super) struct Extractors {
    message_id: Vec<ExtractPlace>,
    code: Vec<ExtractPlace>,
    message: Vec<ExtractPlace>,
    retry_after: Option<(ExtractPlace, WaitUnit)>,
}

#[derive(Clone, Debug)]
enum ExtractPlace {
    Form(String),
    Group(String),
    Header(String),
    /// The id of the message itself.
    OwnId,
    Pointer(Pointer),
    Xml(XmlPath),
}

impl Extractors {
    /// Compiles the places of a rule. `regex` is its expression, whose groups are places as well.
    pub(super) fn of_rule(
        then: &Then,
        regex: Option<&Pattern>,
        path: &str,
    ) -> Result<Self, SpecError> {
        Self::compile(
            then.message_id.as_slice(),
            then.code.as_slice(),
            then.message.as_slice(),
            then.retry_after.as_ref(),
            regex,
            &format!("{path}.then"),
        )
    }

    /// Compiles the places that apply to every response.
    pub(super) fn of_answer(answer: &AnswerSpec) -> Result<Self, SpecError> {
        Self::compile(
            &answer.message_id.0,
            &answer.code.0,
            &answer.message.0,
            answer.retry_after.as_ref(),
            None,
            "answer",
        )
    }

    fn compile(
        message_id: &[String],
        code: &[String],
        message: &[String],
        retry_after: Option<&RetryAfterSpec>,
        regex: Option<&Pattern>,
        path: &str,
    ) -> Result<Self, SpecError> {
        let all = [message_id, code, message];
        let waits = retry_after.iter().map(|spec| &spec.at);
        let is_long = |text: &String| text.len() > MAX_PLACE;
        if all.iter().any(|texts| texts.len() > MAX_PLACES)
            || all.iter().flat_map(|texts| texts.iter()).chain(waits).any(is_long)
        {
            let problem = "there are more than 16 places, or one has more than 512 bytes";
            return Err(SpecError::new(path, problem, "keep those that the gateway documents"));
        }
        let places = |key: &str, texts: &[String]| {
            let path = format!("{path}.{key}");
            let compile = |text: &String| ExtractPlace::compile(text, regex, &path);
            texts.iter().map(compile).collect::<Result<Vec<_>, _>>()
        };
        let (code, message) = (places("code", code)?, places("message", message)?);
        // The own id is the only value that is not in the response.
        let path_of_id = format!("{path}.message_id");
        let id = |text: &String| match text.as_str() {
            "sent" => Ok(ExtractPlace::OwnId),
            text => ExtractPlace::compile(text, regex, &path_of_id),
        };
        let wait = |spec: &RetryAfterSpec| {
            let place = ExtractPlace::compile(&spec.at, regex, &format!("{path}.retry_after"))?;
            Ok::<_, SpecError>((place, spec.unit))
        };
        Ok(Self {
            message_id: message_id.iter().map(id).collect::<Result<_, _>>()?,
            code,
            message,
            retry_after: retry_after.map(wait).transpose()?,
        })
    }

    /// Returns the code, or the reason why it cannot be found.
    pub(super) fn code(&self, answer: &Answer<'_>) -> FoundCode {
        let (mut is_unreadable, mut is_readable) = (false, false);
        for place in &self.code {
            // Headers arrive before the body, so they are known even if the body is missing. But a
            // place in the body that comes first would count.
            if !matches!(place, ExtractPlace::Header(_)) && !answer.has_body() {
                return FoundCode::NoBody;
            }
            if let Some(code) = first(std::slice::from_ref(place), answer, None, MAX_NAME) {
                return FoundCode::Code(code);
            }
            if place.has_value(answer) {
                return FoundCode::Unusable;
            }
            let is_read = place.is_readable(answer);
            is_unreadable |= !answer.text().is_empty() && !is_read;
            is_readable |= is_read && !matches!(place, ExtractPlace::Header(_));
        }
        // A body is in one format, and places in others find nothing.
        if is_unreadable && !is_readable { FoundCode::Unreadable } else { FoundCode::None }
    }

    pub(super) fn apply(&self, answer: &Answer<'_>, regex: Option<&Pattern>) -> Extract {
        let name = |places: &[ExtractPlace]| first(places, answer, regex, MAX_NAME);
        // The own id is always there, so the places after it do not count.
        let own = self.message_id.iter().position(ExtractPlace::is_own_id);
        let places = self.message_id.get(..own.unwrap_or(self.message_id.len()));
        // A character that could not be decoded would make it another id.
        let message_id = name(places.unwrap_or_default()).filter(|id| !id.contains('\u{fffd}'));
        let wait = self.retry_after.as_ref().and_then(|(place, unit)| {
            let text = first(std::slice::from_ref(place), answer, regex, MAX_NAME);
            // A time may have a fraction, which no id has.
            Some((text.or_else(|| place.fraction(answer))?, *unit))
        });
        Extract {
            has_own_id: message_id.is_none() && own.is_some(),
            message_id,
            code: name(&self.code),
            message: first(&self.message, answer, regex, MAX_WORDS),
            retry_after: wait,
        }
    }
}

impl Extract {
    /// Adds the values that are missing.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            has_own_id: self.has_own_id || (self.message_id.is_none() && other.has_own_id),
            message_id: self.message_id.or(other.message_id.filter(|_| !self.has_own_id)),
            code: self.code.or(other.code),
            message: self.message.or(other.message),
            retry_after: self.retry_after.or(other.retry_after),
        }
    }
}

/// Returns the first value that can be used.
fn first(
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
    const fn is_own_id(&self) -> bool {
        matches!(self, Self::OwnId)
    }

    fn compile(text: &str, regex: Option<&Pattern>, path: &str) -> Result<Self, SpecError> {
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
                if regex.is_some_and(|regex| regex.has_group(name)) {
                    return Ok(Self::Group(name.to_owned()));
                }
                let problem = match regex {
                    Some(_) => format!("the rule's `body_regex` has no group `{name}`"),
                    None => "there is no `body_regex` here".to_owned(),
                };
                Err(SpecError::new(
                    path,
                    problem,
                    "write the group of a rule's `body_regex` as (?P<name>…)",
                ))
            }
            _ => {
                let hint = "write /json/pointer, header:Name, form:key, xml:/path or group:name";
                Err(SpecError::new(path, "it is not a place in a response", hint))
            }
        }
    }

    /// Returns whether there is a value at the place, such as one that cannot be a code. An empty
    /// text, `null`, a list and an object do not count.
    fn has_value(&self, answer: &Answer<'_>) -> bool {
        match self {
            Self::Pointer(pointer) => {
                let values = answer.json().map(|json| pointer.find_all(json)).unwrap_or_default();
                values.iter().any(|value| match value {
                    Json::Array(_) | Json::Null | Json::Object(_) => false,
                    Json::Text(text) => !text.trim().is_empty(),
                    Json::Bool(_) | Json::Float(_) | Json::Int(_) | Json::Unsigned(_) => true,
                })
            }
            _ => self.find(answer, None).is_some_and(|text| !text.trim().is_empty()),
        }
    }

    /// Returns whether the body is in the format of the place. A form can be anything.
    fn is_readable(&self, answer: &Answer<'_>) -> bool {
        match self {
            Self::Pointer(_) => answer.json().is_some(),
            Self::Xml(_) => answer.is_xml(),
            Self::Form(_) | Self::Group(_) | Self::Header(_) | Self::OwnId => true,
        }
    }

    fn fraction(&self, answer: &Answer<'_>) -> Option<String> {
        match self {
            Self::Pointer(pointer) => match pointer.find(answer.json()?)? {
                Json::Float(number) => Some(number.to_string()),
                _ => None,
            },
            _ => None,
        }
    }

    fn find<'a>(&self, answer: &'a Answer<'_>, regex: Option<&Pattern>) -> Option<Cow<'a, str>> {
        // Headers arrive before the body, so they are known even if the body is missing.
        if !matches!(self, Self::Header(_)) && !answer.has_body() {
            return None;
        }
        match self {
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
