use crate::gateway::error::SpecError;
use crate::gateway::lint::names_a_secret;
use crate::gateway::request::masked::MaskedBytes;
use crate::gateway::request::pair::CompiledPair;
use crate::gateway::request::scratch::Scratch;
use crate::gateway::request::symbols::Symbols;
use crate::gateway::request::value::{RenderError, ValueTemplate};
use crate::gateway::request::values::Values;
use crate::gateway::spec::{JsonSpec, Tree, quoted};
use crate::wiped::Wiped;

const PATH: &str = "request.json";

/// A compiled JSON body.
#[derive(Clone, Debug)]
pub(in crate::gateway) enum Node {
    Array(Vec<Node>),
    /// A value without variables, already serialized.
    Literal(String),
    /// `{ number = "{{…}}" }`.
    Number(ValueTemplate),
    Object(Vec<Member>),
    Text(ValueTemplate),
}

#[derive(Clone, Debug)]
pub(in crate::gateway) struct Member {
    /// The name with its quotes.
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
                    let problem =
                        format!("invalid JSON at line {}, column {}", error.line(), error.column());
                    SpecError::new(PATH, problem, "write placeholders inside strings")
                })?;
                // In JSON text, `{"number": …}` is a normal object with that member.
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
                    return Err(SpecError::new(path, "it is not a JSON number", hint));
                }
            },
            Tree::Int(value) => Self::Literal(value.to_string()),
            Tree::Null => Self::Literal("null".to_owned()),
            Tree::Object(members) => match members.as_slice() {
                // Without a placeholder it is a normal object, because a gateway may have a field
                // `number`.
                [(key, Tree::Text(text))] if numbers && key == "number" && text.contains("{{") => {
                    let leaf = ValueTemplate::compile(text, scope, path)?;
                    if !leaf.may_be_number() {
                        let hint = "write the placeholder as a string, without { number = … }";
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

    /// Marks the node as a credential. The members of an object are judged by their own names.
    fn credential(self, scope: &Symbols<'_>, path: &str) -> Result<Self, SpecError> {
        Ok(match self {
            Self::Array(items) => Self::Array(
                items
                    .into_iter()
                    .map(|item| item.credential(scope, path))
                    .collect::<Result<_, _>>()?,
            ),
            // A number can be a password or a PIN. The other literals (`true`, `false`, `null`)
            // cannot.
            Self::Literal(text) if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
                Self::Number(ValueTemplate::literal(&text, path).credential(scope)?)
            }
            Self::Number(leaf) => Self::Number(leaf.credential(scope)?),
            Self::Text(leaf) => Self::Text(leaf.credential(scope)?),
            other => other,
        })
    }

    /// Returns an error if a value is the same for each message and does not fit its place.
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
            let hint = "the body is a list: use a header instead";
            return Err(SpecError::new("idempotency.field", "the body is not an object", hint));
        };
        let key = quoted(&pair.name);
        if members.iter().any(|member| member.key == key) {
            return Err(SpecError::new(
                "idempotency.field",
                "the body already has this field",
                "remove one",
            ));
        }
        members.push(Member { key, node: Self::Text(pair.value) });
        Ok(())
    }

    /// Writes the node. Returns `false`, and writes nothing, if an optional variable has no value.
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
                    // The separator is written first, so it must be known whether the item follows.
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
                // Parse the text so that `1e5x` or `01` is rejected, but write it unchanged so that
                // nothing is rounded.
                if serde_json::from_str::<serde_json::Number>(&text).is_err() {
                    return Err(RenderError::new(leaf.path(), "the value is not a JSON number"));
                }
                // The parser has ignored white space around the number.
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

    /// Returns whether there is something to write. Only a leaf with an optional variable may be
    /// absent.
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
            let hint = "use variables in values, not in names";
            return Err(SpecError::new(path, "the name contains a variable", hint));
        }
        let mut node = Node::of(tree, scope, &path, numbers)?;
        if names_a_secret(key) {
            node = node.credential(scope, &path)?;
        }
        Ok(Self { key: quoted(key), node })
    }
}

/// Appends the content of a JSON string (RFC 8259 §7), escaped like serde_json does.
fn escape(out: &mut Wiped, text: &str) {
    // All bytes of a multi-byte character are above 0x7f and need no escape. So the text is
    // searched bytewise, and whole runs are copied.
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
