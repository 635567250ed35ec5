//! Compiles the values of pairs, which may be documents of their own.

use std::sync::Arc;

use data_encoding::BASE64;
use zeroize::Zeroizing;

use super::condition::{ValueCondition, compile_condition};
use super::json::JsonDocument;
use super::nested::{NestedDocument, NestedValue};
use super::render_error::RenderError;
use super::scratch::Scratch;
use super::symbols::Symbols;
use super::value::ValueTemplate;
use super::values::Values;
use super::xml::XmlDocument;
use crate::gateway::error::SpecError;
use crate::gateway::spec::{Charset, ValueKind, ValueSpec};

/// Compiles a value of a form, a query, a header or a multipart body.
pub(in crate::gateway) fn compile_field(
    spec: &ValueSpec,
    scope: &Symbols<'_>,
    path: &str,
) -> Result<ValueTemplate, SpecError> {
    let before = scope.sent();
    let value = match &spec.kind {
        ValueKind::Text(text) => ValueTemplate::compile(text, scope, path)?,
        ValueKind::Base64(inner) => {
            let inner = scope.nested(path, || compile_field(inner, scope, path))?;
            let slots = inner.slots().into_iter().cloned().collect();
            let conditions = inner.condition_slots().into_iter().cloned().collect();
            let (absent, has_partial) = (inner.optional().map(str::to_owned), inner.is_partial());
            let document = Arc::new(Base64Document(inner));
            ValueTemplate::nested(
                NestedValue { document, slots, conditions, absent, has_partial },
                path,
            )
        }
        ValueKind::Json(json) => {
            let nested = || JsonDocument::nested(json, scope, compile_field, path);
            ValueTemplate::nested(scope.nested(path, nested)?, path)
        }
        ValueKind::Xml(xml) => ValueTemplate::nested(XmlDocument::nested(xml, scope, path)?, path),
    };
    let is_document = matches!(spec.kind, ValueKind::Json(_) | ValueKind::Xml(_));
    if is_document && scope.charset() == Charset::Gsm7 {
        let hint = "remove `charset`: its braces and quotes are other bytes";
        return Err(SpecError::new(path, "a document in a value needs another charset", hint));
    }
    let condition = compile_condition(&spec.with, &spec.when, scope, path)?;
    if let Some(encodings) = condition.as_ref().and_then(ValueCondition::encodings) {
        scope.note_partial(before, encodings);
    }
    value.conditional(condition)
}

/// The Base64 of another value.
#[derive(Debug)]
struct Base64Document(ValueTemplate);

impl NestedDocument for Base64Document {
    fn text(&self, values: &Values<'_>) -> Result<Option<Zeroizing<String>>, RenderError> {
        let mut scratch = Scratch::default();
        let Some(text) = self.0.render(values, &mut scratch)? else { return Ok(None) };
        Ok(Some(Zeroizing::new(BASE64.encode(text.as_bytes()))))
    }
}
