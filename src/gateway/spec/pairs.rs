use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// Names and values in the order in which they were written. A name can occur more than once.
///
/// ```toml
/// headers = { Accept = "application/json", X-Tag = ["a", "b"] }
/// form = [{ name = "to", value = "{{to}}" }, { name = "text", value = "{{text}}" }]
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub(in crate::gateway) struct Pairs(pub(in crate::gateway) Vec<(String, String)>);

impl Pairs {
    pub(in crate::gateway) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PairsVisitor)
    }
}

struct PairsVisitor;

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Pairs;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of strings, or a list of { name, value }")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
        let mut pairs = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            let PairTexts(values) = map.next_value()?;
            pairs.extend(values.into_iter().map(|value| (name.clone(), value)));
        }
        Ok(Pairs(pairs))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Pairs, A::Error> {
        let mut pairs = Vec::new();
        while let Some(Pair { name, value: PairText(value) }) = seq.next_element()? {
            pairs.push((name, value));
        }
        Ok(Pairs(pairs))
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    name: String,
    value: PairText,
}

/// A string, or an integer or Boolean that stands without quotes.
struct PairText(String);

/// A string or a list of strings.
struct PairTexts(Vec<String>);

impl<'de> Deserialize<'de> for PairText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // `PairTexts` reads a single value as a list of one item, so both accept the same types.
        let PairTexts(values) = PairTexts::deserialize(deserializer)?;
        match <[String; 1]>::try_from(values) {
            Ok([value]) => Ok(Self(value)),
            Err(_) => Err(de::Error::custom("expected one string")),
        }
    }
}

impl<'de> Deserialize<'de> for PairTexts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextsVisitor)
    }
}

struct TextsVisitor;

impl<'de> Visitor<'de> for TextsVisitor {
    type Value = PairTexts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or a list of strings")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<PairTexts, E> {
        Ok(PairTexts(vec![text.to_owned()]))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<PairTexts, E> {
        Ok(PairTexts(vec![number.to_string()]))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<PairTexts, E> {
        Ok(PairTexts(vec![value.to_string()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<PairTexts, A::Error> {
        let mut texts = Vec::new();
        while let Some(PairText(text)) = seq.next_element()? {
            texts.push(text);
        }
        Ok(PairTexts(texts))
    }
}

/// Reads a table as a list of names and values, and keeps the written order.
pub(in crate::gateway) fn table<'de, D, K, T>(deserializer: D) -> Result<Vec<(K, T)>, D::Error>
where
    D: Deserializer<'de>,
    K: Deserialize<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_map(TableVisitor(PhantomData))
}

struct TableVisitor<K, T>(PhantomData<(K, T)>);

impl<'de, K: Deserialize<'de>, T: Deserialize<'de>> Visitor<'de> for TableVisitor<K, T> {
    type Value = Vec<(K, T)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        // Not a map, which would lose the order. Errors and written TOML follow it.
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(entries)
    }
}
