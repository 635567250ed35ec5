//! The body of a request, one file a kind.

pub(super) mod form;
pub(super) mod json;
pub(super) mod text;

use super::charset::Encoding;
use super::error::SpecError;
use super::leaf::{Leaf, RenderError};
use super::pair::{Pair, compile_pairs};
use super::scope::Scope;
use super::scratch::Scratch;
use super::sink::Sink;
use super::spec::{Charset, Method, RequestSpec};
use super::values::Values;

/// Far above any message, and low enough that a mistake costs nothing.
const MAX_BODY: usize = 256 * 1_024;

/// A compiled body.
#[derive(Clone, Debug)]
pub(super) enum BodyPlan {
    Form(form::FormPlan),
    Json(json::Node),
    None,
    Text(Leaf),
}

impl BodyPlan {
    /// Compiles the body, with the field that carries the message's identity if the spec asks for one.
    pub(super) fn compile(
        request: &RequestSpec,
        identity: Option<&Pair>,
        values: Option<&Values<'_>>,
        scope: &Scope<'_>,
    ) -> Result<Self, SpecError> {
        let body = match (&request.form, &request.json, &request.text) {
            (None, None, None) => return Ok(Self::None),
            (Some(pairs), None, None) => {
                let mut pairs = compile_pairs(pairs, scope, "request.form")?;
                if identity.is_some_and(|new| pairs.iter().any(|pair| pair.name == new.name)) {
                    return Err(SpecError::new(
                        "idempotency.field",
                        "the form has it",
                        "remove one",
                    ));
                }
                pairs.extend(identity.cloned());
                let encoding = Encoding::of(request);
                Self::Form(form::FormPlan::compile(&pairs, values, encoding)?)
            }
            (None, Some(json), None) => {
                let mut node = json::Node::compile(json, scope)?;
                if let Some(pair) = identity {
                    node.push_field(pair.clone())?;
                }
                Self::Json(node)
            }
            (None, None, Some(_)) => Self::Text(text::compile(request, scope)?),
            _ => {
                let hint = "keep one of form, json and text";
                return Err(SpecError::new("request", "there is more than one body", hint));
            }
        };
        match (&body, values) {
            (Self::Json(node), Some(values)) => node.check_fixed(values)?,
            (Self::Text(leaf), Some(values)) => leaf.check_fixed(values)?,
            _ => {}
        }
        if request.method == Method::Get {
            let hint = "use POST, or put the values under `request.query`";
            return Err(SpecError::new("request.method", "a GET has no body", hint));
        }
        if matches!(body, Self::Json(_)) && request.charset == Charset::Latin1 {
            let hint = "remove `charset`: RFC 8259 §8.1 allows UTF-8 alone";
            return Err(SpecError::new("request.charset", "JSON is not Latin-1", hint));
        }
        Ok(body)
    }

    /// The `Content-Type` that goes with the body, if the spec does not name one.
    pub(super) const fn content_type(&self, charset: Charset) -> Option<&'static str> {
        match self {
            Self::Form(_) => Some("application/x-www-form-urlencoded"),
            Self::Json(_) => Some("application/json"),
            Self::None => None,
            Self::Text(_) => Some(match charset {
                Charset::Latin1 => "text/plain; charset=iso-8859-1",
                Charset::Utf8 | Charset::Utf16BeHex => "text/plain; charset=utf-8",
            }),
        }
    }

    /// Whether a form or JSON object can take a field.
    pub(super) const fn takes_fields(request: &RequestSpec) -> bool {
        request.form.is_some() || request.json.is_some()
    }

    pub(super) fn render(
        &self,
        values: &Values<'_>,
        encoding: Encoding,
        mut body: Sink,
        scratch: &mut Scratch,
    ) -> Result<Sink, RenderError> {
        match self {
            Self::Form(form) => form.render(values, encoding, scratch, &mut body)?,
            Self::Json(node) => {
                node.render(values, scratch, &mut body)?;
            }
            Self::None => {}
            Self::Text(leaf) => text::render(leaf, values, encoding, scratch, &mut body)?,
        }
        if body.bytes().len() > MAX_BODY {
            return Err(RenderError::new("request", "the body is longer than 256 KiB"));
        }
        Ok(body)
    }
}
