//! Hints in the errors of the parser: what to write instead.

use crate::gateway::error::nearest;

/// The parser's message for a table that is one of several kinds, and has no key or more than one.
pub(super) const ONE_KEY: &str = "exactly one key";

/// The keys of `[request]`, which people write at the top of a file.
const REQUEST_KEYS: [&str; 9] =
    ["charset", "form", "headers", "json", "method", "multipart", "query", "url", "xml"];

const GUIDE: &str = "the keys are explained in otpost::guide::gateway_spec";

/// Returns the hint for a parser's message about the key at `path`.
pub(super) fn hint_of(message: &str, path: &str) -> String {
    if message.contains(ONE_KEY) {
        return "keep one of basic, bearer, header, query, hmac, hash, jwt, http_digest, token \
                and oauth2_client_credentials"
            .to_owned();
    }
    let hint = match message.split_once(" `") {
        Some(("unknown field", _)) if REQUEST_KEYS.contains(&path) => {
            Some(format!("write `{path}` below [request]"))
        }
        Some(("missing field", rest)) => {
            rest.split_once('`').map(|(name, _)| hint_for_missing(name, path))
        }
        _ => nearest_known(message).map(|known| format!("did you mean `{known}`?")),
    };
    if let Some(hint) = hint {
        return hint;
    }
    if message.starts_with("unknown field `") {
        // TOML reads `dlt.template_id = {}` as a table within a table.
        return match path.strip_prefix("vars.") {
            Some(name) => format!("if the dot belongs to the name, write it in quotes: \"{name}\""),
            None => GUIDE.to_owned(),
        };
    }
    hint_for_type(without_value(message), path).unwrap_or_else(|| GUIDE.to_owned())
}

/// Returns where a missing key belongs. In TOML, a key belongs to the section above it.
fn hint_for_missing(name: &str, path: &str) -> String {
    let is_listed = path.split('.').any(|part| part.parse::<usize>().is_ok());
    match path {
        "." => format!("write `{name}` at the top of the file, above all sections"),
        "reports" => GUIDE.to_owned(),
        _ if is_listed => format!("add `{name}` to this entry"),
        _ => format!("write `{name}` directly below [{path}], before the next section"),
    }
}

/// Returns the form of a value that has another type.
fn hint_for_type(expected: &str, path: &str) -> Option<String> {
    let name = path.rsplit('.').next().unwrap_or_default();
    let hint = match expected {
        "expected a boolean" => "write true or false, without quotes".to_owned(),
        "expected a whole number" if path == "spec" => "write spec = 1".to_owned(),
        "expected a whole number" => "write a number without quotes and fraction".to_owned(),
        "expected a string" if name.ends_with("timeout") => {
            format!("write it in quotes, with its unit: {name} = \"5s\"")
        }
        "expected a string" => "write it in quotes".to_owned(),
        "expected a list" if ["example", "response", "rule"].contains(&name) => {
            format!("write [[{path}]], with two brackets, before each entry")
        }
        "expected a list" => "write it between brackets: [ … ]".to_owned(),
        "expected a table" if path.starts_with("vars.") => {
            "write {}, { optional = true } or { secret = true }: the application sets the value"
                .to_owned()
        }
        "expected a table" if path == "auth.bearer" => {
            "write bearer = { token = \"{{name}}\" }".to_owned()
        }
        "expected a table" => "write it between braces: { key = \"value\" }".to_owned(),
        kinds if path.ends_with("auth") && kinds.starts_with("expected one of") => {
            "each kind is a section with its own keys, such as [auth.basic]".to_owned()
        }
        _ => return None,
    };
    Some(hint)
}

/// Returns the hint for a text that is not TOML.
pub(super) fn hint_for_line(text: &str, line: usize, problem: &str) -> &'static str {
    let written = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    if problem.contains("leading zero") {
        return "write a value that begins with a zero in quotes: \"007\"";
    }
    if text.trim_start().starts_with('{') {
        return "the text looks like JSON: write TOML, such as id = \"acme\"";
    }
    if written.contains(|c| matches!(c, '\u{2018}'..='\u{201f}')) {
        return "write straight quotes, \" or ', where the page shows other ones";
    }
    if problem.starts_with("duplicate key") {
        return "write each key once in a section; a list repeats a field: tag = [\"a\", \"b\"]";
    }
    if problem.contains("key with no value") && written.contains(':') {
        return "write key = \"value\" where YAML has key: value";
    }
    GUIDE
}

/// Returns the name that was probably meant, from a message that lists the known ones.
fn nearest_known(message: &str) -> Option<&str> {
    let is_list =
        ["unknown variant `", "unknown field `"].iter().any(|start| message.starts_with(start));
    // Every second part is between backticks: the name that was written, and the known names.
    let mut names = message.split('`').skip(1).step_by(2).filter(|_| is_list);
    let written = names.next()?;
    let known: Vec<&str> = names.collect();
    let same = known.iter().find(|known| known.eq_ignore_ascii_case(written)).copied();
    // `user` and `pass` are the beginnings of `username` and `password`.
    let begins = || {
        let mut longer = known.iter().filter(|known| known.starts_with(written));
        longer.next().filter(|_| written.len() >= 3).copied()
    };
    same.or_else(|| nearest(written, known.iter().copied())).or_else(begins)
}

/// Removes the value from a parser's message, and keeps what was expected. The value may be a
/// password that was written under the wrong key.
pub(super) fn without_value(message: &str) -> &str {
    // The messages of serde that begin like this quote the value.
    let quotes = ["invalid type", "invalid value", "invalid length", "unknown variant"];
    if !quotes.iter().any(|start| message.starts_with(start)) {
        return message;
    }
    let expected = message.rfind("expected ").and_then(|at| message.get(at..));
    // TOML has its own names for these, and readers of a spec do not know the types of Rust.
    match expected.unwrap_or("the value has the wrong type") {
        "expected a sequence" => "expected a list",
        "expected a map" => "expected a table",
        "expected i64" | "expected u8" | "expected u16" | "expected u32" | "expected u64"
        | "expected usize" => "expected a whole number",
        expected if expected.starts_with("expected struct ") => "expected a table",
        expected => expected,
    }
}
