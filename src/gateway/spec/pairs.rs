use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};

/// Names and values in the order in which they were written. A name can occur more than once.
///
/// ```toml
/// headers = { Accept = "application/json", X-Tag = ["a", "b"] }
/// form = [{ name = "to", value = "{{to}}" }, { name = "text", value = "{{text}}" }]
/// ```
#[derive(Clone, PartialEq)]
pub(in crate::gateway) struct Pairs<V>(pub(in crate::gateway) Vec<(String, V)>);

impl<V> Default for Pairs<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V> Pairs<V> {
    pub(in crate::gateway) fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Pairs<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PairsVisitor(PhantomData))
    }
}

struct PairsVisitor<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for PairsVisitor<V> {
    type Value = Pairs<V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of values, or a list of { name, value }")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<V>, A::Error> {
        let mut pairs = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            let PairValues(values) = map.next_value()?;
            pairs.extend(values.into_iter().map(|value| (name.clone(), value)));
        }
        Ok(Pairs(pairs))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Pairs<V>, A::Error> {
        let mut pairs = Vec::new();
        while let Some(Pair { name, value }) = seq.next_element()? {
            pairs.push((name, value));
        }
        Ok(Pairs(pairs))
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair<V> {
    name: String,
    value: V,
}

/// A value or a list of values.
struct PairValues<V>(Vec<V>);

impl<'de, V: Deserialize<'de>> Deserialize<'de> for PairValues<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PairValuesVisitor(PhantomData))
    }
}

struct PairValuesVisitor<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for PairValuesVisitor<V> {
    type Value = PairValues<V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or a list of values")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(PairValues(vec![V::deserialize(text.into_deserializer())?]))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(PairValues(vec![V::deserialize(number.into_deserializer())?]))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(PairValues(vec![V::deserialize(value.into_deserializer())?]))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Ok(PairValues(vec![V::deserialize(de::value::MapAccessDeserializer::new(map))?]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element()? {
            values.push(value);
        }
        Ok(PairValues(values))
    }
}

/// A text, or an integer or Boolean that stands without quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::gateway) struct PlainText(pub(in crate::gateway) String);

impl<'de> Deserialize<'de> for PlainText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PlainTextVisitor)
    }
}

struct PlainTextVisitor;

impl<'de> Visitor<'de> for PlainTextVisitor {
    type Value = PlainText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<PlainText, E> {
        Ok(PlainText(text.to_owned()))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<PlainText, E> {
        Ok(PlainText(number.to_string()))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<PlainText, E> {
        Ok(PlainText(value.to_string()))
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
