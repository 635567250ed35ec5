use std::fmt;

use super::json::Json;

use crate::gateway::error::SpecError;

/// A parsed JSON pointer (RFC 6901).
#[derive(Clone, Debug)]
pub(in crate::gateway) struct Pointer {
    text: Box<str>,
    tokens: Box<[Box<str>]>,
    is_list: bool,
}

impl Pointer {
    pub(in crate::gateway) fn parse(
        text: &str,
        path: impl fmt::Display,
    ) -> Result<Self, SpecError> {
        // RFC 6901 §3: a pointer is empty, or each token follows a slash, and `~` appears only in
        // `~0` and `~1`.
        let slashes = text.is_empty() || text.starts_with('/');
        let escapes = text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
        if !slashes || !escapes {
            let problem =
                format!("`{}` is not a JSON pointer", text.chars().take(60).collect::<String>());
            let meant = pointer_of(text).unwrap_or_else(|| "/messages/0/id".to_owned());
            return Err(SpecError::new(path.to_string(), problem, format!("write it as {meant}")));
        }
        let decode = |token: &str| match token.contains('~') {
            // RFC 6901 §4: `~1` is decoded first, so that `~01` becomes `~1` and not a slash.
            true => token.replace("~1", "/").replace("~0", "~").into_boxed_str(),
            false => token.into(),
        };
        let tokens: Box<[Box<str>]> = text.split('/').skip(1).map(decode).collect();
        let is_list = tokens.iter().any(|token| &**token == "*");
        Ok(Self { text: text.into(), tokens, is_list })
    }

    /// Returns whether the pointer addresses a list of values, by a `*` in place of a name or an
    /// index.
    pub(in crate::gateway) const fn is_list(&self) -> bool {
        self.is_list
    }

    /// Returns the values at the pointer. `*` stands for all items of an array and all members of
    /// an object, so there may be several.
    pub(in crate::gateway) fn find_all<'j>(&self, json: &'j Json<'j>) -> Vec<&'j Json<'j>> {
        self.tokens.iter().fold(vec![json], |values, token| {
            let next = values.into_iter().flat_map(|value| match &**token {
                "*" => value.children(),
                token => {
                    let found = value.member(token).or_else(|| value.item(index(token)?));
                    found.into_iter().collect()
                }
            });
            // A response has at most 64 KiB by default, so the list stays short.
            next.collect()
        })
    }

    /// Returns the value at the pointer, or the first one if there are several.
    pub(in crate::gateway) fn find<'j>(&self, json: &'j Json<'j>) -> Option<&'j Json<'j>> {
        if self.is_list() {
            return self.find_all(json).into_iter().next();
        }
        self.tokens.iter().try_fold(json, |value, token| {
            value.member(token).or_else(|| value.item(index(token)?))
        })
    }
}

/// Parses an array index: digits without leading zeros (RFC 6901 §4).
fn index(token: &str) -> Option<usize> {
    let canonical = token == "0" || !token.starts_with('0');
    (canonical && token.bytes().all(|b| b.is_ascii_digit())).then(|| token.parse().ok()).flatten()
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Returns the pointer for a path in another notation: `$.data[0].id`, `data.0.id`, `data/0/id` or
/// `["data"]`.
pub(super) fn pointer_of(text: &str) -> Option<String> {
    let path = text.trim().trim_start_matches(['$', '.']);
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '*' | ' ');
    let is_mark = |c: char| matches!(c, '.' | '/' | '[' | ']' | '"' | '\'');
    if path.is_empty() || path.len() > 60 || !path.chars().all(|c| is_name(c) || is_mark(c)) {
        return None;
    }
    let names = path.split(is_mark).filter(|name| !name.is_empty());
    Some(names.fold(String::new(), |pointer, name| format!("{pointer}/{name}")))
}
