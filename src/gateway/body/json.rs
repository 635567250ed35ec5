use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::gateway::error::SpecError;
use crate::gateway::lint::names_a_secret;
use crate::gateway::masked::MaskedBytes;
use crate::gateway::pair::CompiledPair;
use crate::gateway::scratch::Scratch;
use crate::gateway::symbols::Symbols;
use crate::gateway::value::{RenderError, ValueTemplate};
use crate::gateway::values::Values;
use crate::wiped::Wiped;

const PATH: &str = "request.json";

/// `request.json`: a tree written in TOML, or JSON text. Either way it is parsed before a value comes near it.
#[derive(Clone, PartialEq)]
pub(in crate::gateway) enum JsonSpec {
    Text(String),
    Tree(Tree),
}

/// JSON with its members in the order in which they were written.
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

/// A compiled JSON body.
#[derive(Clone, Debug)]
pub(in crate::gateway) enum Node {
    Array(Vec<Node>),
    /// A value without variables, as it is written out.
    Literal(String),
    /// `{ number = "{{…}}" }`.
    Number(ValueTemplate),
    Object(Vec<Member>),
    Text(ValueTemplate),
}

#[derive(Clone, Debug)]
pub(in crate::gateway) struct Member {
    /// With its quotes.
    key: String,
    node: Node,
}

impl Node {
    pub(in crate::gateway) fn compile(
        json: &JsonSpec,
        scope: &Symbols<'_>,
    ) -> Result<Self, SpecError> {
        match json {
            JsonSpec::Tree(tree) => Self::of(tree, scope, PATH, true),
            JsonSpec::Text(text) => {
                let tree: Tree = serde_json::from_str(text).map_err(|error| {
                    let problem = format!(
                        "it is no JSON at line {}, column {}",
                        error.line(),
                        error.column()
                    );
                    SpecError::new(PATH, problem, "placeholders stand inside of strings")
                })?;
                // In JSON text `{"number": …}` is what it says: an object with that member.
                Self::of(&tree, scope, PATH, false)
            }
        }
    }

    fn of(tree: &Tree, scope: &Symbols<'_>, path: &str, numbers: bool) -> Result<Self, SpecError> {
        Ok(match tree {
            Tree::Array(items) => Self::Array(
                items
                    .iter()
                    .enumerate()
                    .map(|(at, item)| Self::of(item, scope, &format!("{path}.{at}"), numbers))
                    .collect::<Result<_, _>>()?,
            ),
            Tree::Bool(value) => Self::Literal(value.to_string()),
            Tree::Float(value) => match serde_json::Number::from_f64(*value) {
                Some(number) => Self::Literal(number.to_string()),
                None => {
                    let hint = "JSON has neither infinity nor NaN";
                    return Err(SpecError::new(path, "it is no JSON number", hint));
                }
            },
            Tree::Int(value) => Self::Literal(value.to_string()),
            Tree::Null => Self::Literal("null".to_owned()),
            Tree::Object(members) => match members.as_slice() {
                [(key, Tree::Text(text))] if numbers && key == "number" && text.contains("{{") => {
                    let leaf = ValueTemplate::compile(text, scope, path)?;
                    if !leaf.may_be_number() {
                        let hint = "write the placeholder as a text, without { number = … }";
                        return Err(SpecError::new(path, "it is not always a JSON number", hint));
                    }
                    Self::Number(leaf)
                }
                _ => Self::Object(
                    members
                        .iter()
                        .map(|(key, tree)| Member::compile(key, tree, scope, path, numbers))
                        .collect::<Result<_, _>>()?,
                ),
            },
            Tree::Text(text) => Self::Text(ValueTemplate::compile(text, scope, path)?),
        })
    }

    /// As a credential, in whatever form. The members of an object have names of their own.
    fn credential(self, scope: &Symbols<'_>, path: &str) -> Result<Self, SpecError> {
        Ok(match self {
            Self::Array(items) => Self::Array(
                items
                    .into_iter()
                    .map(|item| item.credential(scope, path))
                    .collect::<Result<_, _>>()?,
            ),
            Self::Literal(text) if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
                Self::Number(ValueTemplate::literal(&text, path).credential(scope)?)
            }
            Self::Number(leaf) => Self::Number(leaf.credential(scope)?),
            Self::Text(leaf) => Self::Text(leaf.credential(scope)?),
            other => other,
        })
    }

    /// Fails for values that no message changes and that do not fit.
    pub(super) fn check_fixed(&self, values: &Values<'_>) -> Result<(), RenderError> {
        match self {
            Self::Array(items) => items.iter().try_for_each(|item| item.check_fixed(values)),
            Self::Literal(_) => Ok(()),
            Self::Number(leaf) | Self::Text(leaf) if leaf.is_fixed() => {
                self.render(values, &mut Scratch::default(), &mut MaskedBytes::default()).map(drop)
            }
            Self::Number(_) | Self::Text(_) => Ok(()),
            Self::Object(members) => {
                members.iter().try_for_each(|member| member.node.check_fixed(values))
            }
        }
    }

    /// Adds a member to an object.
    pub(super) fn push_field(&mut self, pair: CompiledPair) -> Result<(), SpecError> {
        let Self::Object(members) = self else {
            let hint = "the body is a list: name a header in place of a field";
            return Err(SpecError::new(
                "idempotency.field",
                "there is no object to put it into",
                hint,
            ));
        };
        let key = quoted(&pair.name);
        if members.iter().any(|member| member.key == key) {
            return Err(SpecError::new("idempotency.field", "the body has it", "remove one"));
        }
        members.push(Member { key, node: Self::Text(pair.value) });
        Ok(())
    }

    /// `false` when an optional variable has no value; nothing is written then.
    pub(super) fn render(
        &self,
        values: &Values<'_>,
        scratch: &mut Scratch,
        body: &mut MaskedBytes,
    ) -> Result<bool, RenderError> {
        match self {
            Self::Array(items) => {
                body.push(b"[");
                let mut separator: &[u8] = b"";
                for item in items {
                    if item.is_present(values, scratch)? {
                        body.push(separator);
                        separator = b",";
                        item.render(values, scratch, body)?;
                    }
                }
                body.push(b"]");
            }
            Self::Literal(text) => body.push(text.as_bytes()),
            Self::Number(leaf) => {
                let Some(text) = leaf.render(values, scratch)? else { return Ok(false) };
                // Parsed, so that `1e5x` or `01` cannot break out; written as it came, so that nothing is rounded.
                if serde_json::from_str::<serde_json::Number>(&text).is_err() {
                    return Err(RenderError::new(leaf.path(), "the value is no JSON number"));
                }
                body.marked(leaf.mark(), |out| out.extend_from_slice(text.trim().as_bytes()));
            }
            Self::Object(members) => {
                body.push(b"{");
                let mut separator: &[u8] = b"";
                for member in members {
                    if member.node.is_present(values, scratch)? {
                        body.push(separator);
                        separator = b",";
                        body.push(member.key.as_bytes());
                        body.push(b":");
                        member.node.render(values, scratch, body)?;
                    }
                }
                body.push(b"}");
            }
            Self::Text(leaf) => {
                let Some(text) = leaf.render(values, scratch)? else { return Ok(false) };
                body.push(b"\"");
                body.marked(leaf.mark(), |out| escape(out, &text));
                body.push(b"\"");
            }
        }
        Ok(true)
    }

    /// Whether there is something to write. Only a leaf with an optional variable has to be asked.
    fn is_present(&self, values: &Values<'_>, scratch: &mut Scratch) -> Result<bool, RenderError> {
        match self {
            Self::Number(leaf) | Self::Text(leaf) if leaf.optional().is_some() => {
                Ok(leaf.render(values, scratch)?.is_some())
            }
            _ => Ok(true),
        }
    }
}

impl Member {
    fn compile(
        key: &str,
        tree: &Tree,
        scope: &Symbols<'_>,
        within: &str,
        numbers: bool,
    ) -> Result<Self, SpecError> {
        let path = format!("{within}.{key}");
        if key.contains("{{") {
            let hint = "variables stand in values, not in names";
            return Err(SpecError::new(path, "a variable in a name", hint));
        }
        let mut node = Node::of(tree, scope, &path, numbers)?;
        if names_a_secret(key) {
            node = node.credential(scope, &path)?;
        }
        Ok(Self { key: quoted(key), node })
    }
}

/// The inside of a JSON string (RFC 8259 §7), as serde_json writes it.
fn escape(out: &mut Wiped, text: &str) {
    let mut rest = text.as_bytes();
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    while let Some(at) = rest.iter().position(is_special) {
        let Some((plain, [byte, behind @ ..])) = rest.split_at_checked(at) else { break };
        out.extend_from_slice(plain);
        let short = match byte {
            b'"' | b'\\' => *byte,
            0x08 => b'b',
            b'\t' => b't',
            b'\n' => b'n',
            0x0c => b'f',
            b'\r' => b'r',
            _ => b'u',
        };
        out.extend_from_slice(&[b'\\', short]);
        if short == b'u' {
            out.extend_from_slice(format!("{byte:04x}").as_bytes());
        }
        rest = behind;
    }
    out.extend_from_slice(rest);
}

fn quoted(key: &str) -> String {
    serde_json::Value::from(key).to_string()
}

impl<'de> Deserialize<'de> for JsonSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Tree::deserialize(deserializer)? {
            Tree::Text(text) => Self::Text(text),
            tree @ (Tree::Array(_) | Tree::Object(_)) => Self::Tree(tree),
            _ => {
                return Err(de::Error::custom(
                    "expected a table, a list, or a text that holds JSON",
                ));
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
        while let Some((key, value)) = map.next_entry::<String, Tree>()? {
            if key.starts_with("$__toml_private") {
                return Err(de::Error::custom("JSON has no dates: put it between quotes"));
            }
            if members.iter().any(|(known, _)| *known == key) {
                return Err(de::Error::custom("a member is there twice"));
            }
            members.push((key, value));
        }
        Ok(Tree::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_escaped_as_serde_json_does() {
        let all: String = ('\0'..='\u{2ff}').chain(['\u{2028}', '\u{ffff}', '\u{1f600}']).collect();
        for text in ["", "plain", "\"", "\\\\", "a\"b\nc\u{7}", &all] {
            let mut escaped = Wiped::default();
            escape(&mut escaped, text);
            let quoted = [b"\"", &*escaped, b"\""].concat();
            assert_eq!(quoted, serde_json::to_vec(text).unwrap());
        }
    }
}
