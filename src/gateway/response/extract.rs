use std::fmt;

use super::answer::Answer;
use super::pattern::{Pattern, PatternBudget, PatternRest};
use super::place::{ExtractPlace, MAX_PLACE, MAX_PLACES, first};
use crate::gateway::error::SpecError;
use crate::gateway::spec::{AnswerSpec, RetryAfterSpec, Then, WaitUnit};

/// The maximum length of an id or code from a response, in bytes. Those of vendors have fewer than
/// 100.
pub(super) const MAX_NAME: usize = 256;
/// The path of the expression of `[answer]`.
pub(super) const ANSWER_REGEX: &str = "answer.body_regex";
/// The maximum length of a gateway's message, in bytes.
const MAX_WORDS: usize = 1_024;

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
    /// The expression of `[answer]`. A rule keeps its own as a condition.
    regex: Option<Pattern>,
    message_id: Vec<ExtractPlace>,
    code: Vec<ExtractPlace>,
    message: Vec<ExtractPlace>,
    retry_after: Option<(ExtractPlace, WaitUnit)>,
}

impl Extractors {
    /// Compiles the places of a rule. `regex` is its expression, whose groups are places as well.
    pub(super) fn of_rule(
        then: &Then,
        regex: Option<&Pattern>,
        path: &dyn fmt::Display,
    ) -> Result<Self, SpecError> {
        Self::compile(
            then.message_id.as_slice(),
            then.code.as_slice(),
            then.message.as_slice(),
            then.retry_after.as_ref(),
            regex,
            &format_args!("{path}.then"),
        )
    }

    /// Compiles the places that apply to every response.
    pub(super) fn of_answer(
        answer: &AnswerSpec,
        budget: &PatternBudget,
    ) -> Result<Self, SpecError> {
        let compile = |text| Pattern::compile(text, budget, &ANSWER_REGEX);
        let regex = answer.body_regex.as_deref().map(compile).transpose()?;
        let mut places = Self::compile(
            &answer.message_id.0,
            &answer.code.0,
            &answer.message.0,
            answer.retry_after.as_ref(),
            regex.as_ref(),
            &"answer",
        )?;
        if regex.is_some() && !places.have_group() {
            let problem = "no place of `answer` is a group of this expression";
            let hint = "name a group: code = \"group:code\" for (?P<code>…)";
            return Err(SpecError::new(ANSWER_REGEX, problem, hint));
        }
        places.regex = regex;
        Ok(places)
    }

    fn compile(
        message_id: &[String],
        code: &[String],
        message: &[String],
        retry_after: Option<&RetryAfterSpec>,
        regex: Option<&Pattern>,
        path: &dyn fmt::Display,
    ) -> Result<Self, SpecError> {
        let all = [message_id, code, message];
        let waits = retry_after.iter().map(|spec| &spec.at);
        let is_long = |text: &String| text.len() > MAX_PLACE;
        if all.iter().any(|texts| texts.len() > MAX_PLACES)
            || all.iter().flat_map(|texts| texts.iter()).chain(waits).any(is_long)
        {
            let problem = "there are more than 16 places, or one has more than 512 bytes";
            return Err(SpecError::new(
                path.to_string(),
                problem,
                "keep those that the gateway documents",
            ));
        }
        let places = |key: &str, texts: &[String]| {
            let path = format_args!("{path}.{key}");
            let compile = |text: &String| ExtractPlace::compile(text, regex, &path);
            texts.iter().map(compile).collect::<Result<Vec<_>, _>>()
        };
        let (code, message) = (places("code", code)?, places("message", message)?);
        // The own id is the only value that is not in the response.
        let path_of_id = format_args!("{path}.message_id");
        let id = |text: &String| match text.as_str() {
            "sent" => Ok(ExtractPlace::OwnId),
            text => ExtractPlace::compile(text, regex, &path_of_id),
        };
        let wait = |spec: &RetryAfterSpec| {
            let place =
                ExtractPlace::compile(&spec.at, regex, &format_args!("{path}.retry_after"))?;
            Ok::<_, SpecError>((place, spec.unit))
        };
        Ok(Self {
            regex: None,
            message_id: message_id.iter().map(id).collect::<Result<_, _>>()?,
            code,
            message,
            retry_after: retry_after.map(wait).transpose()?,
        })
    }

    fn have_group(&self) -> bool {
        let wait = self.retry_after.iter().map(|(place, _)| place);
        let places = self.message_id.iter().chain(&self.code).chain(&self.message).chain(wait);
        places.into_iter().any(ExtractPlace::is_group)
    }

    /// Returns the code of `[answer]`, or the reason why it cannot be found.
    pub(super) fn code(&self, answer: &Answer<'_>) -> FoundCode {
        let regex = self.regex.as_ref();
        let (mut is_unreadable, mut is_readable) = (false, false);
        for place in &self.code {
            // A place in a body that is missing and comes first would count.
            if !place.is_in_head() && !answer.has_body() {
                return FoundCode::NoBody;
            }
            if place.has_conflict(answer) {
                return FoundCode::Unusable;
            }
            if let Some(code) = first(std::slice::from_ref(place), answer, regex, MAX_NAME) {
                return FoundCode::Code(code);
            }
            if place.has_value(answer, regex) {
                return FoundCode::Unusable;
            }
            if place.is_group() {
                // Any text can be read. But the code can be in the part that is not searched.
                match regex.map(|regex| regex.rest(answer.text())) {
                    Some(PatternRest::Open) => return FoundCode::NoBody,
                    Some(PatternRest::Unknown) => is_unreadable = true,
                    Some(PatternRest::None) | None => {}
                }
                continue;
            }
            let is_read = place.is_readable(answer);
            is_unreadable |= !answer.text().is_empty() && !is_read;
            is_readable |= is_read && !place.is_in_head();
        }
        // A body is in one format, and places in others find nothing.
        if is_unreadable && !is_readable { FoundCode::Unreadable } else { FoundCode::None }
    }

    /// Extracts the values. `regex` is the expression of the rule, if these are the places of a
    /// rule.
    pub(super) fn apply(&self, answer: &Answer<'_>, regex: Option<&Pattern>) -> Extract {
        let regex = regex.or(self.regex.as_ref());
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
