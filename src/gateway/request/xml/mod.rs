//! XML with placeholders: a body, or a value that is a document itself. It is parsed when the
//! gateway is built, with values in its texts and attributes.
//!
//! The document is divided into segments, and those without a variable are copied as they are.
//! Variables are allowed only in texts and attribute values, where escaping is well defined.

#[cfg(feature = "xml")]
mod check;
mod escape;
#[cfg(not(feature = "xml"))]
mod off;
mod scan;

#[cfg(feature = "xml")]
use check::check;
#[cfg(not(feature = "xml"))]
use off::check;

use escape::push_escaped;
use escape::unescape;
use scan::{Context, XmlSegment, segments};

use std::sync::Arc;

use zeroize::Zeroizing;

use super::charset::TextEncoding;
use super::masked::MaskedBytes;
use super::nested::{NestedDocument, NestedValue};
use super::render_error::RenderError;
use super::scratch::Scratch;
use super::symbols::Symbols;
use super::value::ValueTemplate;
use super::values::Values;
use crate::gateway::error::SpecError;
use crate::gateway::lint::{Lint, names_a_secret};
use crate::gateway::spec::Charset;

/// A compiled document.
#[derive(Clone, Debug)]
pub(in crate::gateway) struct XmlPlan(Vec<XmlPiece>);

#[derive(Clone, Debug)]
enum XmlPiece {
    /// Markup, copied as it is written.
    Literal(String),
    Value {
        /// Markup that is left out together with the value: the tags around it, or the name of the
        /// attribute.
        before: String,
        leaf: ValueTemplate,
        after: String,
        in_attribute: bool,
    },
}

impl XmlPlan {
    pub(in crate::gateway) fn compile(
        xml: &str,
        scope: &Symbols<'_>,
        place: &str,
    ) -> Result<Self, SpecError> {
        // Placeholders are plain text for the parser, so the template itself must be well-formed.
        // `segments` relies on it.
        check(xml, place)?;
        check_declaration(xml, scope.charset(), place)?;
        let mut pieces = Vec::new();
        let mut done = 0_usize;
        let segments = segments(xml);
        for (at, segment) in segments.iter().enumerate() {
            let raw = xml.get(segment.range.clone()).unwrap_or_default();
            let XmlSegment { context, range, whole, name } = segment;
            let (name, whole) = (*name, whole.clone());
            if !raw.contains("{{") {
                // A CDATA section cannot contain a variable, but it can contain a literal password.
                let is_value = *context != Context::Markup || raw.starts_with("<![CDATA[");
                if is_value && names_a_secret(name) && !raw.trim().is_empty() {
                    scope.lint(Lint::LiteralSecret, &format!("{place}.{name}"))?;
                }
                continue;
            }
            let in_attribute = match context {
                Context::Attribute => true,
                Context::Text => false,
                Context::Markup => {
                    let (problem, hint) = match raw.starts_with("<![CDATA[") {
                        true => (
                            "a CDATA section contains a variable",
                            "leave the CDATA section out: a value is escaped where it is needed",
                        ),
                        false => (
                            "the markup contains a variable",
                            "use variables only in texts and attribute values",
                        ),
                    };
                    return Err(SpecError::new(place, problem, hint));
                }
            };
            // A text after a child element has no name of its own.
            let path = match name {
                "" => place.to_owned(),
                name => format!("{place}.{name}"),
            };
            // The spec contains references such as `&lt;`. They are decoded first, because the
            // whole value is escaped when it is rendered.
            let mut leaf = ValueTemplate::compile(&unescape(raw), scope, &path)?;
            // A document inside the text may begin in a CDATA section and end after the
            // placeholder.
            if let Some(whole) = joined(xml, &segments, at) {
                ValueTemplate::check_around(&whole, scope, &path)?;
            }
            if names_a_secret(name) {
                leaf = leaf.credential(scope)?;
            }
            // An absent value removes its element or attribute, if that contains nothing else.
            let outer = match (leaf.optional(), whole) {
                (None, _) => range.clone(),
                (Some(_), Some(whole)) => whole,
                (Some(absent), None) => {
                    let problem = format!("`{absent}` may have no value");
                    let hint = "put it into its own element, or declare it as required";
                    return Err(SpecError::new(path, problem, hint));
                }
            };
            // Segments come in the order of the document. Only a range that was extended to its
            // element can reach back over another value.
            if outer.start < done {
                let problem = "an element that may be left out contains another value";
                let hint = "declare the variable as required, or move the other value";
                return Err(SpecError::new(path, problem, hint));
            }
            let part = |from: usize, to: usize| xml.get(from..to).unwrap_or_default().to_owned();
            pieces.push(XmlPiece::Literal(part(done, outer.start)));
            pieces.push(XmlPiece::Value {
                before: part(outer.start, range.start),
                leaf,
                after: part(range.end, outer.end),
                in_attribute,
            });
            done = outer.end;
        }
        pieces.push(XmlPiece::Literal(xml.get(done..).unwrap_or_default().to_owned()));
        Ok(Self(pieces))
    }

    /// Returns an error if a value is the same for each message and does not fit its place.
    pub(in crate::gateway) fn check_fixed(&self, values: &Values<'_>) -> Result<(), RenderError> {
        for piece in &self.0 {
            if let XmlPiece::Value { leaf, .. } = piece
                && leaf.is_fixed()
                && let Some(text) = leaf.render(values, &mut Scratch::default())?
            {
                // Only control characters can fail, and they fail in texts and attributes alike.
                escape(&text, false, leaf)?;
            }
        }
        Ok(())
    }

    pub(in crate::gateway) fn render(
        &self,
        values: &Values<'_>,
        encoding: TextEncoding,
        scratch: &mut Scratch,
        body: &mut MaskedBytes,
    ) -> Result<(), RenderError> {
        for piece in &self.0 {
            match piece {
                XmlPiece::Literal(text) => body.push(&encoding.markup(text)),
                XmlPiece::Value { before, leaf, after, in_attribute } => {
                    let Some(text) = leaf.render(values, scratch)? else { continue };
                    let escaped = Zeroizing::new(escape(&text, *in_attribute, leaf)?);
                    body.push(&encoding.markup(before));
                    body.marked(leaf.mark(), |out| {
                        out.extend_from_slice(&encoding.markup(&escaped));
                    });
                    body.push(&encoding.markup(after));
                }
            }
        }
        Ok(())
    }
}

/// A document that is the text of another value.
#[derive(Debug)]
pub(in crate::gateway) struct XmlDocument(XmlPlan);

impl XmlDocument {
    pub(in crate::gateway) fn nested(
        xml: &str,
        scope: &Symbols<'_>,
        path: &str,
    ) -> Result<NestedValue, SpecError> {
        let plan = XmlPlan::compile(xml, scope, path)?;
        let leaves = plan.0.iter().filter_map(|piece| match piece {
            XmlPiece::Literal(_) => None,
            XmlPiece::Value { leaf, .. } => Some(leaf),
        });
        let slots = leaves.flat_map(|leaf| leaf.slots().into_iter().cloned()).collect();
        // An element may be left out, and never the document.
        Ok(NestedValue {
            document: Arc::new(Self(plan)),
            slots,
            conditions: Vec::new(),
            absent: None,
            has_partial: false,
        })
    }
}

impl NestedDocument for XmlDocument {
    fn text(&self, values: &Values<'_>) -> Result<Option<Zeroizing<String>>, RenderError> {
        let mut bytes = MaskedBytes::unseen();
        // The place of the value encodes the text in its own charset.
        let encoding = TextEncoding { charset: Charset::Utf8, replacement: None };
        self.0.render(values, encoding, &mut Scratch::default(), &mut bytes)?;
        // Without another charset, the bytes are UTF-8, so the default cannot occur.
        let text = std::str::from_utf8(bytes.bytes()).unwrap_or_default();
        Ok(Some(Zeroizing::new(text.to_owned())))
    }
}

/// Returns the complete text of an element as a parser joins it, if CDATA sections, comments or
/// processing instructions divide it. Returns `None` if nothing divides it.
fn joined(xml: &str, segments: &[XmlSegment<'_>], at: usize) -> Option<String> {
    let raw = |segment: &XmlSegment<'_>| xml.get(segment.range.clone()).unwrap_or_default();
    let is_text = |segment: &&XmlSegment<'_>| {
        let divides =
            ["<![CDATA[", "<!--", "<?"].iter().any(|start| raw(segment).starts_with(start));
        segment.context == Context::Text || (segment.context == Context::Markup && divides)
    };
    let (before, rest) = segments.split_at_checked(at)?;
    let before = before.iter().rev().take_while(is_text).count();
    let behind = rest.iter().take_while(is_text).count();
    let all = segments.get(at.saturating_sub(before)..at.saturating_add(behind))?;
    (all.len() > 1).then(|| {
        let texts = all.iter().map(|segment| {
            let cdata =
                raw(segment).strip_prefix("<![CDATA[").and_then(|raw| raw.strip_suffix("]]>"));
            match (segment.context, cdata) {
                (Context::Markup, None) => String::new(),
                (Context::Markup, Some(text)) => text.to_owned(),
                (Context::Attribute | Context::Text, _) => unescape(raw(segment)),
            }
        });
        texts.collect()
    })
}

/// Checks that the document declares the encoding in which it is sent.
fn check_declaration(xml: &str, charset: Charset, place: &str) -> Result<(), SpecError> {
    let Some((declaration, _)) =
        xml.trim_start().strip_prefix("<?xml").and_then(|x| x.split_once("?>"))
    else {
        return Ok(());
    };
    let declared = declaration.split_once("encoding").map(|(_, rest)| rest.to_ascii_lowercase());
    let wanted = if charset == Charset::Latin1 { "iso-8859-1" } else { "utf-8" };
    match declared {
        Some(declared) if !declared.contains(wanted) => {
            let hint = format!("declare {wanted}, or change `request.charset`");
            Err(SpecError::new(place, "the document declares another encoding", hint))
        }
        _ => Ok(()),
    }
}

/// Escapes a value for XML. Returns an error for control characters, which XML does not allow.
fn escape(text: &str, in_attribute: bool, leaf: &ValueTemplate) -> Result<String, RenderError> {
    // XML 1.0 §2.2 excludes these characters, even as references.
    let is_none = |c| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    if text.contains(is_none) {
        let problem = "the value contains a control character, which XML does not allow";
        return Err(RenderError::new(leaf.path(), problem));
    }
    // Reserve enough memory: a string that grows leaves copies behind. `&quot;` is the longest
    // replacement.
    let longer = text.bytes().filter(|b| b.is_ascii_punctuation() || b.is_ascii_control()).count();
    let room = text.len().saturating_add(longer.saturating_mul(5));
    let mut escaped = String::with_capacity(room);
    push_escaped(&mut escaped, text, in_attribute);
    Ok(escaped)
}
