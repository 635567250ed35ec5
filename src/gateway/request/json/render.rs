use super::Node;
use crate::gateway::request::masked::MaskedBytes;
use crate::gateway::request::render_error::RenderError;
use crate::gateway::request::scratch::Scratch;
use crate::gateway::request::values::Values;
use crate::wiped::Wiped;

impl Node {
    /// Writes the node. Returns `false`, and writes nothing, if an optional variable has no value.
    pub(in crate::gateway) fn render(
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
            Self::Bool(leaf) => {
                let Some(text) = leaf.render(values, scratch)? else { return Ok(false) };
                body.marked(leaf.mark(), |out| out.extend_from_slice(text.as_bytes()));
            }
            Self::Number(leaf) => {
                let Some(text) = leaf.render(values, scratch)? else { return Ok(false) };
                // The filter has validated the text. It is written unchanged so that nothing is
                // rounded.
                body.marked(leaf.mark(), |out| out.extend_from_slice(text.as_bytes()));
            }
            Self::Object(object) => {
                body.push(b"{");
                let mut separator: &[u8] = b"";
                for member in &object.members {
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

    /// Returns whether there is something to write. A leaf is absent with its optional variable or
    /// its condition, and an object with its condition or its only variable.
    pub(super) fn is_present(
        &self,
        values: &Values<'_>,
        scratch: &mut Scratch,
    ) -> Result<bool, RenderError> {
        match self {
            Self::Bool(leaf) | Self::Number(leaf) | Self::Text(leaf)
                if leaf.optional().is_some() =>
            {
                Ok(leaf.render(values, scratch)?.is_some())
            }
            Self::Object(object) => {
                if object.condition.as_ref().is_some_and(|condition| !condition.holds(values)) {
                    return Ok(false);
                }
                if !object.follows_variable {
                    return Ok(true);
                }
                // The only variable is in one of these leaves; the others are literal.
                for leaf in self.leaves() {
                    if leaf.as_literal().is_none() && leaf.render(values, scratch)?.is_none() {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            _ => Ok(true),
        }
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
