//! Variables without a value: those of the shell, and the placeholders of documentation.

use otpost::gateway::{SpecError, VarSpec};

use super::Places;
use crate::coding::FieldValue;
use crate::documentation;
use crate::heuristics::{can_be_code, is_secret};
use crate::note::CurlNote;
use crate::role::{Content, role};

impl Places<'_> {
    /// Returns the placeholder for a shell variable without a value: by its name a value of the
    /// message, else a variable of the spec.
    pub(super) fn unknown(
        &mut self,
        index: usize,
        before: &[u8],
        field: &FieldValue<'_>,
    ) -> Result<String, SpecError> {
        let name = self.variables.name(index).to_owned();
        let is_documented = self.variables.is_documented(index);
        let needs = self.variables.needs();
        let found = match role(&name) {
            found if !is_documented => found,
            Some(found) => Some(found).filter(|(content, _)| needs.accepts(*content)),
            // `to=<insert here>`: the field tells what the placeholder does not.
            None => role(field.name)
                .filter(|(content, _)| *content != Content::Code && needs.requires(*content)),
        };
        let is_secret = is_secret(field.name, "");
        let fits =
            |content: Content| !is_secret || (content == Content::Code && can_be_code(field.name));
        match found.filter(|(content, _)| fits(*content)) {
            Some((Content::Number, _)) => {
                let placeholder = self.number_behind(before);
                self.place(Content::Number, &placeholder, field);
                Ok(placeholder)
            }
            Some((content, placeholder)) => {
                self.place(content, placeholder, field);
                Ok(placeholder.to_owned())
            }
            None if is_documented => self.documented(&name, field),
            None => self.shell(&name, field, None),
        }
    }

    /// Returns the placeholder for a number behind the literals that begin it.
    fn number_behind(&self, before: &[u8]) -> String {
        let digits = before.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let digits = before.get(before.len().saturating_sub(digits)..).unwrap_or_default();
        match std::str::from_utf8(digits).unwrap_or_default() {
            // In `+$PHONE`, the command writes the plus, so the placeholder must not.
            "" if before.ends_with(b"+") => "{{to|plain}}".to_owned(),
            "" => "{{to}}".to_owned(),
            "00" => "{{to|plain}}".to_owned(),
            // In `91$MOBILE`, it writes the calling code as well.
            code if code.len() <= 3 && !code.starts_with('0') && code != "8" => {
                format!("{{{{to|national:{code}}}}}")
            }
            _ => format!("{{{{to|national:{}}}}}", self.calling_code),
        }
    }

    /// Returns the placeholder for a name in documentation, and declares a variable for it.
    pub(crate) fn documented(
        &mut self,
        name: &str,
        field: &FieldValue<'_>,
    ) -> Result<String, SpecError> {
        let own = documentation::variable(field.name);
        let name = [name, &own].into_iter().find(|name| !name.is_empty()).unwrap_or("value");
        let is_secret = is_secret(name, "") || is_secret(field.name, "");
        let spec = if is_secret { VarSpec::secret() } else { VarSpec::required() };
        let name = self.declare_as(name, Some(name), field, spec, None)?;
        self.note_unfilled(&name, field.place);
        Ok(format!("{{{{{name}}}}}"))
    }

    /// Notes a variable whose value the command does not have, once.
    pub(crate) fn note_unfilled(&mut self, name: &str, place: &str) {
        let is_noted = self
            .notes
            .iter()
            .any(|note| matches!(note, CurlNote::Unfilled { name: known, .. } if known == name));
        if !is_noted {
            let (name, place) = (name.to_owned(), place.to_owned());
            self.notes.push(CurlNote::Unfilled { name, place });
        }
    }
}
