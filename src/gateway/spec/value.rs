use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

use super::json::{JsonSpec, Tree};
use super::pairs::{PlainText, table};
use super::words::Words;

/// A value of a request: a text with placeholders, or a structured value that is encoded from the
/// inside out.
///
/// A string converts into a plain text. Where a gateway expects JSON, XML or Base64 *inside* a form
/// field, a parameter, a header or a JSON string, describe the structure: each placeholder is then
/// escaped for its place in it, and the result for the place of the value.
///
/// | in TOML | the value |
/// |---|---|
/// | `"{{text}}"` | a text |
/// | `{ json = { text = "{{text}}" } }` | JSON, as a table, a list or JSON text |
/// | `{ xml = "<sms>{{text}}</sms>" }` | XML (feature `xml`) |
/// | `{ base64 = "{{user}}:{{password}}" }` | Base64 with padding (RFC 4648 §4) of another value |
/// | `{ value = "1", with = "sender" }` | a value that is present only if `sender` has one |
/// | `{ value = "1", when = { encoding = "ucs2" } }` | a value that is present only for this value of a variable |
///
/// `with` and `when` can stand beside `json`, `xml` and `base64` as well. Inside a JSON table, the
/// keys are `"$json"`, `"$xml"`, `"$base64"`, `"$value"`, `"$with"` and `"$when"`, and every other
/// table is an object, in which `"$with"` and `"$when"` decide whether it is present. An object
/// whose only variable has no value is left out.
///
/// # Examples
///
/// ```
/// use otpost::gateway::{GatewaySpec, ValueSpec};
///
/// let message = ValueSpec::json(r#"{"type":"text","text":"{{text}}"}"#);
/// let spec = GatewaySpec::builder("acme", "Acme SMS")
///     .post("https://sms.acme.example/send")
///     .form("to", "{{to|plain}}")
///     .form("message", message)
///     .form("unicode", ValueSpec::from("1").with_condition("encoding", "ucs2"))
///     .build();
/// assert!(spec.check().is_ok());
/// ```
#[derive(Clone, PartialEq)]
pub struct ValueSpec {
    pub(in crate::gateway) kind: ValueKind,
    /// The variables that must have a value.
    pub(in crate::gateway) with: Vec<String>,
    /// The variables that must have one of these values.
    pub(in crate::gateway) when: Vec<(String, Vec<String>)>,
}

#[derive(Clone, PartialEq)]
pub(in crate::gateway) enum ValueKind {
    Base64(Box<ValueSpec>),
    Json(JsonSpec),
    Text(String),
    Xml(String),
}

impl ValueSpec {
    const fn of(kind: ValueKind) -> Self {
        Self { kind, with: Vec::new(), when: Vec::new() }
    }

    /// Creates a value that is JSON, from JSON text with placeholders inside its strings. Invalid
    /// JSON is an error when the spec is checked.
    #[must_use]
    pub fn json(json: impl Into<String>) -> Self {
        Self::of(ValueKind::Json(JsonSpec::Text(json.into())))
    }

    /// Creates a value that is an XML document with placeholders in its texts and attribute values.
    /// Requires the feature `xml`.
    #[must_use]
    pub fn xml(xml: impl Into<String>) -> Self {
        Self::of(ValueKind::Xml(xml.into()))
    }

    /// Creates a value that is the Base64 of the UTF-8 bytes of another value.
    #[must_use]
    pub fn base64(value: impl Into<Self>) -> Self {
        Self::of(ValueKind::Base64(Box::new(value.into())))
    }

    /// Adds a variable without which the value is left out. Checking the spec fails if the variable
    /// always has a value.
    #[must_use]
    pub fn with_var(mut self, name: impl Into<String>) -> Self {
        self.with.push(name.into());
        self
    }

    /// Adds a condition: the value is left out unless the variable has this value. Further calls
    /// for the same variable add alternatives, and those for other variables conditions.
    #[must_use]
    pub fn with_condition(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        match self.when.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => values.push(value),
            None => self.when.push((name, vec![value])),
        }
        self
    }

    /// Returns the text with its placeholders, if the value is a text without a condition.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            ValueKind::Text(text) if !self.is_conditional() => Some(text),
            _ => None,
        }
    }

    /// Returns whether one of the texts in the value meets a condition.
    pub(super) fn has_text(&self, meets: &dyn Fn(&str) -> bool) -> bool {
        match &self.kind {
            ValueKind::Base64(value) => value.has_text(meets),
            ValueKind::Json(json) => json.has_text(meets),
            ValueKind::Text(text) | ValueKind::Xml(text) => meets(text),
        }
    }

    pub(in crate::gateway) const fn is_conditional(&self) -> bool {
        !self.with.is_empty() || !self.when.is_empty()
    }
}

impl From<&str> for ValueSpec {
    fn from(text: &str) -> Self {
        Self::of(ValueKind::Text(text.to_owned()))
    }
}

impl From<String> for ValueSpec {
    fn from(text: String) -> Self {
        Self::of(ValueKind::Text(text))
    }
}

impl From<&String> for ValueSpec {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

// A value can contain a literal password.
impl fmt::Debug for ValueSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ValueSpec").finish_non_exhaustive()
    }
}

impl<'de> Deserialize<'de> for ValueSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

/// The keys of a value that is a table.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ValueTable {
    #[serde(default)]
    base64: Option<Box<ValueSpec>>,
    #[serde(default)]
    json: Option<JsonSpec>,
    #[serde(default)]
    value: Option<PlainText>,
    #[serde(default)]
    xml: Option<String>,
    #[serde(default)]
    with: Option<Words>,
    #[serde(default, deserialize_with = "table")]
    when: Vec<(String, Words)>,
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = ValueSpec;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, or a table with value, json, xml or base64")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<ValueSpec, E> {
        Ok(text.into())
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<ValueSpec, E> {
        Ok(number.to_string().into())
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<ValueSpec, E> {
        Ok(value.to_string().into())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ValueSpec, A::Error> {
        let table = ValueTable::deserialize(de::value::MapAccessDeserializer::new(map))?;
        let ValueTable { base64, json, value, xml, with, when } = table;
        let kinds = [
            base64.map(ValueKind::Base64),
            json.map(ValueKind::Json),
            xml.map(ValueKind::Xml),
            value.map(|PlainText(text)| ValueKind::Text(text)),
        ];
        let mut kinds = kinds.into_iter().flatten();
        let (Some(kind), None) = (kinds.next(), kinds.next()) else {
            return Err(de::Error::custom("expected exactly one of value, json, xml and base64"));
        };
        let with = with.map(|Words(names)| names).unwrap_or_default();
        let when = when.into_iter().map(|(name, Words(values))| (name, values)).collect();
        Ok(ValueSpec { kind, with, when })
    }
}

/// The keys that mark a structured value in a JSON tree.
const MARKERS: [&str; 4] = ["$base64", "$json", "$value", "$xml"];

impl ValueSpec {
    /// Reads the value of a marked object in a JSON tree, such as `{ "$json" = … }`. Returns
    /// `None` for an object without a marker.
    pub(in crate::gateway) fn in_tree(
        members: &[(String, Tree)],
    ) -> Option<Result<Self, &'static str>> {
        members
            .iter()
            .any(|(key, _)| MARKERS.contains(&key.as_str()))
            .then(|| Self::marked(members))
    }

    fn marked(members: &[(String, Tree)]) -> Result<Self, &'static str> {
        let mut kind = None;
        let (with, when) = conditions(members)?;
        for (key, tree) in members {
            let found = match (key.as_str(), tree) {
                ("$with" | "$when", _) => continue,
                ("$json", Tree::Text(text)) => ValueKind::Json(JsonSpec::Text(text.clone())),
                ("$json", tree) => ValueKind::Json(JsonSpec::Tree(tree.clone())),
                ("$xml", Tree::Text(text)) => ValueKind::Xml(text.clone()),
                ("$value", Tree::Text(text)) => ValueKind::Text(text.clone()),
                ("$base64", Tree::Text(text)) => ValueKind::Base64(Box::new(text.as_str().into())),
                ("$base64", Tree::Object(inner)) => {
                    let inner =
                        Self::in_tree(inner).ok_or("`$base64` needs a text or a marked object")?;
                    ValueKind::Base64(Box::new(inner?))
                }
                ("$xml" | "$value" | "$base64", _) => return Err("the marker needs a text"),
                _ => return Err("an object with a marker has only markers"),
            };
            if kind.replace(found).is_some() {
                return Err("there is more than one of $value, $json, $xml and $base64");
            }
        }
        let kind = kind.ok_or("the marker is missing")?;
        Ok(Self { kind, with, when })
    }
}

type Conditions = (Vec<String>, Vec<(String, Vec<String>)>);

/// Reads `$with` and `$when` of an object in a JSON tree.
pub(in crate::gateway) fn conditions(
    members: &[(String, Tree)],
) -> Result<Conditions, &'static str> {
    let find = |name: &str| members.iter().find(|(key, _)| key == name).map(|(_, tree)| tree);
    let with = find("$with").map(words).transpose()?.unwrap_or_default();
    let when = match find("$when") {
        None => Vec::new(),
        Some(Tree::Object(entries)) => entries
            .iter()
            .map(|(name, tree)| Ok((name.clone(), words(tree)?)))
            .collect::<Result<_, &str>>()?,
        Some(_) => return Err("`$when` needs a table of variables and values"),
    };
    Ok((with, when))
}

fn words(tree: &Tree) -> Result<Vec<String>, &'static str> {
    const PROBLEM: &str = "`$with` and `$when` need a text or a list of texts";
    match tree {
        Tree::Text(text) => Ok(vec![text.clone()]),
        Tree::Array(items) => {
            let word = |item: &Tree| match item {
                Tree::Text(text) => Ok(text.clone()),
                _ => Err(PROBLEM),
            };
            items.iter().map(word).collect()
        }
        _ => Err(PROBLEM),
    }
}
