//! A deserializer that writes down what a type asks of it. Types that are private are seen as well,
//! because they are reached through those that hold them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

/// A document, as TOML could hold it.
#[derive(Clone, Debug)]
pub(super) enum Doc {
    Bool(bool),
    Float(f64),
    Int(i64),
    List(Vec<Doc>),
    Table(Vec<(String, Doc)>),
    Text(String),
}

impl Doc {
    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    pub(super) fn entry(key: &str, value: Self) -> Self {
        Self::Table(vec![(key.to_owned(), value)])
    }
}

/// A reason why a document was refused.
#[derive(Clone, Debug)]
pub(super) enum Complaint {
    MissingField(&'static str),
    Other(String),
    UnknownField(&'static [&'static str]),
    UnknownVariant(&'static [&'static str]),
    WrongType,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other(message) => f.write_str(message),
            other => write!(f, "{other:?}"),
        }
    }
}

impl std::error::Error for Complaint {}

impl de::Error for Complaint {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Other(message.to_string())
    }

    fn invalid_type(_: de::Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self::WrongType
    }

    fn unknown_variant(_: &str, known: &'static [&'static str]) -> Self {
        Self::UnknownVariant(known)
    }

    fn unknown_field(_: &str, known: &'static [&'static str]) -> Self {
        Self::UnknownField(known)
    }

    fn missing_field(name: &'static str) -> Self {
        Self::MissingField(name)
    }
}

/// A question of a type to its deserializer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Enum(&'static [&'static str]),
    Struct(&'static [&'static str]),
}

/// The trace of one place in a document.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) asked: Vec<Asked>,
    pub(super) complaint: Option<Complaint>,
    pub(super) type_name: &'static str,
}

/// The traces of all places, by their paths.
#[derive(Debug, Default)]
pub(super) struct Log(RefCell<BTreeMap<String, Seen>>);

impl Log {
    pub(super) fn get(&self, path: &str) -> Option<Seen> {
        self.0.borrow().get(path).cloned()
    }

    fn at(&self, path: &str, change: impl FnOnce(&mut Seen)) {
        change(self.0.borrow_mut().entry(path.to_owned()).or_default());
    }
}

/// One place in a document, as a deserializer.
pub(super) struct Node<'l> {
    pub(super) doc: &'l Doc,
    pub(super) log: &'l Log,
    pub(super) path: String,
}

impl<'l> Node<'l> {
    fn child(&self, doc: &'l Doc, name: &str) -> Self {
        Node { doc, log: self.log, path: format!("{}/{name}", self.path) }
    }

    /// Gives the type this place, and notes its name and its complaint.
    pub(super) fn watch<'de, S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<S::Value, Complaint> {
        let (log, path) = (self.log, self.path.clone());
        log.at(&path, |seen| seen.type_name = std::any::type_name::<S::Value>());
        let result = seed.deserialize(self);
        log.at(&path, |seen| seen.complaint = result.as_ref().err().cloned());
        result
    }

    fn ask(&self, asked: Asked) {
        self.log.at(&self.path, |seen| seen.asked.push(asked));
    }

    /// Gives the type what the document holds here, whatever was asked for. So does TOML.
    fn offer<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Complaint> {
        match self.doc {
            Doc::Bool(value) => visitor.visit_bool(*value),
            Doc::Float(number) => visitor.visit_f64(*number),
            Doc::Int(number) => visitor.visit_i64(*number),
            Doc::List(items) => visitor.visit_seq(Items { node: &self, items, next: 0 }),
            Doc::Table(entries) => visitor.visit_map(Entries { node: &self, entries, next: 0 }),
            Doc::Text(text) => visitor.visit_str(text),
        }
    }
}

impl<'de> Deserializer<'de> for Node<'_> {
    type Error = Complaint;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Complaint> {
        self.offer(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Complaint> {
        self.ask(Asked::Struct(fields));
        match self.doc {
            Doc::List(_) => Err(Complaint::WrongType),
            _ => self.offer(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Complaint> {
        self.ask(Asked::Enum(variants));
        visitor.visit_enum(self)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Complaint> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Complaint> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

struct Items<'n, 'l> {
    node: &'n Node<'l>,
    items: &'l [Doc],
    next: usize,
}

impl<'de> SeqAccess<'de> for Items<'_, '_> {
    type Error = Complaint;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Complaint> {
        let Some(item) = self.items.get(self.next) else { return Ok(None) };
        let child = self.node.child(item, &self.next.to_string());
        self.next += 1;
        child.watch(seed).map(Some)
    }
}

struct Entries<'n, 'l> {
    node: &'n Node<'l>,
    entries: &'l [(String, Doc)],
    next: usize,
}

impl<'de> MapAccess<'de> for Entries<'_, '_> {
    type Error = Complaint;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Complaint> {
        let Some((key, _)) = self.entries.get(self.next) else { return Ok(None) };
        let key: de::value::StrDeserializer<'_, Complaint> = key.as_str().into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Complaint> {
        let (key, value) = &self.entries[self.next];
        self.next += 1;
        self.node.child(value, key).watch(seed)
    }
}

impl<'de, 'l> EnumAccess<'de> for Node<'l> {
    type Error = Complaint;
    type Variant = Variant<'l>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Variant<'l>), Complaint> {
        let (word, content) = match self.doc {
            Doc::Text(word) => (word, None),
            Doc::Table(entries) => match entries.as_slice() {
                [(word, value)] => (word, Some(self.child(value, word))),
                _ => return Err(Complaint::WrongType),
            },
            _ => return Err(Complaint::WrongType),
        };
        let word: de::value::StrDeserializer<'_, Complaint> = word.as_str().into_deserializer();
        Ok((seed.deserialize(word)?, Variant(content)))
    }
}

/// The content of a variant, or `None` if it stands as a word.
pub(super) struct Variant<'l>(Option<Node<'l>>);

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = Complaint;

    fn unit_variant(self) -> Result<(), Complaint> {
        if self.0.is_none() { Ok(()) } else { Err(Complaint::WrongType) }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Complaint> {
        self.0.ok_or(Complaint::WrongType)?.watch(seed)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Complaint> {
        Err(Complaint::WrongType)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Complaint> {
        let node = self.0.ok_or(Complaint::WrongType)?;
        let (log, path) = (node.log, node.path.clone());
        let result = node.deserialize_struct("", fields, visitor);
        log.at(&path, |seen| seen.complaint = result.as_ref().err().cloned());
        result
    }
}
