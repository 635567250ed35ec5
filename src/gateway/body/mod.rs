//! The body of a request, one file a kind.

pub(super) mod form;
pub(super) mod json;
pub(super) mod text;

use super::error::SpecError;
use super::leaf::{Leaf, RenderError};
use super::pair::{Pair, compile_pairs};
use super::scope::Scope;
use super::sink::Sink;
use super::spec::{Charset, Method, RequestSpec};
use super::values::Values;

/// Far above any message, and low enough that a mistake costs nothing.
const MAX_BODY: usize = 256 * 1_024;

/// A compiled body.
#[derive(Clone, Debug)]
pub(super) enum BodyPlan {
    Form(Vec<Pair>),
    Json(json::Node),
    None,
    Text(Leaf),
}

impl BodyPlan {
    pub(super) fn compile(request: &RequestSpec, scope: &Scope<'_>) -> Result<Self, SpecError> {
        let body = match (&request.form, &request.json, &request.text) {
            (None, None, None) => return Ok(Self::None),
            (Some(pairs), None, None) => Self::Form(compile_pairs(pairs, scope, "request.form")?),
            (None, Some(json), None) => Self::Json(json::Node::compile(json, scope)?),
            (None, None, Some(text)) => Self::Text(text::compile(text, scope)?),
            _ => {
                let hint = "keep one of form, json and text";
                return Err(SpecError::new("request", "there is more than one body", hint));
            }
        };
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

    /// Adds a field that another part of the spec asks for; gives it back where the body has no fields.
    pub(super) fn push_field(&mut self, pair: Pair) -> Result<(), Pair> {
        match self {
            Self::Form(pairs) => {
                pairs.push(pair);
                Ok(())
            }
            Self::Json(node) => node.push_field(pair),
            Self::None | Self::Text(_) => Err(pair),
        }
    }

    pub(super) fn render(
        &self,
        values: &Values<'_>,
        charset: Charset,
        replacement: Option<char>,
        scratch: &mut String,
    ) -> Result<Sink, RenderError> {
        let mut body = Sink::with_capacity(512);
        match self {
            Self::Form(pairs) => {
                form::render(pairs, values, charset, replacement, scratch, &mut body)?;
            }
            Self::Json(node) => {
                node.render(values, scratch, &mut body)?;
            }
            Self::None => {}
            Self::Text(leaf) => {
                text::render(leaf, values, charset, replacement, scratch, &mut body)?;
            }
        }
        if body.bytes().len() > MAX_BODY {
            return Err(RenderError::new("request", "the body is longer than 256 KiB"));
        }
        Ok(body)
    }
}
