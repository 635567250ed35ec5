use std::borrow::Cow;
use std::fmt;

use super::json::Json;
use super::pattern::{Pattern, PatternBudget, PatternMatch};
use crate::gateway::error::SpecError;
use crate::gateway::spec::{Predicate, Scalar};

/// The maximum nesting depth of conditions, as in `{ not = { all = … } }`.
const MAX_DEPTH: usize = 4;

/// A compiled condition on a value, or on a list of values.
#[derive(Clone, Debug)]
pub(in crate::gateway) struct Check {
    predicate: Predicate,
    regex: Option<Pattern>,
    /// A condition that must not hold.
    not: Option<Box<Check>>,
    /// A condition for every value of a list, of which there must be at least one.
    all: Option<Box<Check>>,
    /// A condition for at least one value of a list.
    any: Option<Box<Check>>,
}

/// The number of values that a place can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway) enum ListPlace {
    /// A JSON pointer with `*`.
    Always,
    Never,
    /// An XML path, which can have several elements.
    Optional,
}

/// The difference between a value and a condition. It contains nothing of the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unmet {
    Absent,
    /// The value is a number, and the rule has a text with the same digits.
    NumberNotText,
    Other,
    /// The value is a text, and the rule has a number with the same digits.
    TextNotNumber,
}

impl Unmet {
    /// Returns the reason for the value at a place.
    pub(super) fn describe(self, place: &impl fmt::Display) -> String {
        match self {
            Self::Absent => format!("there is no value at `{place}`"),
            Self::NumberNotText => {
                format!(
                    "the value at `{place}` is a number, and the rule compares it with a string"
                )
            }
            Self::Other => format!("the value at `{place}` does not match"),
            Self::TextNotNumber => {
                format!(
                    "the value at `{place}` is a string, and the rule compares it with a number"
                )
            }
        }
    }
}

impl Check {
    pub(in crate::gateway) fn compile(
        predicate: &Predicate,
        list: ListPlace,
        budget: &PatternBudget,
        path: &dyn fmt::Display,
    ) -> Result<Self, SpecError> {
        Self::within(predicate, list, budget, path, 0)
    }

    fn within(
        predicate: &Predicate,
        list: ListPlace,
        budget: &PatternBudget,
        path: &dyn fmt::Display,
        depth: usize,
    ) -> Result<Self, SpecError> {
        // Such a rule is a mistake: it never applies, or hides all rules after it.
        let no_values = predicate.one_of.as_ref().is_some_and(Vec::is_empty);
        let no_range =
            matches!((predicate.at_least, predicate.at_most), (Some(a), Some(b)) if a > b);
        if no_values || no_range || *predicate == Predicate::default() {
            let hint = "give a value, or one of equals, in, regex, exists, at_least, at_most, all, any, not";
            return Err(SpecError::new(
                path.to_string(),
                "the condition matches nothing or everything",
                hint,
            ));
        }
        if depth > MAX_DEPTH {
            let hint = "write several rules instead";
            return Err(SpecError::new(
                path.to_string(),
                "the conditions are nested too deeply",
                hint,
            ));
        }
        let Predicate { all, any, exists, not, one_of, regex, at_least, at_most } = predicate;
        let of_list = all.is_some() || any.is_some();
        let of_value = one_of.is_some()
            || exists.is_some()
            || regex.is_some()
            || at_least.is_some()
            || at_most.is_some();
        // `not` around a condition on a list is one itself, which the inner condition shows.
        if list == ListPlace::Always && of_value {
            let hint = "write { all = … } for every value, or { any = … } for one of them";
            return Err(SpecError::new(path.to_string(), "`*` addresses several values", hint));
        }
        if list == ListPlace::Never && of_list {
            let hint =
                "put `*` in place of an index, as in \"/messages/*/status\", or remove all and any";
            return Err(SpecError::new(path.to_string(), "the place has only one value", hint));
        }
        let regex = regex.as_deref();
        let regex = regex.map(|text| Pattern::compile(text, budget, path)).transpose()?;
        let part = |part: &Option<Box<Predicate>>, list: ListPlace| {
            part.as_deref()
                .map(|part| Self::within(part, list, budget, path, depth.saturating_add(1)))
                .transpose()
                .map(|check| check.map(Box::new))
        };
        Ok(Self {
            predicate: predicate.clone(),
            regex,
            not: part(not, list)?,
            all: part(all, ListPlace::Never)?,
            any: part(any, ListPlace::Never)?,
        })
    }

    pub(super) const fn is_negated(&self) -> bool {
        self.not.is_some()
    }

    /// Returns whether the condition concerns all values of a place, and not only the first.
    pub(in crate::gateway) fn is_list(&self) -> bool {
        self.all.is_some()
            || self.any.is_some()
            || self.not.as_ref().is_some_and(|not| not.is_list())
    }

    /// Tests the values at a JSON pointer. Without a condition on lists there is at most one. A
    /// string never equals a number, and `null` counts as absent.
    pub(in crate::gateway) fn holds_json(&self, values: &[&Json<'_>]) -> bool {
        self.holds_list(values, |check, values| check.holds_json(values))
            && (self.is_only_list() || self.holds_one(values.first().copied()))
    }

    fn holds_one(&self, value: Option<&Json<'_>>) -> bool {
        let value = value.filter(|value| !matches!(value, Json::Null));
        let number = match value {
            // A spec cannot contain an integer above `i64`, so larger numbers match no integer.
            // `1.0` is not an integer either.
            Some(Json::Int(number)) => Some(*number),
            _ => None,
        };
        let equals = |scalar: &Scalar| match (scalar, value) {
            (Scalar::Bool(wanted), Some(Json::Bool(value))) => value == wanted,
            (Scalar::Int(wanted), _) => number == Some(*wanted),
            (Scalar::Text(wanted), Some(Json::Text(text))) => text == wanted,
            _ => false,
        };
        self.holds(value.is_some(), number, equals, || value.and_then(Json::text))
    }

    /// Tests a text value. In headers, forms and XML every value is text, and a number is its
    /// digits.
    pub(in crate::gateway) fn holds_text(&self, value: Option<&str>) -> bool {
        self.holds_texts(value.as_slice())
    }

    /// Tests several text values.
    pub(in crate::gateway) fn holds_texts(&self, values: &[&str]) -> bool {
        self.holds_list(values, |check, values| check.holds_texts(values))
            && (self.is_only_list() || self.holds_one_text(values.first().copied()))
    }

    fn holds_one_text(&self, value: Option<&str>) -> bool {
        let number = value.and_then(|text| text.parse().ok());
        let equals = |scalar: &Scalar| match scalar {
            Scalar::Bool(wanted) => value == Some(if *wanted { "true" } else { "false" }),
            Scalar::Int(wanted) => number == Some(*wanted),
            Scalar::Text(wanted) => value == Some(wanted.as_str()),
        };
        self.holds(value.is_some(), number, equals, || value.map(Cow::Borrowed))
    }

    /// Tests the conditions that contain other conditions.
    fn holds_list<V: Copy>(&self, values: &[V], holds: impl Fn(&Self, &[V]) -> bool) -> bool {
        let each =
            |check: &Self| values.iter().map(|value| holds(check, &[*value])).collect::<Vec<_>>();
        let all = |check: &Self| {
            let found = each(check);
            // An empty list is no success.
            !found.is_empty() && found.into_iter().all(|holds| holds)
        };
        self.not.as_ref().is_none_or(|not| !holds(not, values))
            && self.all.as_deref().is_none_or(all)
            && self.any.as_deref().is_none_or(|check| each(check).into_iter().any(|holds| holds))
    }

    /// Returns whether there is no condition on a single value.
    fn is_only_list(&self) -> bool {
        let Predicate { exists, one_of, regex, at_least, at_most, .. } = &self.predicate;
        exists.is_none()
            && one_of.is_none()
            && regex.is_none()
            && at_least.is_none()
            && at_most.is_none()
    }

    fn holds<'t>(
        &self,
        is_there: bool,
        number: Option<i64>,
        equals: impl Fn(&Scalar) -> bool,
        text: impl Fn() -> Option<Cow<'t, str>>,
    ) -> bool {
        let wanted = &self.predicate;
        wanted.exists.is_none_or(|exists| exists == is_there)
            && wanted.one_of.as_ref().is_none_or(|values| values.iter().any(equals))
            && wanted.at_least.is_none_or(|least| number.is_some_and(|number| number >= least))
            && wanted.at_most.is_none_or(|most| number.is_some_and(|number| number <= most))
            && self.regex.as_ref().is_none_or(|regex| {
                // An open match counts as none here: the value is longer than a rule expects.
                text().is_some_and(|text| regex.search(&text) == PatternMatch::Yes)
            })
    }

    /// Returns why the values at a JSON pointer do not meet the condition.
    pub(super) fn mismatch(&self, values: &[&Json<'_>]) -> Unmet {
        let wanted = || self.predicate.parts().filter_map(|part| part.one_of.as_ref()).flatten();
        let digits = |scalar: &Scalar| match scalar {
            Scalar::Int(number) => Some(number.to_string()),
            _ => None,
        };
        match values {
            [] => Unmet::Absent,
            values if values.iter().all(|value| matches!(value, Json::Null)) => Unmet::Absent,
            values => {
                let found = values.iter().find_map(|value| match value {
                    Json::Text(text) => wanted()
                        .any(|scalar| digits(scalar).is_some_and(|digits| *text == digits))
                        .then_some(Unmet::TextNotNumber),
                    Json::Int(number) => wanted()
                        .any(|scalar| matches!(scalar, Scalar::Text(text) if *text == number.to_string()))
                        .then_some(Unmet::NumberNotText),
                    _ => None,
                });
                found.unwrap_or(Unmet::Other)
            }
        }
    }
}
