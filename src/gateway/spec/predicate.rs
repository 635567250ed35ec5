use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};

/// A constant to compare with a value of a response.
///
/// In JSON, values of different types are never equal: `"1"` is not `1`, and `1.0` is not an
/// integer. In headers, forms and XML every value is text.
#[derive(Clone, Debug, PartialEq)]
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
    pub(in crate::gateway) all: Option<Box<Predicate>>,
    pub(in crate::gateway) any: Option<Box<Predicate>>,
    pub(in crate::gateway) exists: Option<bool>,
    pub(in crate::gateway) not: Option<Box<Predicate>>,
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

impl Predicate {
    /// Creates a predicate on a list, which requires that all its values meet the condition and
    /// that there is at least one.
    ///
    /// The values are those of a JSON pointer with `*`, which stands for every item of a list or
    /// every member of an object (`/messages/*/status`), or all XML elements with the same path.
    /// Elsewhere, it is an error when the spec is checked.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::gateway::{Outcome, Predicate, Rule};
    ///
    /// let accepted =
    ///     Rule::new(Outcome::Accepted).when_json("/messages/*/status", Predicate::all("0"));
    /// let no_credit = Rule::new(Outcome::NoCredit)
    ///     .when_json("/messages/*/status", Predicate::any(Predicate::one_of(["5", "10"])));
    /// # let _ = (accepted, no_credit);
    /// ```
    #[must_use]
    pub fn all(condition: impl Into<Self>) -> Self {
        Self { all: Some(Box::new(condition.into())), ..Self::default() }
    }

    /// Creates a predicate on a list, which requires that at least one of its values meets the
    /// condition. The values are those of [`all`](Self::all).
    #[must_use]
    pub fn any(condition: impl Into<Self>) -> Self {
        Self { any: Some(Box::new(condition.into())), ..Self::default() }
    }

    /// Creates a predicate that requires that the condition does not hold. It also holds if there
    /// is no value, unless the condition is `exists = false`.
    #[must_use]
    pub fn not(condition: impl Into<Self>) -> Self {
        Self { not: Some(Box::new(condition.into())), ..Self::default() }
    }

    /// Returns the conditions of which this one consists, including itself.
    pub(in crate::gateway) fn parts(&self) -> impl Iterator<Item = &Self> {
        let mut rest = vec![self];
        std::iter::from_fn(move || {
            let next = rest.pop()?;
            rest.extend(
                [&next.all, &next.any, &next.not].into_iter().flatten().map(|part| &**part),
            );
            Some(next)
        })
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
        f.write_str("a value, or a table with equals, in, regex, exists, at_least, at_most, all, any or not")
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
        const KEYS: &[&str] =
            &["all", "any", "at_least", "at_most", "equals", "exists", "in", "not", "regex"];
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
                "all" => predicate.all = Some(map.next_value::<NestedPredicate>()?.0),
                "any" => predicate.any = Some(map.next_value::<NestedPredicate>()?.0),
                "not" => predicate.not = Some(map.next_value::<NestedPredicate>()?.0),
                other => return Err(de::Error::unknown_field(other, KEYS)),
            }
        }
        Ok(predicate)
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl Visitor<'_> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a whole number or a Boolean")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Scalar, E> {
        Ok(value.into())
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Scalar, E> {
        Ok(number.into())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Scalar, E> {
        Ok(text.into())
    }
}

/// A condition within a condition: a value, a list of values, or a table.
struct NestedPredicate(Box<Predicate>);

impl<'de> Deserialize<'de> for NestedPredicate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(NestedPredicateVisitor)
            .map(|predicate| Self(Box::new(predicate)))
    }
}

struct NestedPredicateVisitor;

impl<'de> Visitor<'de> for NestedPredicateVisitor {
    type Value = Predicate;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value, a list of values, or a table such as { at_least = 400 }")
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

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Predicate, A::Error> {
        let mut values: Vec<Scalar> = Vec::new();
        while let Some(value) = seq.next_element()? {
            values.push(value);
        }
        Ok(Predicate::one_of(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Predicate, A::Error> {
        PredicateVisitor.visit_map(map)
    }
}
