//! The body of a request, with one file per kind.

pub(super) mod form;
pub(super) mod multipart;
pub(super) mod text;

use super::charset::TextEncoding;
use super::field::compile_field;
use super::json::Node;
use super::masked::MaskedBytes;
use super::pair::{CompiledPair, compile_pairs};
use super::render_error::RenderError;
use super::scratch::Scratch;
use super::symbols::Symbols;
use super::value::ValueTemplate;
use super::values::Values;
use super::xml::XmlPlan;
use crate::gateway::error::SpecError;
use crate::gateway::spec::{Charset, Method, Pairs, RequestSpec, ValueSpec};

/// The maximum size of a body in bytes. It is far above any message, and stops a mistake early.
const MAX_BODY: usize = 256 * 1_024;

/// A compiled body.
#[derive(Clone, Debug)]
pub(in crate::gateway) enum BodyPlan {
    Form(form::FormPlan),
    Json(Node),
    Multipart(multipart::MultipartPlan),
    None,
    Text(ValueTemplate),
    Xml(XmlPlan),
}

/// A field that another section of the spec adds to the body.
#[derive(Clone, Debug)]
pub(in crate::gateway) struct AddedField {
    /// The key that adds it, for errors.
    pub(in crate::gateway) path: &'static str,
    /// In a JSON body, the name may be the JSON pointer of a member.
    pub(in crate::gateway) pair: CompiledPair,
}

impl BodyPlan {
    /// Compiles the body, including fields that another section of the spec adds.
    pub(in crate::gateway) fn compile(
        request: &RequestSpec,
        added: &[AddedField],
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
        let encoding = TextEncoding::of(request);
        let body = if let Some(pairs) = form {
            let pairs = fields(pairs, added, scope, "request.form")?;
            Self::Form(form::FormPlan::compile(pairs, values, encoding)?)
        } else if let Some(json) = json {
            let mut node = Node::compile(json, scope, compile_field, "request.json")?;
            if node.has_condition() {
                let hint = "put conditions on the members of the body";
                let problem = "the body as a whole cannot have `$with` or `$when`";
                return Err(SpecError::new("request.json", problem, hint));
            }
            for AddedField { path, pair } in added {
                node.push_field(path, &member_path(&pair.name), pair.value.clone())?;
            }
            Self::Json(node)
        } else if let Some(pairs) = multipart {
            let pairs = fields(pairs, added, scope, "request.multipart")?;
            Self::Multipart(multipart::MultipartPlan::compile(pairs))
        } else if text.is_some() {
            Self::Text(text::compile(request, scope)?)
        } else if let Some(xml) = xml {
            Self::Xml(XmlPlan::compile(xml, scope, "request.xml")?)
        } else {
            return Ok(Self::None);
        };
        // A wrong configured value must fail when the gateway is built, not at the first message.
        // `FormPlan::compile` has already rendered such values.
        match (&body, values) {
            (Self::Json(node), Some(values)) => node.check_fixed(values)?,
            (Self::Multipart(plan), Some(values)) => plan.check_fixed(values, encoding)?,
            (Self::Text(leaf), Some(values)) => leaf.check_fixed(values)?,
            (Self::Xml(plan), Some(values)) => plan.check_fixed(values)?,
            _ => {}
        }
        if request.method == Method::Get {
            let hint = "use POST, or put the values under `request.query`";
            return Err(SpecError::new("request.method", "a GET request has no body", hint));
        }
        // Hexadecimal digits are ASCII, so a body in the charset `utf16be-hex` is UTF-8 as well.
        let is_utf8 = matches!(request.charset, Charset::Utf8 | Charset::Utf16BeHex);
        if matches!(body, Self::Json(_)) && !is_utf8 {
            let hint = "remove `charset`: RFC 8259 §8.1 allows only UTF-8";
            return Err(SpecError::new("request.charset", "JSON must be UTF-8", hint));
        }
        if matches!(body, Self::Xml(_)) && request.charset == Charset::Gsm7 {
            let hint = "use utf-8 or latin1";
            return Err(SpecError::new(
                "request.charset",
                "XML does not support this charset",
                hint,
            ));
        }
        Ok(body)
    }

    /// Returns the `Content-Type` of the body, which is used if the spec does not set one.
    pub(in crate::gateway) const fn content_type(&self, charset: Charset) -> Option<&'static str> {
        match self {
            Self::Form(_) => Some("application/x-www-form-urlencoded"),
            Self::Json(_) => Some("application/json"),
            // The type of a multipart body contains its boundary, which differs for each message.
            Self::Multipart(_) | Self::None => None,
            Self::Text(_) => Some(match charset {
                // There is no registered name for this charset.
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

    /// Returns whether the body is a form or a JSON object, to which a field can be added.
    pub(in crate::gateway) const fn takes_fields(request: &RequestSpec) -> bool {
        request.form.is_some() || request.json.is_some() || request.multipart.is_some()
    }

    pub(in crate::gateway) fn render(
        &self,
        values: &Values<'_>,
        encoding: TextEncoding,
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

/// Returns the path of a member: the names of a JSON pointer (RFC 6901), or one name.
fn member_path(name: &str) -> Vec<String> {
    match name.strip_prefix('/') {
        Some(path) => {
            path.split('/').map(|name| name.replace("~1", "/").replace("~0", "~")).collect()
        }
        None => vec![name.to_owned()],
    }
}

/// Compiles the fields of a form, including those that are added.
fn fields(
    pairs: &Pairs<ValueSpec>,
    added: &[AddedField],
    scope: &Symbols<'_>,
    within: &str,
) -> Result<Vec<CompiledPair>, SpecError> {
    let mut pairs = compile_pairs(pairs, scope, within)?;
    for AddedField { path, pair } in added {
        if pairs.iter().any(|known| known.name == pair.name) {
            return Err(SpecError::new(*path, "the form already has this field", "remove one"));
        }
        pairs.push(pair.clone());
    }
    Ok(pairs)
}
