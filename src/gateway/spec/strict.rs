//! Reads the types of a spec from a tree, each in one form only.
//!
//! The deserializer of TOML also accepts a list where a type is a table, with the values in the
//! order of the fields, and a table where it is a word. A line in the wrong section could then be
//! read as something else: `allow = ["secret-in-url"]` below `[vars]` as a variable with a default.

use std::borrow::Cow;
use std::iter;

use serde::de::value::{
    CowStrDeserializer, Error, MapAccessDeserializer, MapDeserializer, SeqDeserializer,
};
use serde::de::{Deserializer, Error as _, IntoDeserializer, Unexpected, Visitor};
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use toml::map::IntoIter;

/// A value of a file.
pub(super) struct Strict<'de>(DeValue<'de>);

/// The reason why a text is not TOML.
pub(super) struct NotToml {
    /// The number of the line, from 1.
    pub(super) line: usize,
    pub(super) problem: String,
}

impl<'de> Strict<'de> {
    /// Parses a file.
    pub(super) fn parse(text: &'de str) -> Result<Self, NotToml> {
        let table = DeTable::parse(text).map_err(|error| {
            // Use the message and the line number only: the parser's full text quotes the line,
            // which may contain a secret.
            let at = error.span().map_or(0, |span| span.start);
            let line = text.get(..at).unwrap_or_default().matches('\n').count().saturating_add(1);
            // The name of a key is no value, so it can be shown.
            let key = error.span().filter(|_| error.message() == "duplicate key");
            let problem = match key.and_then(|span| text.get(span)) {
                Some(key) => format!("duplicate key `{key}`"),
                None => error.message().to_owned(),
            };
            NotToml { line, problem }
        })?;
        Ok(Self(DeValue::Table(table.into_inner())))
    }
}

impl<'de> Deserializer<'de> for Strict<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            DeValue::Array(items) => {
                let items = items.into_iter().map(|item| Strict(item.into_inner()));
                SeqDeserializer::new(items).deserialize_any(visitor)
            }
            DeValue::Boolean(value) => visitor.visit_bool(value),
            DeValue::Datetime(_) => {
                Err(Error::custom("dates are not supported: write the date as a string"))
            }
            DeValue::Float(number) => visitor.visit_f64(read(number.as_str().parse().ok())?),
            DeValue::Integer(number) => {
                visitor.visit_i64(read(i64::from_str_radix(number.as_str(), number.radix()).ok())?)
            }
            DeValue::String(Cow::Borrowed(text)) => visitor.visit_borrowed_str(text),
            DeValue::String(Cow::Owned(text)) => visitor.visit_string(text),
            DeValue::Table(members) => table(members).deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0 {
            DeValue::String(word) => {
                let word: CowStrDeserializer<'_, Error> = word.into_deserializer();
                visitor.visit_enum(word)
            }
            DeValue::Table(members) if members.len() == 1 => {
                visitor.visit_enum(MapAccessDeserializer::new(table(members)))
            }
            DeValue::Table(_) => Err(Error::custom("expected a table with exactly one key")),
            _ => Err(Error::custom("expected a string or a table")),
        }
    }

    // The content of a variant is asked for as a map.
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            DeValue::Array(_) => Err(Error::invalid_type(Unexpected::Seq, &"a table")),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    // The content of a word that is written as a key.
    fn deserialize_unit<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Error> {
        Err(Error::custom("expected a string instead of a table"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit_struct newtype_struct seq tuple tuple_struct identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Error> for Strict<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

fn read<N>(number: Option<N>) -> Result<N, Error> {
    number.ok_or_else(|| Error::custom("the number is too large"))
}

/// A key and a value as the parser returns them.
type Parsed<'de> = (Spanned<Cow<'de, str>>, Spanned<DeValue<'de>>);
type StrictMember<'de> = (Cow<'de, str>, Strict<'de>);
type StrictMembers<'de> = iter::Map<
    IntoIter<Spanned<Cow<'de, str>>, Spanned<DeValue<'de>>>,
    fn(Parsed<'de>) -> StrictMember<'de>,
>;

fn table<'de>(members: DeTable<'de>) -> MapDeserializer<'de, StrictMembers<'de>, Error> {
    let member: fn(Parsed<'de>) -> StrictMember<'de> =
        |(key, value)| (key.into_inner(), Strict(value.into_inner()));
    MapDeserializer::new(members.into_iter().map(member))
}
