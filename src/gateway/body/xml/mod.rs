//! An XML body: a document that is parsed when the gateway is built, with values in its texts and attributes.

#[cfg(feature = "xml")]
mod check;
#[cfg(not(feature = "xml"))]
mod off;
mod scan;

#[cfg(feature = "xml")]
use check::check;
#[cfg(not(feature = "xml"))]
use off::check;

use scan::{Context, XmlSegment, segments};
use zeroize::Zeroizing;

use crate::gateway::charset::Encoding;
use crate::gateway::error::SpecError;
use crate::gateway::lint::{Lint, names_a_secret};
use crate::gateway::masked::MaskedBytes;
use crate::gateway::scratch::Scratch;
use crate::gateway::spec::Charset;
use crate::gateway::symbols::Symbols;
use crate::gateway::value::{RenderError, ValueTemplate};
use crate::gateway::values::Values;

const PATH: &str = "request.xml";

/// A compiled document.
#[derive(Clone, Debug)]
pub(in crate::gateway) struct XmlPlan(Vec<XmlPiece>);

#[derive(Clone, Debug)]
enum XmlPiece {
    /// Markup, as it was written.
    Literal(String),
    Value {
        /// Markup that comes and goes with the value: the tag around it, or the attribute's name.
        before: String,
        leaf: ValueTemplate,
        after: String,
        in_attribute: bool,
    },
}

impl XmlPlan {
    pub(super) fn compile(xml: &str, scope: &Symbols<'_>) -> Result<Self, SpecError> {
        check(xml)?;
        check_declaration(xml, scope.charset())?;
        let mut pieces = Vec::new();
        let mut done = 0_usize;
        let segments = segments(xml);
        for (at, segment) in segments.iter().enumerate() {
            let raw = xml.get(segment.range.clone()).unwrap_or_default();
            let XmlSegment { context, range, whole, name } = segment;
            let (name, whole) = (*name, whole.clone());
            if !raw.contains("{{") {
                let is_value = *context != Context::Markup || raw.starts_with("<![CDATA[");
                if is_value && names_a_secret(name) && !raw.trim().is_empty() {
                    scope.lint(Lint::LiteralSecret, &format!("{PATH}.{name}"))?;
                }
                continue;
            }
            let in_attribute = match context {
                Context::Attribute => true,
                Context::Text => false,
                Context::Markup => {
                    let hint = "variables stand in texts and in the values of attributes";
                    return Err(SpecError::new(PATH, "a variable in the markup", hint));
                }
            };
            let path = format!("{PATH}.{name}");
            let mut leaf = ValueTemplate::compile(&unescape(raw), scope, &path)?;
            if let Some(whole) = joined(xml, &segments, at) {
                ValueTemplate::check_around(&whole, scope, &path)?;
            }
            if names_a_secret(name) {
                leaf = leaf.credential(scope)?;
            }
            // An absent value takes its element or attribute along, where that holds nothing else.
            let outer = match (leaf.optional(), whole) {
                (None, _) => range.clone(),
                (Some(_), Some(whole)) => whole,
                (Some(absent), None) => {
                    let problem = format!("`{absent}` can be without a value");
                    let hint = "give it an element of its own, or declare it as required";
                    return Err(SpecError::new(path, problem, hint));
                }
            };
            if outer.start < done {
                let problem = "an element that can be left out holds another value as well";
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

    /// Fails for values that no message changes and that do not fit.
    pub(super) fn check_fixed(&self, values: &Values<'_>) -> Result<(), RenderError> {
        for piece in &self.0 {
            if let XmlPiece::Value { leaf, .. } = piece
                && leaf.is_fixed()
                && let Some(text) = leaf.render(values, &mut Scratch::default())?
            {
                escape(&text, false, leaf)?;
            }
        }
        Ok(())
    }

    pub(super) fn render(
        &self,
        values: &Values<'_>,
        encoding: Encoding,
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

/// The text of an element as a parser joins it, where CDATA sections, comments or instructions divide it. `None` where
/// nothing does.
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

/// The encoding that a document declares has to be the one that it gets.
fn check_declaration(xml: &str, charset: Charset) -> Result<(), SpecError> {
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
            Err(SpecError::new(PATH, "the document declares another encoding", hint))
        }
        _ => Ok(()),
    }
}

/// A value as XML writes it, which has no control characters.
fn escape(text: &str, in_attribute: bool, leaf: &ValueTemplate) -> Result<String, RenderError> {
    let is_none = |c| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    if text.contains(is_none) {
        let problem = "a control character, which XML does not have";
        return Err(RenderError::new(leaf.path(), problem));
    }
    // Room for all of it: a string that grows leaves copies behind. `&quot;` is the longest.
    let longer = text.bytes().filter(|b| b.is_ascii_punctuation() || b.is_ascii_control()).count();
    let room = text.len().saturating_add(longer.saturating_mul(5));
    let mut escaped = String::with_capacity(room);
    push_escaped(&mut escaped, text, in_attribute);
    Ok(escaped)
}

/// Text as XML writes it (XML 1.0 §2.4, §3.3.3): what a parser would change otherwise becomes a reference.
fn push_escaped(xml: &mut String, text: &str, in_attribute: bool) {
    for c in text.chars() {
        match c {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' if in_attribute => xml.push_str("&quot;"),
            '\'' if in_attribute => xml.push_str("&apos;"),
            '\t' | '\n' if !in_attribute => xml.push(c),
            // A parser makes one line feed of a carriage return, and of a break in an attribute a space.
            '\t' | '\n' | '\r' => xml.push_str(&format!("&#{};", u32::from(c))),
            c => xml.push(c),
        }
    }
}

/// The text of a piece of the document: its references read. The document is well-formed, so there are no others.
fn unescape(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, behind)) = rest.split_once('&') {
        text.push_str(before);
        let Some((name, after)) = behind.split_once(';') else {
            rest = behind;
            continue;
        };
        let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok();
        let code = match name.strip_prefix('#') {
            Some(hex) if hex.starts_with('x') => number(hex.get(1..).unwrap_or_default(), 16),
            Some(decimal) => number(decimal, 10),
            None => match name {
                "amp" => Some(u32::from(b'&')),
                "lt" => Some(u32::from(b'<')),
                "gt" => Some(u32::from(b'>')),
                "quot" => Some(u32::from(b'"')),
                "apos" => Some(u32::from(b'\'')),
                _ => None,
            },
        };
        text.extend(code.and_then(char::from_u32));
        rest = after;
    }
    text.push_str(rest);
    text
}
