//! Documents inside of forms: JSON in a field, or fields that contain lines.

use crate::gateway::error::SpecError;
use crate::gateway::response::{Answer, Json, MAX_PLACE};

const PATH: &str = "reports.document";

/// The place of the document in a form.
#[derive(Clone, Debug)]
pub(in crate::gateway) enum FormDocument {
    /// A field that contains JSON.
    Json(String),
    /// Fields that contain lines.
    Lines(FieldNames),
}

/// The name of fields, in which one `*` stands for digits.
#[derive(Clone, Debug)]
pub(in crate::gateway) struct FieldNames {
    start: String,
    /// The text after the digits. `None` for a name without digits.
    end: Option<String>,
}

impl FormDocument {
    pub(in crate::gateway) fn compile(text: &str) -> Result<Self, SpecError> {
        if text.len() > MAX_PLACE {
            return Err(SpecError::new(PATH, "it has more than 512 bytes", "shorten it"));
        }
        match text.split_once(':') {
            Some(("form", name)) if !name.is_empty() => Ok(Self::Json(name.to_owned())),
            Some(("lines", name)) if !name.is_empty() => Ok(Self::Lines(FieldNames::parse(name))),
            _ => {
                let hint = "write form:name for JSON in a field, or lines:name for lines";
                Err(SpecError::new(PATH, "it is not a place in a form", hint))
            }
        }
    }

    /// Returns whether the field is a part of the document.
    pub(in crate::gateway) fn includes(&self, field: &str) -> bool {
        match self {
            Self::Json(name) => name == field,
            Self::Lines(names) => names.include(field),
        }
    }

    /// Reads the document. Returns `None` if the form does not contain it.
    pub(super) fn read(&self, content: &Answer<'_>) -> Option<Json<'static>> {
        match self {
            Self::Json(name) => Json::parse(content.form(name)?).map(Json::into_owned),
            Self::Lines(names) => {
                let fields = content.form_pairs().iter().filter(|(name, _)| names.include(name));
                let items: Vec<_> = fields.map(|(_, value)| lines(value)).collect();
                (!items.is_empty()).then_some(Json::Array(items))
            }
        }
    }
}

impl FieldNames {
    fn parse(text: &str) -> Self {
        let (start, end) = match text.split_once('*') {
            Some((start, end)) => (start, Some(end.to_owned())),
            None => (text, None),
        };
        Self { start: start.to_owned(), end }
    }

    /// Returns the name of a field.
    pub(in crate::gateway) fn nth(&self, at: usize) -> String {
        match &self.end {
            Some(end) => format!("{}{at}{end}", self.start),
            None => self.start.clone(),
        }
    }

    fn include(&self, name: &str) -> bool {
        let Some(end) = &self.end else { return name == self.start };
        let digits = name.strip_prefix(&*self.start).and_then(|rest| rest.strip_suffix(&**end));
        digits.is_some_and(|digits| {
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        })
    }
}

/// Returns the lines of a text, as a list.
fn lines(text: &str) -> Json<'static> {
    Json::Array(text.lines().map(|line| Json::Text(line.to_owned().into())).collect())
}
