use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The name of the only member of the object as which serde_json passes each number, if any crate
/// of the application enables its feature `arbitrary_precision`. If it were read as an object, no
/// number would match a rule, and every message would have an unknown fate.
const PRECISE_NUMBER: &str = "$serde_json::private::Number";

/// The number of members up to which they are compared without a sorted copy.
const FEW_MEMBERS: usize = 16;

/// The JSON of a response. It borrows from the body: most responses are parsed without copying a
/// string.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::gateway) enum Json<'a> {
    Array(Vec<Json<'a>>),
    Bool(bool),
    Float(f64),
    Int(i64),
    Null,
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
    Text(Cow<'a, str>),
    /// An integer above the range of `Int`.
    Unsigned(u64),
}

impl<'a> Json<'a> {
    /// Parses strict JSON of at most 128 levels.
    ///
    /// An object in which a name has two different values is not accepted: readers disagree on
    /// which of them counts (RFC 8259 §4), so the response says both that the message was accepted
    /// and that it was not.
    pub(in crate::gateway) fn parse(text: &'a str) -> Option<Self> {
        // serde_json limits the depth itself, so a nested response cannot exhaust the stack.
        serde_json::from_str(text).ok()
    }

    /// Returns whether a text has the syntax of JSON, for explanations. It may still be ambiguous
    /// or beyond a limit.
    pub(super) fn is_valid(text: &str) -> bool {
        serde_json::from_str::<IgnoredAny>(text).is_ok()
    }

    /// Copies every string that is borrowed.
    pub(in crate::gateway) fn into_owned(self) -> Json<'static> {
        match self {
            Self::Array(items) => Json::Array(items.into_iter().map(Json::into_owned).collect()),
            Self::Bool(value) => Json::Bool(value),
            Self::Float(number) => Json::Float(number),
            Self::Int(number) => Json::Int(number),
            Self::Null => Json::Null,
            Self::Object(members) => {
                let own = |(key, value): (Cow<'_, str>, Json<'_>)| {
                    (Cow::Owned(key.into_owned()), value.into_owned())
                };
                Json::Object(members.into_iter().map(own).collect())
            }
            Self::Text(text) => Json::Text(Cow::Owned(text.into_owned())),
            Self::Unsigned(number) => Json::Unsigned(number),
        }
    }

    /// Returns a member of an object. If a name appears twice, both values are the same.
    pub(in crate::gateway) fn member(&self, name: &str) -> Option<&Self> {
        let Self::Object(members) = self else { return None };
        members.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    pub(in crate::gateway) fn item(&self, index: usize) -> Option<&Self> {
        let Self::Array(items) = self else { return None };
        items.get(index)
    }

    /// Returns the items of an array, or the values of an object.
    pub(in crate::gateway) fn children(&self) -> Vec<&Self> {
        match self {
            Self::Array(items) => items.iter().collect(),
            Self::Object(members) => members.iter().map(|(_, value)| value).collect(),
            _ => Vec::new(),
        }
    }

    /// Returns the text of a scalar, and `None` for arrays, objects and `null`. A number with a
    /// fraction or beyond 64 bits has lost digits and cannot be an id, so it has no text either.
    pub(in crate::gateway) fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Bool(value) => Some(if *value { "true".into() } else { "false".into() }),
            Self::Int(number) => Some(number.to_string().into()),
            Self::Text(text) => Some((&**text).into()),
            Self::Unsigned(number) => Some(number.to_string().into()),
            Self::Array(_) | Self::Float(_) | Self::Null | Self::Object(_) => None,
        }
    }
}

impl<'de> Deserialize<'de> for Json<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Json<'de>, E> {
        Ok(Json::Int(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Json<'de>, E> {
        // serde_json reports every non-negative integer here. `Int` is preferred, because rules
        // compare with `i64`.
        Ok(i64::try_from(number).map_or(Json::Unsigned(number), Json::Int))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Json<'de>, E> {
        Ok(Json::Float(number))
    }

    fn visit_unit<E: Error>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(text.into()))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Json<'de>, E> {
        // Only a string with escapes comes here, because its text is not in the body as it is.
        Ok(Json::Text(text.to_owned().into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json<'de>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Json::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some((ObjectKey(key), value)) = map.next_entry()? {
            if members.is_empty() && key == PRECISE_NUMBER {
                return precise_number(&value);
            }
            members.push((key, value));
        }
        if has_conflict(&members) {
            return Err(A::Error::custom("expected one value for each name"));
        }
        Ok(Json::Object(members))
    }
}

/// Reads a number that serde_json passes as text.
fn precise_number<'a, E: Error>(value: &Json<'_>) -> Result<Json<'a>, E> {
    let number = value.text().and_then(|text| {
        let whole = text.parse().map(Json::Int).or_else(|_| text.parse().map(Json::Unsigned));
        whole.ok().or_else(|| text.parse().ok().filter(|n: &f64| n.is_finite()).map(Json::Float))
    });
    number.ok_or_else(|| E::custom("expected a number"))
}

/// Returns whether a name has two different values.
fn has_conflict(members: &[(Cow<'_, str>, Json<'_>)]) -> bool {
    if members.len() <= FEW_MEMBERS {
        let mut rest = members.iter();
        return members.iter().any(|(name, value)| {
            rest.next();
            rest.clone().any(|(other, twice)| other == name && twice != value)
        });
    }
    // Comparing all members of a large object with each other would take too long.
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut pairs = sorted.iter().zip(sorted.iter().skip(1));
    // Of three values, two neighbours differ as well if not all are the same.
    pairs.any(|((a, one), (b, two))| a == b && one != two)
}

/// A member's name, borrowed if it contains no escapes. Serde's own `Cow` always copies.
struct ObjectKey<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for ObjectKey<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_str(JsonVisitor)? {
            Json::Text(text) => Ok(Self(text)),
            _ => Err(D::Error::custom("expected a string as the name")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::de::value::{Error as ValueError, MapDeserializer};

    use super::*;

    #[test]
    fn numbers_are_read_with_arbitrary_precision() {
        for (text, expected) in [
            ("0", Some(Json::Int(0))),
            ("-13", Some(Json::Int(-13))),
            ("9007199254740993", Some(Json::Int(9_007_199_254_740_993))),
            ("18446744073709551615", Some(Json::Unsigned(u64::MAX))),
            ("0.5", Some(Json::Float(0.5))),
            ("18446744073709551616", Some(Json::Float(18_446_744_073_709_551_616.0))),
            ("1e400", None),
            ("x", None),
        ] {
            let number = [(PRECISE_NUMBER, text)].into_iter();
            let deserializer: MapDeserializer<'_, _, ValueError> = MapDeserializer::new(number);
            let read = Json::deserialize(deserializer);
            assert_eq!(read.ok(), expected, "{text}");
        }
    }
}
