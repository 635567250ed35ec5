use serde::Deserialize;

use super::outcome::Outcome;
use super::pairs::table;
use super::predicate::Predicate;
use super::retry_after::RetryAfterSpec;
use super::status::StatusSet;

/// A response rule: conditions on a response, and its outcome if all of them hold.
///
/// The rules of a spec are tried in order, and the first rule that matches decides. A code of an
/// error in the [`AnswerSpec`](super::AnswerSpec) decides before a rule for [`Outcome::Accepted`].
/// Without a status, a rule for `Accepted` matches only status 200 to 299.
///
/// The conditions of all calls must hold, even if two concern the same value. Only several statuses
/// are alternatives. A second call of [`when_body_equals`](Self::when_body_equals), of
/// [`when_body_regex`](Self::when_body_regex) or of a `with_` method replaces the first.
///
/// # Places
///
/// The `with_` methods take the place of a value in the response:
///
/// | place | value |
/// |---|---|
/// | `/messages/0/id` | a value in the JSON, at a JSON pointer (RFC 6901) |
/// | `header:X-Request-Id` | a header |
/// | `cookie:SID` | a cookie that the response sets |
/// | `form:id` | a field of the URL-encoded body |
/// | `xml:/response/id` | an element or attribute of the XML (feature `xml`) |
/// | `group:name` | a group `(?P<name>…)` of [`when_body_regex`](Self::when_body_regex) |
/// | `body` | the whole body |
/// | `sent` | the id of the message itself, for [`with_message_id`](Self::with_message_id) |
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
/// A place is a JSON pointer (`/id`, RFC 6901), `header:Name`, `cookie:NAME`, `form:key`,
/// `xml:/response/element`, `body`, or `group:name` for a named group of the rule's `body_regex`.
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
    pub(in crate::gateway) retry_after: Option<RetryAfterSpec>,
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

    /// Sets the [place](crate::guide::gateway_spec#places) of the gateway's message id, for
    /// [`Outcome::Accepted`]. An id of more than 256 bytes, or with control characters, is ignored.
    #[must_use]
    pub fn with_message_id(mut self, at: impl Into<String>) -> Self {
        self.then.message_id = Some(at.into());
        self
    }

    /// Sets the [place](crate::guide::gateway_spec#places) of the gateway's error code.
    ///
    /// Errors contain it only if it is visible ASCII of at most 64 bytes, and repeats no secret,
    /// code, phone number or text.
    #[must_use]
    pub fn with_code(mut self, at: impl Into<String>) -> Self {
        self.then.code = Some(at.into());
        self
    }

    /// Sets the [place](crate::guide::gateway_spec#places) of the gateway's error message.
    ///
    /// A message of more than 1 KiB, or with control characters, is ignored.
    #[must_use]
    pub fn with_message(mut self, at: impl Into<String>) -> Self {
        self.then.message = Some(at.into());
        self
    }

    /// Sets the [place](crate::guide::gateway_spec#places) of the time to wait before a retry, a
    /// number of seconds or a date (RFC 9110 or RFC 3339). More than a day counts as a day. For
    /// milliseconds, see [`with_retry_after_ms`](Self::with_retry_after_ms).
    ///
    /// Defaults to the place in the [`AnswerSpec`](crate::gateway::AnswerSpec), and then to the
    /// header `Retry-After`, which also apply if the response has no value at this place, or if no
    /// rule matches. The time is used for the outcomes `Throttled` and `Unavailable` only.
    #[must_use]
    pub fn with_retry_after(mut self, at: impl Into<String>) -> Self {
        self.then.retry_after = Some(RetryAfterSpec::seconds(at.into()));
        self
    }

    /// Sets the place of the time to wait before a retry, a number of milliseconds. Everything else
    /// is as for [`with_retry_after`](Self::with_retry_after).
    #[must_use]
    pub fn with_retry_after_ms(mut self, at: impl Into<String>) -> Self {
        self.then.retry_after = Some(RetryAfterSpec::milliseconds(at.into()));
        self
    }
}
