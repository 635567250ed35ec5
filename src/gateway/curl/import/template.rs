//! Values as the templates of a spec.

use super::candidate::What;
use super::guess::{is_identity, is_secret, is_time, is_user, is_uuid, role};
use super::note::CurlNote;
use super::places::{Leaf, Part, Places};
use crate::gateway::error::SpecError;
use crate::gateway::spec::VarSpec;

impl Places<'_> {
    /// A value as a template.
    pub(super) fn template(&mut self, leaf: &Leaf<'_>) -> Result<String, SpecError> {
        let parts = self.parts(leaf)?;
        if let [Part::Text { bytes, .. }] = parts.as_slice() {
            let text = self.decode(bytes, false, leaf)?;
            return self.constant(text, leaf);
        }
        let holds_text = parts.iter().any(|part| {
            matches!(part, Part::Placeholder(placeholder) if placeholder.starts_with("{{text"))
        });
        let mut template = String::new();
        for part in &parts {
            match part {
                Part::Text { bytes, .. } => {
                    let text = self.decode(bytes, holds_text, leaf)?;
                    template.push_str(&self.literal(&text, leaf)?);
                }
                Part::Placeholder(placeholder) => template.push_str(placeholder),
            }
        }
        if holds_text && is_document(&template) {
            let hint =
                "quotes in a text would end the string; ask the gateway for a plainer request";
            return Err(self.refuse(
                leaf,
                "the text stands in JSON or XML inside of a value",
                hint,
            ));
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
            return self.literal(&text, leaf);
        }
        let is_secret = is_secret(leaf.name, &text);
        if !text.is_empty() && (is_secret || is_user(leaf.name)) {
            let spec = if is_secret { VarSpec::secret() } else { VarSpec::required() };
            let name = self.declare(leaf.name, leaf, spec, Some(text))?;
            return Ok(format!("{{{{{name}}}}}"));
        }
        if is_time(&text) {
            self.notes.push(CurlNote::Time { place: leaf.place.to_owned() });
        }
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
            let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
            if !is_name {
                let hint = "a spec cannot say `{{` as text";
                return Err(self.refuse(leaf, "there is a `{{` that begins no variable", hint));
            }
            match role(name) {
                Some((what, placeholder)) => {
                    self.place(what, placeholder, leaf);
                    template.push_str(placeholder);
                }
                None => {
                    let is_public = is_user(name) && !is_secret(leaf.name, "");
                    let spec = if is_public { VarSpec::required() } else { VarSpec::secret() };
                    let name = self.declare(name, leaf, spec, None)?;
                    template.push_str(&format!("{{{{{name}}}}}"));
                }
            }
            rest = after;
        }
        template.push_str(rest);
        Ok(template)
    }
}

/// Whether a text is JSON or XML of its own.
fn is_document(text: &str) -> bool {
    let is_json = text.starts_with(['{', '[']);
    is_json && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
        || text.starts_with('<') && text.contains("</")
}
