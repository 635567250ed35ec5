//! Compiles the values of pairs, which may be documents of their own.

use std::sync::Arc;

use super::condition::PresenceCondition;
use super::json::JsonReader;
use super::mismatch::MismatchKind;
use super::text::TextReader;
use super::value::ValueReader;
use super::xml::XmlReader;
use crate::gateway::error::SpecError;
use crate::gateway::request::symbols::Symbols;
use crate::gateway::spec::{ValueKind, ValueSpec};

/// Compiles a value of a form, a query, a header or a multipart body.
pub(super) fn compile_field(
    spec: &ValueSpec,
    kind: MismatchKind,
    scope: &Symbols<'_>,
    path: &str,
) -> Result<ValueReader, SpecError> {
    let value = match &spec.kind {
        ValueKind::Base64(inner) => ValueReader::base64(compile_field(inner, kind, scope, path)?),
        ValueKind::Json(json) => {
            ValueReader::nested(Arc::new(JsonReader::compile(json, scope, compile_field, path)?))
        }
        ValueKind::Text(text) => ValueReader::text(TextReader::compile(text, kind, scope, path)?),
        ValueKind::Xml(xml) => ValueReader::nested(Arc::new(XmlReader::compile(xml, scope, path)?)),
    };
    let condition = PresenceCondition::compile(&spec.with, &spec.when, scope, path)?;
    Ok(value.conditional(condition))
}
