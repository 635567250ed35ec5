//! Values that hide an example: `xxxxxxxx`, `AC****`, `91XXXXXXXXXX`, and words such as
//! `auth_token` where a secret belongs.

use otpost::gateway::SpecError;

use super::Places;
use crate::coding::FieldValue;
use crate::documentation;
use crate::heuristics::{is_masked, is_secret, is_user};
use crate::role::{Content, role, words};

impl Places<'_> {
    /// Returns the placeholder for a value that hides an example, or `None` for any other value.
    pub(super) fn masked(
        &mut self,
        text: &str,
        field: &FieldValue<'_>,
    ) -> Result<Option<String>, SpecError> {
        let found = role(field.name).filter(|_| !is_secret(field.name, ""));
        if let Some((Content::Number, _)) = found
            && is_masked_number(text)
        {
            return self.masked_number(text, field).map(Some);
        }
        if is_masked(text) {
            return match found.filter(|(content, _)| self.variables().needs().accepts(*content)) {
                Some((content, placeholder)) if content != Content::Number => {
                    self.place(content, placeholder, field);
                    Ok(Some(placeholder.to_owned()))
                }
                _ => self.documented("", field).map(Some),
            };
        }
        match is_example(text, field.name) {
            true => self.documented(&documentation::variable(text), field).map(Some),
            false => Ok(None),
        }
    }

    /// Returns the placeholder for a number such as `+91XXXXXXXXXX`.
    fn masked_number(&mut self, text: &str, field: &FieldValue<'_>) -> Result<String, SpecError> {
        let compact: String =
            text.chars().filter(|c| c.is_ascii_alphanumeric() || "+*".contains(*c)).collect();
        let shown = compact.trim_end_matches(['x', 'X', '*']);
        let (code, national) = (self.calling_code.clone(), self.national.len());
        let international = code.len().saturating_add(national);
        let begins = |start: &str, of: &str| start.starts_with(of) || of.starts_with(start);
        let placeholder = match (shown.strip_prefix('+'), shown.strip_prefix("00")) {
            (Some(rest), _) if begins(rest, &code) => Some("{{to}}".to_owned()),
            (_, Some(rest)) if begins(rest, &code) => Some("{{to|zeros}}".to_owned()),
            (Some(_), _) | (_, Some(_)) => None,
            _ if compact.len() == international && begins(shown, &code) => {
                Some("{{to|plain}}".to_owned())
            }
            _ if compact.len() == national && !shown.starts_with('0') => {
                Some(format!("{{{{to|national:{code}}}}}"))
            }
            _ if shown.starts_with('0') => Some(format!("0{{{{to|national:{code}}}}}")),
            _ if shown.starts_with(&code) => Some("{{to|plain}}".to_owned()),
            _ => None,
        };
        let needed = placeholder.filter(|_| self.variables().needs().requires(Content::Number));
        let Some(placeholder) = needed else {
            let hint = "write the recipient's number of the sample in full";
            return Err(self.refuse(field, "the number is masked", hint));
        };
        self.place(Content::Number, &placeholder, field);
        Ok(placeholder)
    }
}

/// Returns `true` for digits that go on with crosses.
fn is_masked_number(text: &str) -> bool {
    let compact: String = text.chars().filter(|c| !" -.()".contains(*c)).collect();
    let crosses = compact.trim_start_matches(|c: char| c.is_ascii_digit() || c == '+');
    let is_crosses = crosses.chars().all(|c| matches!(c, 'x' | 'X' | '*'));
    is_crosses && crosses.len() >= 4
}

/// Returns `true` for a name where a secret or an account belongs, such as `auth_token`. A single
/// word can be a password.
fn is_example(text: &str, name: &str) -> bool {
    let words = words(text);
    let is_name = words.len() >= 2
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '_' | '-'));
    let is_user_word = ["username", "userid"].contains(&text.to_ascii_lowercase().as_str());
    let is_id = || words.last().is_some_and(|last| last == "id" || last == "sid");
    (is_user(name) && is_user_word)
        || is_name
            && ((is_secret(name, "") && is_secret(text, ""))
                || (is_user(name) && (is_secret(text, "") || is_id())))
}
