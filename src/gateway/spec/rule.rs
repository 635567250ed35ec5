use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};

use super::pairs::table;
use super::status::StatusSet;

/// What an answer means.
///
/// # Examples
///
/// ```
/// use otpost::gateway::Outcome;
///
/// assert_eq!(Outcome::NoCredit.to_string(), "no_credit");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// The gateway took the message.
    Accepted,
    /// The account, sender or route is barred.
    Blocked,
    /// The number cannot receive the message.
    InvalidRecipient,
    /// The request does not suit the gateway.
    Misconfigured,
    /// The account is out of credit.
    NoCredit,
    /// A rule of the destination forbids it.
    Regulatory,
    /// Too many messages for now.
    Throttled,
    /// The credentials were refused.
    Unauthorized,
    /// The gateway took nothing; later it may.
    Unavailable,
    /// It cannot be told whether the gateway took the message.
    Unknown,
}

words! {
    Outcome, "outcome":
    Accepted = "accepted",
    Blocked = "blocked",
    InvalidRecipient = "invalid_recipient",
    Misconfigured = "misconfigured",
    NoCredit = "no_credit",
    Regulatory = "regulatory",
    Throttled = "throttled",
    Unauthorized = "unauthorized",
    Unavailable = "unavailable",
    Unknown = "unknown",
}

display_word!(Outcome);

/// A response rule: when an answer looks like this, it means that. The first rule that fits is the one.
///
/// A rule for [`Outcome::Accepted`] that names no status fits 200 to 299 only.
///
/// # Examples
///
/// ```
/// use otpost::gateway::{Outcome, Rule};
///
/// let rule = Rule::new(Outcome::Throttled).when_json("/responseCode", 13).code("/responseCode");
/// # let _ = rule;
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    #[serde(default)]
    pub(in crate::gateway) when: When,
    pub(in crate::gateway) then: Then,
}

/// The conditions of a rule. All must hold.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::gateway) struct When {
    #[serde(default)]
    pub(in crate::gateway) status: Option<StatusSet>,
    #[serde(default, deserialize_with = "table")]
    pub(in crate::gateway) header: Vec<(String, Predicate)>,
    #[serde(default)]
    pub(in crate::gateway) body_contains: Option<String>,
    #[serde(default)]
    pub(in crate::gateway) body_empty: Option<bool>,
    #[serde(default)]
    pub(in crate::gateway) body_equals: Option<String>,
    #[serde(default)]
    pub(in crate::gateway) body_regex: Option<String>,
    #[serde(default, deserialize_with = "table")]
    pub(in crate::gateway) json: Vec<(String, Predicate)>,
    #[serde(default, deserialize_with = "table")]
    pub(in crate::gateway) form: Vec<(String, Predicate)>,
    #[serde(default, deserialize_with = "table")]
    pub(in crate::gateway) xml: Vec<(String, Predicate)>,
}

/// What a rule makes of an answer. The texts say where a value is to be found: a JSON pointer (`/id`, RFC 6901),
/// `header:Name`, `form:key`, `xml:/answer/element`, or `group:name` for a named group of the rule's `body_regex`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::gateway) struct Then {
    pub(in crate::gateway) outcome: Outcome,
    #[serde(default)]
    pub(in crate::gateway) message_id: Option<String>,
    #[serde(default)]
    pub(in crate::gateway) code: Option<String>,
    #[serde(default)]
    pub(in crate::gateway) message: Option<String>,
    #[serde(default)]
    pub(in crate::gateway) retry_after: Option<String>,
}

impl Rule {
    /// A rule that fits every answer, until it is narrowed.
    #[must_use]
    pub fn new(outcome: Outcome) -> Self {
        let then = Then { outcome, message_id: None, code: None, message: None, retry_after: None };
        Self { when: When::default(), then }
    }

    /// Only for this status.
    #[must_use]
    pub fn when_status(self, status: u16) -> Self {
        self.when_status_in(status, status)
    }

    /// Only for a status from `first` to `last`, both included.
    #[must_use]
    pub fn when_status_in(mut self, first: u16, last: u16) -> Self {
        self.when.status.get_or_insert_default().add(first, last);
        self
    }

    /// Only if the header is like this.
    #[must_use]
    pub fn when_header(mut self, name: impl Into<String>, is: impl Into<Predicate>) -> Self {
        self.when.header.push((name.into(), is.into()));
        self
    }

    /// Only if the body is this, without the white space around it.
    #[must_use]
    pub fn when_body_equals(mut self, text: impl Into<String>) -> Self {
        self.when.body_equals = Some(text.into());
        self
    }

    /// Only if the body is empty.
    #[must_use]
    pub fn when_body_empty(mut self) -> Self {
        self.when.body_empty = Some(true);
        self
    }

    /// Requires that the regular expression is found in the first 4 KiB of the body. Anchor it: `not accepted` holds `accepted`.
    ///
    /// Compiled, an expression takes at most 8 KiB, and all of a spec 32 KiB. If what is found reaches the end of the 4 KiB and
    /// the body is longer, the outcome is [`Outcome::Unknown`].
    #[must_use]
    pub fn when_body_regex(mut self, regex: impl Into<String>) -> Self {
        self.when.body_regex = Some(regex.into());
        self
    }

    /// Only if the body is JSON and what the pointer (RFC 6901) names is like this.
    #[must_use]
    pub fn when_json(mut self, pointer: impl Into<String>, is: impl Into<Predicate>) -> Self {
        self.when.json.push((pointer.into(), is.into()));
        self
    }

    /// Only if the body is a form (`OK&id=1`) and the field is like this. A name without `=` has an empty value.
    #[must_use]
    pub fn when_form(mut self, key: impl Into<String>, is: impl Into<Predicate>) -> Self {
        self.when.form.push((key.into(), is.into()));
        self
    }

    /// Only if the body is XML and what the path (`/answer/element`, `/answer/element[2]`, `/answer/@attribute`) names is like
    /// this. It needs the feature `xml`.
    #[must_use]
    pub fn when_xml(mut self, path: impl Into<String>, is: impl Into<Predicate>) -> Self {
        self.when.xml.push((path.into(), is.into()));
        self
    }

    /// Where the gateway's identity of the message is.
    #[must_use]
    pub fn message_id(mut self, at: impl Into<String>) -> Self {
        self.then.message_id = Some(at.into());
        self
    }

    /// Where the gateway's error code is.
    #[must_use]
    pub fn code(mut self, at: impl Into<String>) -> Self {
        self.then.code = Some(at.into());
        self
    }

    /// Where the gateway's words are.
    #[must_use]
    pub fn message(mut self, at: impl Into<String>) -> Self {
        self.then.message = Some(at.into());
        self
    }

    /// Where the time to wait is: seconds, or an HTTP date.
    #[must_use]
    pub fn retry_after(mut self, at: impl Into<String>) -> Self {
        self.then.retry_after = Some(at.into());
        self
    }
}

/// A value that an answer's value is compared with. Text and number are never equal.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Scalar {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A text.
    Text(String),
}

/// What an answer's value is to be like. All that is given must hold.
///
/// # Examples
///
/// ```
/// use otpost::gateway::Predicate;
///
/// let one_of = Predicate::one_of([501, 511]);
/// let there = Predicate::exists(true);
/// # let _ = (one_of, there);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Predicate {
    pub(in crate::gateway) exists: Option<bool>,
    pub(in crate::gateway) one_of: Option<Vec<Scalar>>,
    pub(in crate::gateway) regex: Option<String>,
    pub(in crate::gateway) at_least: Option<i64>,
    pub(in crate::gateway) at_most: Option<i64>,
}

impl Predicate {
    /// It is there (and not JSON's `null`), or it is not.
    #[must_use]
    pub fn exists(exists: bool) -> Self {
        Self { exists: Some(exists), ..Self::default() }
    }

    /// It is one of these.
    #[must_use]
    pub fn one_of<S: Into<Scalar>>(values: impl IntoIterator<Item = S>) -> Self {
        Self { one_of: Some(values.into_iter().map(Into::into).collect()), ..Self::default() }
    }

    /// The regular expression is found in its text, which has at most 4 KiB.
    #[must_use]
    pub fn regex(regex: impl Into<String>) -> Self {
        Self { regex: Some(regex.into()), ..Self::default() }
    }

    /// It is a number from `least` to `most`, both included.
    #[must_use]
    pub fn between(least: i64, most: i64) -> Self {
        Self { at_least: Some(least), at_most: Some(most), ..Self::default() }
    }
}

impl From<i64> for Scalar {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Scalar {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<&str> for Scalar {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl<S: Into<Scalar>> From<S> for Predicate {
    fn from(value: S) -> Self {
        Self::one_of([value])
    }
}

impl<'de> Deserialize<'de> for Predicate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PredicateVisitor)
    }
}

struct PredicateVisitor;

impl<'de> Visitor<'de> for PredicateVisitor {
    type Value = Predicate;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value, or a table of equals, in, regex, exists, at_least, at_most")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Predicate, E> {
        Ok(value.into())
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Predicate, E> {
        Ok(number.into())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Predicate, E> {
        Ok(text.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Predicate, A::Error> {
        const KEYS: &[&str] = &["equals", "in", "regex", "exists", "at_least", "at_most"];
        let mut predicate = Predicate::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "equals" | "in" if predicate.one_of.is_some() => {
                    return Err(de::Error::custom("write either equals or in"));
                }
                "equals" => predicate.one_of = Some(vec![map.next_value()?]),
                "in" => predicate.one_of = Some(map.next_value()?),
                "regex" => predicate.regex = Some(map.next_value()?),
                "exists" => predicate.exists = Some(map.next_value()?),
                "at_least" => predicate.at_least = Some(map.next_value()?),
                "at_most" => predicate.at_most = Some(map.next_value()?),
                other => return Err(de::Error::unknown_field(other, KEYS)),
            }
        }
        Ok(predicate)
    }
}
