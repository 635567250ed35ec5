use std::fmt;

use super::json::Json;

use crate::gateway::error::SpecError;

/// A parsed JSON pointer (RFC 6901).
#[derive(Clone, Debug)]
pub(in crate::gateway) struct Pointer {
    text: String,
    tokens: Vec<String>,
}

impl Pointer {
    pub(in crate::gateway) fn parse(text: &str, path: &str) -> Result<Self, SpecError> {
        // RFC 6901 §3: a pointer is empty, or each token follows a slash, and `~` appears only in
        // `~0` and `~1`.
        let slashes = text.is_empty() || text.starts_with('/');
        let escapes = text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
        if !slashes || !escapes {
            let problem =
                format!("`{}` is not a JSON pointer", text.chars().take(60).collect::<String>());
            return Err(SpecError::new(path, problem, "write it as /messages/0/id"));
        }
        let tokens =
            // RFC 6901 §4: `~1` is decoded first, so that `~01` becomes `~1` and not a slash.
            text.split('/').skip(1).map(|token| token.replace("~1", "/").replace("~0", "~"));
        Ok(Self { text: text.to_owned(), tokens: tokens.collect() })
    }

    pub(in crate::gateway) fn find<'j>(&self, json: &'j Json<'j>) -> Option<&'j Json<'j>> {
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
