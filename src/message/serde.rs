use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};

use super::{Locale, MessageId, MessageTemplates, TextTemplate};
use crate::secret::deserialize_text;

impl Serialize for Locale {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// As [`Locale::parse`].
impl<'de> Deserialize<'de> for Locale {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_text(deserializer, "a language tag such as \"de-CH\"", Self::parse)
    }
}

impl Serialize for MessageId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// As [`MessageId::parse`].
impl<'de> Deserialize<'de> for MessageId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_text(deserializer, "the 36 characters of a UUID", Self::parse)
    }
}

/// A text, or `{ text, vars }` for a template with values for its variables.
impl Serialize for TextTemplate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.vars().next().is_none() {
            return serializer.serialize_str(self.source());
        }
        let mut table = serializer.serialize_struct("TextTemplate", 2)?;
        table.serialize_field("text", self.source())?;
        table.serialize_field("vars", &Vars(self))?;
        table.end()
    }
}

struct Vars<'t>(&'t TextTemplate);

impl Serialize for Vars<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.vars())
    }
}

/// As [`TextTemplate::parse`] and [`TextTemplate::with_var`]: a text, or `{ text, vars }`.
impl<'de> Deserialize<'de> for TextTemplate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextTemplateVisitor)
    }
}

struct TextTemplateVisitor;

impl<'de> Visitor<'de> for TextTemplateVisitor {
    type Value = TextTemplate;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text with {{code}}, or a table with `text` and `vars`")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<TextTemplate, E> {
        TextTemplate::parse(text).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<TextTemplate, A::Error> {
        const FIELDS: &[&str] = &["text", "vars"];
        let (mut text, mut vars) = (None::<String>, VarList::<String, String>::default());
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "text" if text.is_none() => text = Some(map.next_value()?),
                "vars" if vars.0.is_empty() => vars = map.next_value()?,
                "text" | "vars" => return Err(A::Error::custom("a key comes twice")),
                other => {
                    let _: IgnoredAny = map.next_value()?;
                    return Err(A::Error::unknown_field(other, FIELDS));
                }
            }
        }
        // `vars` may come before `text`, so the values are set only now.
        let text = text.ok_or_else(|| A::Error::missing_field("text"))?;
        let template = TextTemplate::parse(&text).map_err(A::Error::custom)?;
        let filled = vars
            .0
            .into_iter()
            .try_fold(template, |template, (name, value)| template.with_var(&name, value));
        filled.map_err(A::Error::custom)
    }
}

/// Tables by purpose, and in each a text by language.
impl Serialize for MessageTemplates {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut table = serializer.serialize_map(None)?;
        // The texts of a purpose need not be adjacent, but a map must contain each purpose once.
        let mut done: Vec<&str> = Vec::new();
        for (purpose, _, _) in self.iter() {
            if !done.contains(&purpose) {
                done.push(purpose);
                table.serialize_entry(purpose, &OfPurpose { purpose, templates: self })?;
            }
        }
        table.end()
    }
}

struct OfPurpose<'t> {
    purpose: &'t str,
    templates: &'t MessageTemplates,
}

impl Serialize for OfPurpose<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let texts = self.templates.iter().filter(|(purpose, _, _)| *purpose == self.purpose);
        serializer.collect_map(texts.map(|(_, locale, template)| (locale, template)))
    }
}

/// Tables by purpose, and in each a text by language. The first language of a purpose is its
/// default, so the format has to keep the order of its keys.
///
/// # Examples
///
/// ```
/// use otpost::message::MessageTemplates;
///
/// let texts: MessageTemplates = serde_json::from_str(
///     r#"{ "login": { "de": "{{code}} ist Ihr Code.", "en": "{{code}} is your code." } }"#,
/// )?;
/// let found = texts.find("login", None).ok_or("none")?;
/// assert_eq!(found.source(), "{{code}} ist Ihr Code.");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl<'de> Deserialize<'de> for MessageTemplates {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let purposes = VarList::<String, VarList<Locale, TextTemplate>>::deserialize(deserializer)?;
        let mut templates = Self::new();
        for (purpose, VarList(texts)) in purposes.0 {
            for (locale, template) in texts {
                templates = templates.with_template(&purpose, locale, template);
            }
        }
        Ok(templates)
    }
}

/// A table in the order of the document.
struct VarList<K, V>(Vec<(K, V)>);

impl<K, V> Default for VarList<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, K: Deserialize<'de>, V: Deserialize<'de>> Deserialize<'de> for VarList<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(VarListVisitor(PhantomData))
    }
}

struct VarListVisitor<K, V>(PhantomData<(K, V)>);

impl<'de, K: Deserialize<'de>, V: Deserialize<'de>> Visitor<'de> for VarListVisitor<K, V> {
    type Value = VarList<K, V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<VarList<K, V>, A::Error> {
        // A map type would sort or shuffle the languages, and so change the default of a purpose.
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(VarList(pairs))
    }
}
