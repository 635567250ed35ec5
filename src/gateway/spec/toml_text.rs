//! Writes TOML in a readable form: a section for each large part, one line for everything else.

use std::fmt::Write;

use crate::gateway::spec::Tree;

/// Writes a tree as TOML. Returns `None` if TOML cannot express it, such as `null`.
pub(super) fn write(root: &Tree) -> Option<String> {
    let Tree::Object(members) = root else { return None };
    let mut text = String::new();
    // In TOML, a key after a section header belongs to that section. So plain values come first,
    // here and in `section`.
    for (key, value) in members.iter().filter(|(_, value)| !is_section(value)) {
        writeln!(text, "{} = {}", self::key(key), inline(value)?).ok()?;
    }
    for (key, value) in members.iter().filter(|(_, value)| is_section(value)) {
        match value {
            Tree::Object(members) => section(&mut text, key, members)?,
            Tree::Array(items) => {
                for item in items {
                    let Tree::Object(members) = item else { return None };
                    writeln!(text, "\n[[{key}]]").ok()?;
                    lines(&mut text, members)?;
                }
            }
            _ => return None,
        }
    }
    Some(text)
}

/// Returns whether a value is a table or a non-empty list of tables.
fn is_section(value: &Tree) -> bool {
    match value {
        Tree::Object(_) => true,
        Tree::Array(items) => {
            items.iter().all(|item| matches!(item, Tree::Object(_))) && !items.is_empty()
        }
        _ => false,
    }
}

/// Writes a section. The tables of `[request]` become sections such as `[request.form]`, and all
/// other values are written on one line.
fn section(text: &mut String, name: &str, members: &[(String, Tree)]) -> Option<()> {
    let is_part = |value: &Tree| name == "request" && matches!(value, Tree::Object(_));
    writeln!(text, "\n[{name}]").ok()?;
    let (parts, rest): (Vec<_>, Vec<_>) = members.iter().partition(|(_, value)| is_part(value));
    for (key, value) in rest {
        writeln!(text, "{} = {}", self::key(key), inline(value)?).ok()?;
    }
    for (key, value) in parts {
        let Tree::Object(members) = value else { return None };
        writeln!(text, "\n[{name}.{}]", self::key(key)).ok()?;
        lines(text, members)?;
    }
    Some(())
}

fn lines(text: &mut String, members: &[(String, Tree)]) -> Option<()> {
    for (key, value) in members {
        writeln!(text, "{} = {}", self::key(key), inline(value)?).ok()?;
    }
    Some(())
}

fn inline(value: &Tree) -> Option<String> {
    Some(match value {
        Tree::Array(items) => {
            let items: Vec<_> = items.iter().map(inline).collect::<Option<_>>()?;
            format!("[{}]", items.join(", "))
        }
        Tree::Bool(value) => value.to_string(),
        // `Debug` always writes a fraction or an exponent, so the number is read as a float again.
        Tree::Float(number) if number.is_finite() => format!("{number:?}"),
        Tree::Float(_) | Tree::Null => return None,
        Tree::Int(number) => number.to_string(),
        Tree::Object(members) if members.is_empty() => "{}".to_owned(),
        Tree::Object(members) => {
            let pair = |(key, value): &(String, Tree)| {
                Some(format!("{} = {}", self::key(key), inline(value)?))
            };
            let members: Vec<_> = members.iter().map(pair).collect::<Option<_>>()?;
            format!("{{ {} }}", members.join(", "))
        }
        Tree::Text(value) => quoted(value),
    })
}

fn key(key: &str) -> String {
    let is_bare = !key.is_empty()
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if is_bare { key.to_owned() } else { basic(key) }
}

/// Writes a string in the quotes that need the fewest escapes.
fn quoted(text: &str) -> String {
    // Literal strings, in `'` or `'''`, have no escapes: they cannot contain control characters or
    // their own delimiter.
    let is_busy = text.contains(['"', '\\', '\n']);
    let has_control = text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n'));
    if !is_busy || has_control || text.contains("'''") || text.ends_with('\'') {
        basic(text)
    } else if text.contains('\n') {
        // TOML drops a line break that follows the opening quotes.
        format!("'''\n{text}'''")
    } else if text.contains('\'') {
        format!("'''{text}'''")
    } else {
        format!("'{text}'")
    }
}

fn basic(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            // The last control character is U+009F, so four digits are enough.
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
