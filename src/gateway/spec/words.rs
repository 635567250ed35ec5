use serde::de::{self, Deserialize, Deserializer};

use super::json::Tree;

/// One text, or a list of texts.
pub(super) struct Words(pub(super) Vec<String>);

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Tree::deserialize(deserializer)? {
            Tree::Text(text) => Ok(Self(vec![text])),
            Tree::Array(items) => {
                let words = items.into_iter().map(|item| match item {
                    Tree::Text(text) => Ok(text),
                    _ => Err(de::Error::custom("expected a list of strings")),
                });
                Ok(Self(words.collect::<Result<_, _>>()?))
            }
            _ => Err(de::Error::custom("expected a string or a list of strings")),
        }
    }
}
