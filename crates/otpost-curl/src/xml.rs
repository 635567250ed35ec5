//! The values of an XML document, and how to replace them without a change to its markup.

use std::borrow::Cow;
use std::ops::Range;

use otpost::gateway::SpecError;
use quick_xml::escape::{escape, unescape};
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use crate::error::refuse;

/// Replaces texts, attributes and CDATA sections of a document.
///
/// `template` gets the name of the element or attribute and the value, and returns the new value,
/// or `None` to keep the old one.
pub(crate) fn rewrite(
    xml: &str,
    mut template: impl FnMut(&str, &str) -> Result<Option<String>, SpecError>,
) -> Result<String, SpecError> {
    let mut rewritten = String::new();
    let mut done = 0_usize;
    for XmlValue { name, text, range } in values(xml)? {
        // What is not replaced is copied byte for byte with the markup around it.
        let Some(template) = template(&name, &text)? else { continue };
        rewritten.push_str(xml.get(done..range.start).unwrap_or_default());
        // Placeholders have no characters that need an escape, so they stay as they are.
        rewritten.push_str(&escape(template.as_str()));
        done = range.end;
    }
    rewritten.push_str(xml.get(done..).unwrap_or_default());
    Ok(rewritten)
}

/// A text, an attribute's value or a CDATA section.
struct XmlValue {
    /// The name of the element or of the attribute.
    name: String,
    /// The value, with its references resolved.
    text: String,
    /// The position in the document. That of a CDATA section includes its delimiters.
    range: Range<usize>,
}

/// Lists the values of a document, in order.
///
/// The parser reports events without their positions, so the position of an event is what the
/// reader consumed for it. A text and its references are separate events, and one value.
fn values(xml: &str) -> Result<Vec<XmlValue>, SpecError> {
    let mut reader = Reader::from_str(xml);
    let mut values = Vec::new();
    // The element whose start tag was the last tag, and the start of the current text.
    let mut element = String::new();
    let mut text_start = None;
    let mut start = 0_usize;
    loop {
        let event = reader.read_event().map_err(|_| malformed(xml, start))?;
        let end = usize::try_from(reader.buffer_position()).unwrap_or(xml.len());
        // A text goes on over its references, and ends with any other event.
        let is_text = matches!(event, Event::Text(_) | Event::GeneralRef(_));
        if is_text {
            text_start.get_or_insert(start);
        } else if let Some(text_start) = text_start.take() {
            values.push(escaped(xml, &element, text_start..start)?);
        }
        match event {
            Event::Start(tag) => {
                attributes(xml, &tag, start, &mut values)?;
                tag.name().as_ref().clone_into(&mut element);
            }
            Event::Empty(tag) => {
                attributes(xml, &tag, start, &mut values)?;
                element.clear();
            }
            // A text after an end tag belongs to an outer element, whose name is not kept.
            Event::End(_) => element.clear(),
            Event::CData(text) => {
                let (name, text) = (element.clone(), text.to_string());
                values.push(XmlValue { name, text, range: start..end });
            }
            Event::Eof => return Ok(values),
            _ => {}
        }
        start = end;
    }
}

/// Adds the attributes of a tag that begins at `start`.
fn attributes(
    xml: &str,
    tag: &BytesStart<'_>,
    start: usize,
    values: &mut Vec<XmlValue>,
) -> Result<(), SpecError> {
    let mut at = start;
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|_| malformed(xml, start))?;
        // Names hold no quotes, so the next quote begins the value.
        let before = xml.get(at..).and_then(|rest| rest.find(['"', '\'']));
        let before = before.ok_or_else(|| malformed(xml, start))?;
        let begin = at.saturating_add(before).saturating_add(1);
        // The parser returns the value as it stands, with its references, so the lengths are equal.
        let end = begin.saturating_add(attribute.value.len());
        values.push(escaped(xml, attribute.key.as_ref(), begin..end)?);
        at = end.saturating_add(1);
    }
    Ok(())
}

/// Returns a value with references in it.
fn escaped(xml: &str, name: &str, range: Range<usize>) -> Result<XmlValue, SpecError> {
    let raw = xml.get(range.clone()).unwrap_or_default();
    let text = unescaped(raw).ok_or_else(|| malformed(xml, range.start))?;
    Ok(XmlValue { name: name.to_owned(), text, range })
}

/// Resolves the references of a text or attribute. Returns `None` for an unknown one.
pub(crate) fn unescaped(raw: &str) -> Option<String> {
    unescape(raw).ok().map(Cow::into_owned)
}

fn malformed(xml: &str, at: usize) -> SpecError {
    let line = xml.get(..at).unwrap_or_default().matches('\n').count().saturating_add(1);
    let hint = "one root element, no document type, all tags closed";
    refuse(&format!("the body is not well-formed XML at line {line}"), hint)
}
