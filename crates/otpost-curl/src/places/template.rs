//! Templates from the values of a request.

use otpost::gateway::{SpecError, VarSpec};

use super::{Places, ValuePart};
use crate::coding::FieldValue;
use crate::frozen;
use crate::heuristics::{
    is_identity, is_secret, is_user, is_uuid, looks_like_a_key, says_a_secret,
};
use crate::note::CurlNote;
use crate::role::{Content, role};

impl Places<'_> {
    /// Returns a value as a template: with placeholders, and with variables for secrets.
    pub(crate) fn template(&mut self, field: &FieldValue<'_>) -> Result<String, SpecError> {
        let is_secret = is_secret(field.name, "");
        if is_secret && !self.variables().is_in(field.bytes) && !self.is_code(field) {
            // The whole value is the credential, and the command has it.
            let text = self.decode(field.bytes, false, field)?;
            if self.code.as_ref().is_some_and(|code| code.expose() == text) {
                self.notes.push(CurlNote::SecretIsCode { place: field.place.to_owned() });
            }
            return match self.known(field).into_iter().find(|(_, value)| value == field.bytes) {
                Some((name, _)) => self.shell(&name, field, Some(text)),
                None => self.constant(text, field),
            };
        }
        // To undo the variables that `parts` declares for pieces of a credential.
        let (vars, notes) = (self.vars.len(), self.notes.len());
        let parts = self.parts(field)?;
        if let [ValuePart::Text { bytes, .. }] = parts.as_slice() {
            let text = self.decode(bytes, false, field)?;
            return self.constant(text, field);
        }
        let holds_text = parts.iter().any(|part| {
            matches!(part, ValuePart::Placeholder(placeholder) if placeholder.starts_with("{{text"))
        });
        let mut template = String::new();
        // The literals around the placeholders.
        let mut skeleton = String::new();
        for (at, part) in parts.iter().enumerate() {
            match part {
                ValuePart::Text { bytes, .. } => {
                    let text = self.decode(bytes, holds_text, field)?;
                    if is_secret && !(at == 0 && is_scheme(&text)) {
                        // A literal beside a variable in a credential is a part of the credential.
                        self.vars.truncate(vars);
                        self.notes.truncate(notes);
                        let name = self.declare(field.name, field, VarSpec::secret(), None)?;
                        return Ok(format!("{{{{{name}}}}}"));
                    }
                    if says_a_secret(&text) {
                        let hint = "use a request that has it in a field apart";
                        return Err(self.refuse(field, "a credential is inside of a value", hint));
                    }
                    self.note_leftover(&text, field);
                    skeleton.push_str(&text);
                    template.push_str(&self.literal(&text, field)?);
                }
                ValuePart::Placeholder(placeholder) => {
                    // Any letter will do: it only keeps the literals around it apart.
                    skeleton.push('X');
                    template.push_str(placeholder);
                }
            }
        }
        if holds_text && is_document(skeleton.trim()) {
            let hint =
                "a quote in a text would end the string: use a request without nested quotes";
            let problem = "the text is in JSON, XML or quotes inside of a value";
            return Err(self.refuse(field, problem, hint));
        }
        Ok(template)
    }

    /// Returns a value that is the same for each message, or a variable for it.
    fn constant(&mut self, text: String, field: &FieldValue<'_>) -> Result<String, SpecError> {
        if is_uuid(&text) && is_identity(field.name) {
            let placeholder = "{{message_uuid}}";
            self.place(Content::Other, placeholder, field);
            return Ok(placeholder.to_owned());
        }
        if text.contains("{{") {
            let scheme = text.find("{{").and_then(|at| text.get(..at)).unwrap_or_default();
            // `Bearer {{token}}` is a scheme and a variable of Postman. Any other text beside a
            // variable in a credential is a part of the credential.
            let is_one = text.ends_with("}}") && text.matches("{{").count() == 1;
            if !is_secret(field.name, "") || (is_one && (scheme.is_empty() || is_scheme(scheme))) {
                return self.literal(&text, field);
            }
            let name = self.declare(field.name, field, VarSpec::secret(), None)?;
            return Ok(format!("{{{{{name}}}}}"));
        }
        if let Some(masked) = self.masked(&text, field)? {
            return Ok(masked);
        }
        self.notes.extend(frozen::note(field.name, &text, field.place));
        let is_secret = is_secret(field.name, &text) || says_a_secret(&text);
        let is_guessed = looks_like_a_key(field.name, &text) && self.has_room();
        if !text.is_empty() && (is_secret || is_guessed || is_user(field.name)) {
            let is_public = !is_secret && is_user(field.name);
            let spec = if is_public { VarSpec::required() } else { VarSpec::secret() };
            let name = self.declare(field.name, field, spec, Some(text))?;
            return Ok(format!("{{{{{name}}}}}"));
        }
        let is_code = matches!(role(field.name), Some((Content::Code, _)));
        if is_code
            && self.code.is_none()
            && !text.is_empty()
            && text.bytes().all(|b| b.is_ascii_digit())
        {
            let hint = "set the code of the sample, else each message would send this one";
            return Err(self.refuse(field, "the value is a code, and the sample has none", hint));
        }
        if text.starts_with('+')
            && text.len() > 8
            && text.bytes().skip(1).all(|b| b.is_ascii_digit())
        {
            self.notes.push(CurlNote::OtherNumber { place: field.place.to_owned() });
        }
        self.note_leftover(&text, field);
        Ok(text)
    }

    /// Returns a literal, with the variables of tools such as Postman, which write `{{api_key}}`
    /// too.
    fn literal(&mut self, text: &str, field: &FieldValue<'_>) -> Result<String, SpecError> {
        let mut template = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("{{") {
            template.push_str(before);
            // Braces that are not closed give an empty name, which is rejected below.
            let (name, after) = behind.split_once("}}").unwrap_or_default();
            let name = name.trim();
            let is_name = matches!(name, "$guid" | "$randomUUID")
                || name.starts_with(|c: char| c.is_ascii_alphabetic())
                    && name
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
            if !is_name {
                let hint = "write {{name}}; a spec cannot send `{{` as text";
                return Err(self.refuse(field, "`{{` is not followed by a name and `}}`", hint));
            }
            let role = match name {
                "$guid" | "$randomUUID" => Some((Content::Other, "{{message_uuid}}")),
                name => role(name),
            };
            match role {
                Some((content, placeholder)) => {
                    self.place(content, placeholder, field);
                    template.push_str(placeholder);
                }
                None => {
                    let placeholder = self.shell(name, field, None)?;
                    template.push_str(&placeholder);
                }
            }
            rest = after;
        }
        template.push_str(rest);
        Ok(template)
    }
}

/// Returns `true` for the word before a credential, such as `Bearer `.
fn is_scheme(text: &str) -> bool {
    let word = text.strip_suffix(' ').unwrap_or_default();
    (1..=16).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-')
}

/// Returns `true` if a literal is JSON or XML, or has strings between quotes. A spec would not
/// escape quotes there.
fn is_document(text: &str) -> bool {
    let is_json = text.starts_with(['{', '[']) && text.ends_with(['}', ']']);
    let is_xml = text.starts_with('<') && text.ends_with('>') && text.contains(['/', '=']);
    let in_quotes = ["=\"", ":\"", ": \"", "= \"", ",\"", "(\"", "='", ":'", ",'", "('"];
    is_json || is_xml || in_quotes.iter().any(|quote| text.contains(quote))
}
