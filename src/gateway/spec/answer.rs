use std::fmt;

use serde::de::{self, Deserialize, Deserializer, IntoDeserializer, SeqAccess, Visitor};

use super::outcome::Outcome;
use super::pairs::table;
use super::predicate::Scalar;
use super::retry_after::RetryAfterSpec;

/// The places of values in all responses of a gateway, and the meaning of its codes: `[answer]` in
/// TOML.
///
/// The places are those of a [`Rule`](crate::gateway::Rule). They apply to every response,
/// whichever rule or status decides, so that no refusal loses the gateway's own code and words. A
/// value that the matching rule itself extracts comes first. Of several places, the first that has
/// a value counts.
///
/// # Examples
///
/// Errors are in JSON:
///
/// ```
/// use otpost::gateway::{AnswerSpec, GatewaySpec, Outcome};
///
/// let spec = GatewaySpec::builder("acme", "Acme SMS")
///     .post("https://sms.acme.example/send")
///     .form("to", "{{to}}")
///     .form("text", "{{text}}")
///     .answer(
///         AnswerSpec::new()
///             .with_code("/messages/0/error/code")
///             .with_code("/error/code")
///             .with_message("/error/description")
///             .with_codes(Outcome::Unauthorized, [1, 2, 3])
///             .with_codes(Outcome::NoCredit, [20, 46]),
///     )
///     .build();
/// # let _ = spec;
/// ```
///
/// Errors are a line of text, such as `ERR: 301, no credit left`:
///
/// ```
/// use otpost::gateway::{AnswerSpec, Outcome};
///
/// let answer = AnswerSpec::new()
///     .with_body_regex(r"^ERR: (?P<code>[0-9]+), (?P<words>.*)")
///     .with_code("group:code")
///     .with_message("group:words")
///     .with_codes(Outcome::Unauthorized, ["001", "002"])
///     .with_codes(Outcome::NoCredit, [301]);
/// # let _ = answer;
/// ```
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerSpec {
    #[serde(default)]
    pub(in crate::gateway) body_regex: Option<String>,
    #[serde(default)]
    pub(in crate::gateway) message_id: AnswerPlaces,
    #[serde(default)]
    pub(in crate::gateway) code: AnswerPlaces,
    #[serde(default)]
    pub(in crate::gateway) message: AnswerPlaces,
    #[serde(default)]
    pub(in crate::gateway) retry_after: Option<RetryAfterSpec>,
    #[serde(default, deserialize_with = "codes")]
    pub(in crate::gateway) codes: Vec<(Outcome, Vec<Scalar>)>,
    #[serde(default)]
    pub(in crate::gateway) other_codes: Option<Outcome>,
}

impl AnswerSpec {
    /// Creates an empty description.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a regular expression whose named groups are places: `group:code` is the text of
    /// `(?P<code>…)`. Only the first 4 KiB of a body are searched. If the match ends there and the
    /// body does not, no group has a value. A longer body whose code is not found is not a
    /// success by its status alone.
    ///
    /// A rule has its own expression, so `group:name` in a rule is a group of that rule. Checking
    /// the spec fails if the expression is not valid or too large, or if no place names one of its
    /// groups.
    #[must_use]
    pub fn with_body_regex(mut self, regex: impl Into<String>) -> Self {
        self.body_regex = Some(regex.into());
        self
    }

    /// Adds a place of the gateway's message id.
    #[must_use]
    pub fn with_message_id(mut self, at: impl Into<String>) -> Self {
        self.message_id.0.push(at.into());
        self
    }

    /// Adds a place of the gateway's error code.
    #[must_use]
    pub fn with_code(mut self, at: impl Into<String>) -> Self {
        self.code.0.push(at.into());
        self
    }

    /// Adds a place of the gateway's error message.
    #[must_use]
    pub fn with_message(mut self, at: impl Into<String>) -> Self {
        self.message.0.push(at.into());
        self
    }

    /// Sets the place of the time to wait before a retry, a number of seconds or a date. See
    /// [`Rule::with_retry_after`](crate::gateway::Rule::with_retry_after).
    #[must_use]
    pub fn with_retry_after(mut self, at: impl Into<String>) -> Self {
        self.retry_after = Some(RetryAfterSpec::seconds(at.into()));
        self
    }

    /// Sets the place of the time to wait before a retry, a number of milliseconds.
    #[must_use]
    pub fn with_retry_after_ms(mut self, at: impl Into<String>) -> Self {
        self.retry_after = Some(RetryAfterSpec::milliseconds(at.into()));
        self
    }

    /// Adds codes with this meaning. They are compared with the value at the first place of the
    /// code that has one; `7` also equals the text `7`. A text such as `"400-499"` is a range of
    /// whole numbers, both ends included.
    ///
    /// A rule decides before the codes do, except a rule for [`Outcome::Accepted`]: a response that
    /// contains the code of an error is not a success. Codes for `Accepted` require a status from
    /// 200 to 299. Checking the spec fails if it has codes and no place of the code, or if a code
    /// is listed twice.
    #[must_use]
    pub fn with_codes<S: Into<Scalar>>(
        mut self,
        outcome: Outcome,
        codes: impl IntoIterator<Item = S>,
    ) -> Self {
        let codes = codes.into_iter().map(Into::into);
        match self.codes.iter_mut().find(|(known, _)| *known == outcome) {
            Some((_, known)) => known.extend(codes),
            None => self.codes.push((outcome, codes.collect())),
        }
        self
    }

    /// Sets the meaning of codes that are not listed. By default, they decide nothing: a
    /// rule for [`Outcome::Accepted`] can match. If none does, the response is
    /// [`Outcome::Unknown`] with a status from 200 to 299, and the status decides otherwise.
    ///
    /// Like a listed code, it decides before a rule for [`Outcome::Accepted`], so list the code of
    /// success as well. Checking the spec fails for the outcomes `Accepted` and
    /// [`Duplicate`](Outcome::Duplicate), which an unknown code does not prove, and if there is no
    /// place of the code.
    #[must_use]
    pub fn with_other_codes(mut self, outcome: Outcome) -> Self {
        self.other_codes = Some(outcome);
        self
    }
}

fn codes<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<(Outcome, Vec<Scalar>)>, D::Error> {
    let lists: Vec<(OutcomeKey, Vec<Scalar>)> = table(deserializer)?;
    Ok(lists.into_iter().map(|(OutcomeKey(outcome), codes)| (outcome, codes)).collect())
}

/// An outcome that is the key of a table. It is read as a text: the path of an error does not
/// contain other keys.
struct OutcomeKey(Outcome);

impl<'de> Deserialize<'de> for OutcomeKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_identifier(OutcomeKeyVisitor)
    }
}

struct OutcomeKeyVisitor;

impl Visitor<'_> for OutcomeKeyVisitor {
    type Value = OutcomeKey;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an outcome")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<OutcomeKey, E> {
        Outcome::deserialize(text.into_deserializer()).map(OutcomeKey)
    }
}

/// One place, or a list of places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::gateway) struct AnswerPlaces(pub(in crate::gateway) Vec<String>);

impl<'de> Deserialize<'de> for AnswerPlaces {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnswerPlacesVisitor)
    }
}

struct AnswerPlacesVisitor;

impl<'de> Visitor<'de> for AnswerPlacesVisitor {
    type Value = AnswerPlaces;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a place such as \"/error/code\", or a list of places")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<AnswerPlaces, E> {
        Ok(AnswerPlaces(vec![text.to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<AnswerPlaces, A::Error> {
        let mut places = Vec::new();
        while let Some(place) = seq.next_element()? {
            places.push(place);
        }
        Ok(AnswerPlaces(places))
    }
}
