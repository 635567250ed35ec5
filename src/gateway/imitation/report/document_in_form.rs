//! A document inside of a form, as parts that can be replaced.

use serde_json::{Map, Value};

use crate::gateway::reports::FormDocument;

/// A form with a document in one or several of its fields.
#[derive(Clone)]
pub(super) struct DocumentInForm {
    place: FormDocument,
    /// The document, which pointers lead into.
    pub(super) json: Value,
    /// The other fields of the form.
    pub(super) others: Vec<(String, String)>,
}

impl DocumentInForm {
    /// Takes the document out of the fields of an example.
    pub(super) fn parse(place: &str, fields: Vec<(String, String)>) -> Option<Self> {
        let place = FormDocument::compile(place).ok()?;
        let (inner, others): (Vec<_>, Vec<_>) =
            fields.into_iter().partition(|(name, _)| place.includes(name));
        let json = match &place {
            FormDocument::Json(_) => serde_json::from_str(&inner.first()?.1).ok()?,
            FormDocument::Lines(_) => {
                let lists = inner.iter().map(|(_, text)| text.lines().map(Value::from).collect());
                Value::Array(lists.collect())
            }
        };
        Some(Self { place, json, others })
    }

    /// Creates an empty document, for a spec without examples.
    pub(super) fn empty(place: &str) -> Option<Self> {
        let place = FormDocument::compile(place).ok()?;
        let json = match place {
            FormDocument::Json(_) => Value::Object(Map::new()),
            FormDocument::Lines(_) => Value::Array(Vec::new()),
        };
        Some(Self { place, json, others: Vec::new() })
    }

    /// Returns all fields of the form.
    pub(super) fn fields(&self) -> Vec<(String, String)> {
        let mut fields = self.others.clone();
        match &self.place {
            FormDocument::Json(name) => fields.push((name.clone(), self.json.to_string())),
            FormDocument::Lines(names) => {
                let lists = self.json.as_array().into_iter().flatten().enumerate();
                fields.extend(lists.map(|(at, list)| {
                    let lines = list.as_array().into_iter().flatten();
                    let lines: Vec<_> =
                        lines.map(|line| line.as_str().unwrap_or_default()).collect();
                    (names.nth(at), lines.join("\n"))
                }));
            }
        }
        fields
    }
}
