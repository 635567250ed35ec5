use std::collections::HashSet;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// The value of `request.json`: a tree written in TOML, or JSON text. Both are parsed before a
/// value is inserted.
#[derive(Clone, PartialEq)]
pub(in crate::gateway) enum JsonSpec {
    Text(String),
    Tree(Tree),
}

/// A JSON value whose members keep their order.
#[derive(Clone, PartialEq)]
pub(in crate::gateway) enum Tree {
    Array(Vec<Tree>),
    Bool(bool),
    Float(f64),
    Int(i64),
    Null,
    Object(Vec<(String, Tree)>),
    Text(String),
}

impl JsonSpec {
    /// Returns whether one of the texts in the tree, or the JSON text, meets a condition.
    pub(super) fn has_text(&self, meets: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Self::Text(text) => meets(text),
            Self::Tree(tree) => tree.has_text(meets),
        }
    }
}

impl Tree {
    /// Returns whether one of the texts in the tree meets a condition.
    pub(super) fn has_text(&self, meets: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Self::Array(items) => items.iter().any(|item| item.has_text(meets)),
            Self::Bool(_) | Self::Float(_) | Self::Int(_) | Self::Null => false,
            Self::Object(members) => members.iter().any(|(_, member)| member.has_text(meets)),
            Self::Text(text) => meets(text),
        }
    }
}

/// Returns a JSON string with its quotes.
pub(in crate::gateway) fn quoted(key: &str) -> String {
    serde_json::Value::from(key).to_string()
}

impl<'de> Deserialize<'de> for JsonSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Tree::deserialize(deserializer)? {
            Tree::Text(text) => Self::Text(text),
            tree @ (Tree::Array(_) | Tree::Object(_)) => Self::Tree(tree),
            _ => {
                return Err(de::Error::custom("expected a table, a list, or a string with JSON"));
            }
        })
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Tree, E> {
        Ok(Tree::Int(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Tree, E> {
        i64::try_from(number).map(Tree::Int).map_err(|_| E::custom("the number is too large"))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Tree, E> {
        Ok(Tree::Float(number))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tree, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Tree::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut members: Vec<(String, Tree)> = Vec::new();
        let mut names = HashSet::new();
        while let Some((key, value)) = map.next_entry::<String, Tree>()? {
            // Gateways disagree on which of two equal names counts.
            if !names.insert(key.clone()) {
                return Err(de::Error::custom(format!("duplicate member name `{key}`")));
            }
            members.push((key, value));
        }
        Ok(Tree::Object(members))
    }
}
