use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};

use super::{LinkKind, Locale, MessageId, MessageTemplates, TextTemplate};
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

/// A text, or `{ text, allow, vars }` for a template with values for its variables. `allow` has the
/// kinds of links that are allowed for each variable.
impl Serialize for TextTemplate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let has_vars = self.vars().next().is_some();
        let has_allowed = self.links_allowed().next().is_some();
        if !has_vars && !has_allowed {
            return serializer.serialize_str(self.source());
        }
        let count = [true, has_allowed, has_vars].into_iter().filter(|has| *has).count();
        let mut table = serializer.serialize_struct("TextTemplate", count)?;
        table.serialize_field("text", self.source())?;
        if has_allowed {
            table.serialize_field("allow", &AllowedLinks(self))?;
        }
        if has_vars {
            table.serialize_field("vars", &Vars(self))?;
        }
        table.end()
    }
}

struct Vars<'t>(&'t TextTemplate);

impl Serialize for Vars<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.vars())
    }
}

struct AllowedLinks<'t>(&'t TextTemplate);

impl Serialize for AllowedLinks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut kinds: Vec<(&str, Vec<&str>)> = Vec::new();
        for (name, kind) in self.0.links_allowed() {
            match kinds.iter_mut().find(|(known, _)| *known == name) {
                Some((_, kinds)) => kinds.push(kind.as_str()),
                None => kinds.push((name, Vec::from([kind.as_str()]))),
            }
        }
        serializer.collect_map(kinds)
    }
}

/// As [`TextTemplate::parse`], [`TextTemplate::with_link_allowed`] and [`TextTemplate::with_var`]:
/// a text, or `{ text, allow, vars }`.
///
/// # Examples
///
/// ```
/// use otpost::message::TextTemplate;
///
/// let template: TextTemplate = serde_json::from_str(
///     r#"{ "text": "{{code}} for order {{order}}", "allow": { "order": ["number_sign"] } }"#,
/// )?;
/// assert!(template.clone().with_var("order", "#2041").is_ok());
/// assert!(template.with_var("order", "evil.example").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl<'de> Deserialize<'de> for TextTemplate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextTemplateVisitor)
    }
}

struct TextTemplateVisitor;

impl<'de> Visitor<'de> for TextTemplateVisitor {
    type Value = TextTemplate;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text with {{code}}, or a table with `text`, `allow` and `vars`")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<TextTemplate, E> {
        TextTemplate::parse(text).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<TextTemplate, A::Error> {
        const FIELDS: &[&str] = &["text", "allow", "vars"];
        let (mut text, mut allow, mut vars) = (None::<String>, None, None);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "text" if text.is_none() => text = Some(map.next_value()?),
                "allow" if allow.is_none() => allow = Some(map.next_value()?),
                "vars" if vars.is_none() => vars = Some(map.next_value()?),
                "text" | "allow" | "vars" => return Err(A::Error::custom("a key comes twice")),
                other => {
                    let _: IgnoredAny = map.next_value()?;
                    return Err(A::Error::unknown_field(other, FIELDS));
                }
            }
        }
        // The other keys may come before `text`, so they are used only now.
        let text = text.ok_or_else(|| A::Error::missing_field("text"))?;
        let mut template = TextTemplate::parse(&text).map_err(A::Error::custom)?;
        let VarList(allow): VarList<String, Vec<String>> = allow.unwrap_or_default();
        for (name, kinds) in allow {
            for kind in kinds {
                let kind = kind.parse::<LinkKind>().map_err(A::Error::custom)?;
                template = template.with_link_allowed(&name, kind).map_err(A::Error::custom)?;
            }
        }
        let VarList(vars): VarList<String, String> = vars.unwrap_or_default();
        let filled = vars
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
