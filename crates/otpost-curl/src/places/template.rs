//! Values as the templates of a spec.

use super::candidate::What;
use super::guess::{
    is_identity, is_secret, is_time, is_user, is_uuid, looks_like_a_key, role, says_a_secret,
};
use super::note::CurlNote;
use super::places::{Leaf, Part, Places};
use crate::gateway::error::SpecError;
use crate::gateway::spec::VarSpec;

impl Places<'_> {
    /// A value as a template.
    pub(super) fn template(&mut self, leaf: &Leaf<'_>) -> Result<String, SpecError> {
        let is_secret = is_secret(leaf.name, "");
        if is_secret && !self.variables().is_in(leaf.bytes) {
            // All of it is known, and all of it is the credential.
            let text = self.decode(leaf.bytes, false, leaf)?;
            return match self.known(leaf).into_iter().find(|(_, value)| value == leaf.bytes) {
                Some((name, _)) => self.shell(&name, leaf, Some(text)),
                None => self.constant(text, leaf),
            };
        }
        let (vars, notes) = (self.vars.len(), self.notes.len());
        let parts = self.parts(leaf)?;
        if let [Part::Text { bytes, .. }] = parts.as_slice() {
            let text = self.decode(bytes, false, leaf)?;
            return self.constant(text, leaf);
        }
        let holds_text = parts.iter().any(|part| {
            matches!(part, Part::Placeholder(placeholder) if placeholder.starts_with("{{text"))
        });
        let mut template = String::new();
        // The same without the values, to see what stands around them.
        let mut skeleton = String::new();
        for (at, part) in parts.iter().enumerate() {
            match part {
                Part::Text { bytes, .. } => {
                    let text = self.decode(bytes, holds_text, leaf)?;
                    if is_secret && !(at == 0 && is_scheme(&text)) {
                        // What stands beside a variable in a credential is a credential as well.
                        self.vars.truncate(vars);
                        self.notes.truncate(notes);
                        let name = self.declare(leaf.name, leaf, VarSpec::secret(), None)?;
                        return Ok(format!("{{{{{name}}}}}"));
                    }
                    if says_a_secret(&text) {
                        let hint =
                            "ask the gateway for a request that has it in a place of its own";
                        return Err(self.refuse(leaf, "a credential stands within a value", hint));
                    }
                    self.note_leftover(&text, leaf);
                    skeleton.push_str(&text);
                    template.push_str(&self.literal(&text, leaf)?);
                }
                Part::Placeholder(placeholder) => {
                    skeleton.push('X');
                    template.push_str(placeholder);
                }
            }
        }
        if holds_text && is_document(skeleton.trim()) {
            let hint =
                "a quote in a text would end the string; ask the gateway for a plainer request";
            let problem = "the text stands in JSON, XML or quotes inside of a value";
            return Err(self.refuse(leaf, problem, hint));
        }
        Ok(template)
    }

    /// A value that no message changes.
    fn constant(&mut self, text: String, leaf: &Leaf<'_>) -> Result<String, SpecError> {
        if is_uuid(&text) && is_identity(leaf.name) {
            let placeholder = "{{message_uuid}}";
            self.place(What::Other, placeholder, leaf);
            return Ok(placeholder.to_owned());
        }
        if text.contains("{{") {
            let scheme = text.find("{{").and_then(|at| text.get(..at)).unwrap_or_default();
            let is_one = text.ends_with("}}") && text.matches("{{").count() == 1;
            if !is_secret(leaf.name, "") || (is_one && (scheme.is_empty() || is_scheme(scheme))) {
                return self.literal(&text, leaf);
            }
            let name = self.declare(leaf.name, leaf, VarSpec::secret(), None)?;
            return Ok(format!("{{{{{name}}}}}"));
        }
        let is_secret = is_secret(leaf.name, &text) || says_a_secret(&text);
        let is_guessed = looks_like_a_key(leaf.name, &text) && self.has_room();
        if !text.is_empty() && (is_secret || is_guessed || is_user(leaf.name)) {
            let is_public = !is_secret && is_user(leaf.name);
            let spec = if is_public { VarSpec::required() } else { VarSpec::secret() };
            let name = self.declare(leaf.name, leaf, spec, Some(text))?;
            return Ok(format!("{{{{{name}}}}}"));
        }
        let is_code = matches!(role(leaf.name), Some((What::Code, _)));
        if is_code && !self.has_code && !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
        {
            let hint = "give it to the sample, else every message would send this one";
            return Err(self.refuse(leaf, "there is a code, and the sample has none", hint));
        }
        if is_time(leaf.name, &text) {
            self.notes.push(CurlNote::Time { place: leaf.place.to_owned() });
        }
        if text.starts_with('+')
            && text.len() > 8
            && text.bytes().skip(1).all(|b| b.is_ascii_digit())
        {
            self.notes.push(CurlNote::OtherNumber { place: leaf.place.to_owned() });
        }
        self.note_leftover(&text, leaf);
        Ok(text)
    }
    /// Text with the variables of a tool that writes them as we do: `{{api_key}}`.
    fn literal(&mut self, text: &str, leaf: &Leaf<'_>) -> Result<String, SpecError> {
        let mut template = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("{{") {
            template.push_str(before);
            let (name, after) = behind.split_once("}}").unwrap_or_default();
            let name = name.trim();
            let is_name = matches!(name, "$guid" | "$randomUUID")
                || name.starts_with(|c: char| c.is_ascii_alphabetic())
                    && name
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
            if !is_name {
                let hint = "a spec cannot say `{{` as text";
                return Err(self.refuse(leaf, "there is a `{{` that begins no variable", hint));
            }
            let role = match name {
                "$guid" | "$randomUUID" => Some((What::Other, "{{message_uuid}}")),
                name => role(name),
            };
            match role {
                Some((what, placeholder)) => {
                    self.place(what, placeholder, leaf);
                    template.push_str(placeholder);
                }
                None => {
                    let placeholder = self.shell(name, leaf, None)?;
                    template.push_str(&placeholder);
                }
            }
            rest = after;
        }
        template.push_str(rest);
        Ok(template)
    }
}

/// Whether a text is the word before a credential: `Bearer `.
fn is_scheme(text: &str) -> bool {
    let word = text.strip_suffix(' ').unwrap_or_default();
    (1..=16).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-')
}

/// Whether a text is JSON or XML of its own, or has strings between quotes, where nothing would escape a quote.
fn is_document(text: &str) -> bool {
    let is_json = text.starts_with(['{', '[']) && text.ends_with(['}', ']']);
    let is_xml = text.starts_with('<') && text.ends_with('>') && text.contains(['/', '=']);
    let in_quotes = ["=\"", ":\"", ": \"", "= \"", ",\"", "(\"", "='", ":'", ",'", "('"];
    is_json || is_xml || in_quotes.iter().any(|quote| text.contains(quote))
}
