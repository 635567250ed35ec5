//! The body of a request, one file a kind.

pub(super) mod form;
pub(super) mod json;
pub(super) mod multipart;
pub(super) mod text;
mod xml;

use super::charset::Encoding;
use super::error::SpecError;
use super::masked::MaskedBytes;
use super::pair::{CompiledPair, compile_pairs};
use super::scratch::Scratch;
use super::spec::{Charset, Method, Pairs, RequestSpec};
use super::symbols::Symbols;
use super::value::{RenderError, ValueTemplate};
use super::values::Values;

/// Far above any message, and low enough that a mistake costs nothing.
const MAX_BODY: usize = 256 * 1_024;

/// A compiled body.
#[derive(Clone, Debug)]
pub(super) enum BodyPlan {
    Form(form::FormPlan),
    Json(json::Node),
    Multipart(multipart::MultipartPlan),
    None,
    Text(ValueTemplate),
    Xml(xml::XmlPlan),
}

impl BodyPlan {
    /// Compiles the body, with the field that carries the message's identity if the spec asks for one.
    pub(super) fn compile(
        request: &RequestSpec,
        identity: Option<&CompiledPair>,
        values: Option<&Values<'_>>,
        scope: &Symbols<'_>,
    ) -> Result<Self, SpecError> {
        let RequestSpec { form, json, multipart, text, xml, .. } = request;
        let count =
            [form.is_some(), json.is_some(), multipart.is_some(), text.is_some(), xml.is_some()];
        if count.iter().filter(|is_there| **is_there).count() > 1 {
            let hint = "keep one of form, json, multipart, text and xml";
            return Err(SpecError::new("request", "there is more than one body", hint));
        }
        let encoding = Encoding::of(request);
        let body = if let Some(pairs) = form {
            let pairs = fields(pairs, identity, scope, "request.form")?;
            Self::Form(form::FormPlan::compile(&pairs, values, encoding)?)
        } else if let Some(json) = json {
            let mut node = json::Node::compile(json, scope)?;
            if let Some(pair) = identity {
                node.push_field(pair.clone())?;
            }
            Self::Json(node)
        } else if let Some(pairs) = multipart {
            let pairs = fields(pairs, identity, scope, "request.multipart")?;
            Self::Multipart(multipart::MultipartPlan::compile(pairs))
        } else if text.is_some() {
            Self::Text(text::compile(request, scope)?)
        } else if let Some(xml) = xml {
            Self::Xml(xml::XmlPlan::compile(xml, scope)?)
        } else {
            return Ok(Self::None);
        };
        match (&body, values) {
            (Self::Json(node), Some(values)) => node.check_fixed(values)?,
            (Self::Multipart(plan), Some(values)) => plan.check_fixed(values, encoding)?,
            (Self::Text(leaf), Some(values)) => leaf.check_fixed(values)?,
            (Self::Xml(plan), Some(values)) => plan.check_fixed(values)?,
            _ => {}
        }
        if request.method == Method::Get {
            let hint = "use POST, or put the values under `request.query`";
            return Err(SpecError::new("request.method", "a GET has no body", hint));
        }
        let is_utf8 = matches!(request.charset, Charset::Utf8 | Charset::Utf16BeHex);
        if matches!(body, Self::Json(_)) && !is_utf8 {
            let hint = "remove `charset`: RFC 8259 §8.1 allows UTF-8 alone";
            return Err(SpecError::new("request.charset", "JSON is UTF-8", hint));
        }
        if matches!(body, Self::Xml(_)) && request.charset == Charset::Gsm7 {
            let hint = "use utf-8 or latin1";
            return Err(SpecError::new("request.charset", "XML has no such encoding", hint));
        }
        Ok(body)
    }

    /// The `Content-Type` that goes with the body, if the spec does not name one.
    pub(super) const fn content_type(&self, charset: Charset) -> Option<&'static str> {
        match self {
            Self::Form(_) => Some("application/x-www-form-urlencoded"),
            Self::Json(_) => Some("application/json"),
            // That of a multipart body holds its boundary, which is another for each message.
            Self::Multipart(_) | Self::None => None,
            Self::Text(_) => Some(match charset {
                Charset::Gsm7 => "text/plain",
                Charset::Latin1 => "text/plain; charset=iso-8859-1",
                Charset::Utf8 | Charset::Utf16BeHex => "text/plain; charset=utf-8",
            }),
            Self::Xml(_) => Some(match charset {
                Charset::Latin1 => "application/xml; charset=iso-8859-1",
                _ => "application/xml; charset=utf-8",
            }),
        }
    }

    /// Whether a form or JSON object can take a field.
    pub(super) const fn takes_fields(request: &RequestSpec) -> bool {
        request.form.is_some() || request.json.is_some() || request.multipart.is_some()
    }

    pub(super) fn render(
        &self,
        values: &Values<'_>,
        encoding: Encoding,
        mut body: MaskedBytes,
        scratch: &mut Scratch,
    ) -> Result<MaskedBytes, RenderError> {
        match self {
            Self::Form(form) => form.render(values, encoding, scratch, &mut body)?,
            Self::Json(node) => {
                node.render(values, scratch, &mut body)?;
            }
            Self::Multipart(plan) => plan.render(values, encoding, scratch, &mut body)?,
            Self::None => {}
            Self::Text(leaf) => text::render(leaf, values, encoding, scratch, &mut body)?,
            Self::Xml(plan) => plan.render(values, encoding, scratch, &mut body)?,
        }
        if body.bytes().len() > MAX_BODY {
            return Err(RenderError::new("request", "the body is longer than 256 KiB"));
        }
        Ok(body)
    }
}

/// The fields of a form, with the one that carries the message's identity.
fn fields(
    pairs: &Pairs,
    identity: Option<&CompiledPair>,
    scope: &Symbols<'_>,
    within: &str,
) -> Result<Vec<CompiledPair>, SpecError> {
    let mut pairs = compile_pairs(pairs, scope, within)?;
    if identity.is_some_and(|new| pairs.iter().any(|pair| pair.name == new.name)) {
        return Err(SpecError::new("idempotency.field", "the form has it", "remove one"));
    }
    pairs.extend(identity.cloned());
    Ok(pairs)
}
