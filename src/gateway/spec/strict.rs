//! Reads the types of a spec from a tree, each in one form only.
//!
//! The deserializer of TOML also accepts a list where a type is a table, with the values in the
//! order of the fields, and a table where it is a word. A line in the wrong section could then be
//! read as something else: `allow = ["secret-in-url"]` below `[vars]` as a variable with a default.

use serde::de::value::{
    Error, MapAccessDeserializer, MapDeserializer, SeqDeserializer, StringDeserializer,
};
use serde::de::{Deserializer, Error as _, IntoDeserializer, Unexpected, Visitor};

use super::json::Tree;

/// A value of a file.
pub(super) struct Strict(pub(super) Tree);

impl<'de> Deserializer<'de> for Strict {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Tree::Array(items) => {
                SeqDeserializer::new(items.into_iter().map(Strict)).deserialize_any(visitor)
            }
            Tree::Bool(value) => visitor.visit_bool(value),
            Tree::Float(number) => visitor.visit_f64(number),
            Tree::Int(number) => visitor.visit_i64(number),
            Tree::Null => visitor.visit_unit(),
            Tree::Object(members) => table(members).deserialize_any(visitor),
            Tree::Text(text) => visitor.visit_string(text),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0 {
            Tree::Text(word) => {
                let word: StringDeserializer<Error> = word.into_deserializer();
                visitor.visit_enum(word)
            }
            Tree::Object(members) if members.len() == 1 => {
                visitor.visit_enum(MapAccessDeserializer::new(table(members)))
            }
            Tree::Object(_) => Err(Error::custom("expected a table with exactly one key")),
            _ => Err(Error::custom("expected a string or a table")),
        }
    }

    // The content of a variant is asked for as a map.
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Tree::Array(_) => Err(Error::invalid_type(Unexpected::Seq, &"a table")),
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

impl IntoDeserializer<'_, Error> for Strict {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

type Members<'de> = MapDeserializer<'de, Box<dyn Iterator<Item = (String, Strict)> + 'de>, Error>;

fn table<'de>(members: Vec<(String, Tree)>) -> Members<'de> {
    MapDeserializer::new(Box::new(members.into_iter().map(|(key, value)| (key, Strict(value)))))
}
