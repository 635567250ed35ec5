use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};

use super::pairs::table;
use super::status::StatusSet;

/// The meaning of a gateway's response.
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
    /// The gateway accepted the message.
    Accepted,
    /// The gateway has blocked the account, the sender or the route.
    Blocked,
    /// The phone number is invalid or cannot receive SMS.
    InvalidRecipient,
    /// The request is invalid for this gateway, for example because of a missing field.
    Misconfigured,
    /// The account has no credit left.
    NoCredit,
    /// A regulation of the destination forbids the message.
    Regulatory,
    /// A rate limit of the gateway was exceeded. The message was not sent.
    Throttled,
    /// The gateway rejected the credentials.
    Unauthorized,
    /// The gateway is temporarily unavailable. The message was not sent.
    Unavailable,
    /// The response does not show whether the gateway accepted the message.
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

/// A response rule: conditions on a response, and its outcome if all of them hold.
///
/// The rules of a spec are tried in order, and the first rule that matches decides. A rule for
/// [`Outcome::Accepted`] without a status matches only status 200 to 299.
///
/// The conditions of all calls must hold, even if two concern the same value. Only several statuses
/// are alternatives. A second call of [`when_body_equals`](Self::when_body_equals), of
/// [`when_body_regex`](Self::when_body_regex) or of a `with_` method replaces the first.
///
/// # Examples
///
/// ```
/// use otpost::gateway::{Outcome, Rule};
///
/// let rule = Rule::new(Outcome::Throttled)
///     .when_json("/responseCode", 13)
///     .with_code("/responseCode");
/// # let _ = rule;
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    #[serde(default)]
    pub(in crate::gateway) when: When,
    pub(in crate::gateway) then: Then,
}

/// The conditions of a rule. All of them must hold.
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

/// The outcome of a rule, and the places of the values to extract from the response.
///
/// A place is a JSON pointer (`/id`, RFC 6901), `header:Name`, `form:key`, `xml:/response/element`,
/// or `group:name` for a named group of the rule's `body_regex`.
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
    /// Creates a rule without conditions, which matches every response.
    ///
    /// A rule for [`Outcome::Accepted`] needs at least one condition. Otherwise, checking the spec
    /// fails.
    #[must_use]
    pub fn new(outcome: Outcome) -> Self {
        let then = Then { outcome, message_id: None, code: None, message: None, retry_after: None };
        Self { when: When::default(), then }
    }

    /// Requires this HTTP status. Further calls add alternatives.
    #[must_use]
    pub fn when_status(self, status: u16) -> Self {
        self.when_status_in(status, status)
    }

    /// Requires an HTTP status from `first` to `last`, both included. Further calls add
    /// alternatives. A single range with `first` above `last` is an error when the spec is checked.
    #[must_use]
    pub fn when_status_in(mut self, first: u16, last: u16) -> Self {
        self.when.status.get_or_insert_default().add(first, last);
        self
    }

    /// Requires that a header meets the condition. If it occurs more than once, one of its values
    /// must.
    #[must_use]
    pub fn when_header(mut self, name: impl Into<String>, is: impl Into<Predicate>) -> Self {
        self.when.header.push((name.into(), is.into()));
        self
    }

    /// Requires that the body equals this text. Leading and trailing white space is ignored.
    #[must_use]
    pub fn when_body_equals(mut self, text: impl Into<String>) -> Self {
        self.when.body_equals = Some(text.into());
        self
    }

    /// Requires that the body is empty or consists of white space: `body_empty = true` in TOML.
    #[must_use]
    pub fn when_body_empty(mut self) -> Self {
        self.when.body_empty = Some(true);
        self
    }

    /// Requires that the regular expression matches in the first 4 KiB of the body.
    ///
    /// Anchor it with `^` or `$`: `accepted` also matches in `not accepted`. If the match ends
    /// exactly at 4 KiB and the body is longer, the outcome is [`Outcome::Unknown`].
    ///
    /// A compiled expression may take at most 8 KiB, and all expressions of a spec at most 32 KiB.
    #[must_use]
    pub fn when_body_regex(mut self, regex: impl Into<String>) -> Self {
        self.when.body_regex = Some(regex.into());
        self
    }

    /// Requires a JSON body in which the value at the pointer (RFC 6901) meets the condition. A
    /// body that is not JSON does not match, even if the condition is [`Predicate::exists`] with
    /// `false`.
    #[must_use]
    pub fn when_json(mut self, pointer: impl Into<String>, is: impl Into<Predicate>) -> Self {
        self.when.json.push((pointer.into(), is.into()));
        self
    }

    /// Requires a form body (`OK&id=1`) in which the field meets the condition.
    ///
    /// A name without `=` has an empty value.
    #[must_use]
    pub fn when_form(mut self, key: impl Into<String>, is: impl Into<Predicate>) -> Self {
        self.when.form.push((key.into(), is.into()));
        self
    }

    /// Requires an XML body in which the element or attribute at the path meets the condition.
    ///
    /// Examples of paths: `/response/element` (the first one), `/response/element[2]`,
    /// `/response/@attribute`. Namespaces are ignored. The value of an element is its own text,
    /// without child elements and surrounding white space. A body that is not XML does not match.
    /// Without the feature `xml`, checking the spec fails.
    #[must_use]
    pub fn when_xml(mut self, path: impl Into<String>, is: impl Into<Predicate>) -> Self {
        self.when.xml.push((path.into(), is.into()));
        self
    }

    /// Sets the [place](crate::guide::gateway_spec#responses) of the gateway's message id, for
    /// [`Outcome::Accepted`]. An id of more than 256 bytes, or with control characters, is ignored.
    #[must_use]
    pub fn with_message_id(mut self, at: impl Into<String>) -> Self {
        self.then.message_id = Some(at.into());
        self
    }

    /// Sets the [place](crate::guide::gateway_spec#responses) of the gateway's error code.
    ///
    /// Errors contain it only if it is visible ASCII of at most 64 bytes and not confidential.
    #[must_use]
    pub fn with_code(mut self, at: impl Into<String>) -> Self {
        self.then.code = Some(at.into());
        self
    }

    /// Sets the [place](crate::guide::gateway_spec#responses) of the gateway's error message.
    ///
    /// A message of more than 1 KiB, or with control characters, is ignored.
    #[must_use]
    pub fn with_message(mut self, at: impl Into<String>) -> Self {
        self.then.message = Some(at.into());
        self
    }

    /// Sets the [place](crate::guide::gateway_spec#responses) of the time to wait before a retry, a
    /// number of seconds or an HTTP date. More than a day counts as a day.
    ///
    /// Defaults to the header `Retry-After`, which also applies if the response has no value at
    /// this place, or if no rule matches. The time is used for the outcomes `Throttled` and
    /// `Unavailable` only.
    #[must_use]
    pub fn with_retry_after(mut self, at: impl Into<String>) -> Self {
        self.then.retry_after = Some(at.into());
        self
    }
}

/// A constant to compare with a value of a response.
///
/// In JSON, values of different types are never equal: `"1"` is not `1`, and `1.0` is not an
/// integer. In headers, forms and XML every value is text.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Scalar {
    /// A Boolean. In headers, forms and XML, it equals the text `true` or `false`.
    Bool(bool),
    /// An integer. In headers, forms and XML, it equals its digits. Leading zeros are ignored.
    Int(i64),
    /// A text. The comparison is case-sensitive.
    Text(String),
}

/// A condition on one value of a response.
///
/// A single value (`13`, `"OK"`, `true`) converts into a predicate that requires this value. In
/// TOML, a predicate can have several parts, such as `regex` and `at_least`. All of them must hold.
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
    /// Creates a predicate that requires the value to be present (`true`) or absent (`false`).
    ///
    /// A JSON `null` counts as absent.
    #[must_use]
    pub fn exists(exists: bool) -> Self {
        Self { exists: Some(exists), ..Self::default() }
    }

    /// Creates a predicate that requires one of these values.
    #[must_use]
    pub fn one_of<S: Into<Scalar>>(values: impl IntoIterator<Item = S>) -> Self {
        Self { one_of: Some(values.into_iter().map(Into::into).collect()), ..Self::default() }
    }

    /// Creates a predicate that requires a match of the regular expression in the value, which can
    /// be a text, an integer or a Boolean.
    ///
    /// The first 4 KiB of the value are searched. A match that ends exactly there does not count if
    /// the value is longer.
    #[must_use]
    pub fn regex(regex: impl Into<String>) -> Self {
        Self { regex: Some(regex.into()), ..Self::default() }
    }

    /// Creates a predicate that requires an integer from `least` to `most`, both included.
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
        f.write_str("a value, or a table with equals, in, regex, exists, at_least or at_most")
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
