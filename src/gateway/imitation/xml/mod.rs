//! XML in reverse. Comments, processing instructions and prefixes of namespaces do not count.

mod element;
#[cfg(not(feature = "xml"))]
mod off;
#[cfg(feature = "xml")]
mod parse;

#[cfg(not(feature = "xml"))]
use off::parse;
#[cfg(feature = "xml")]
use parse::parse;

use element::Element;

use super::captures::Reading;
use super::condition::Presence;
use super::mismatch::{MismatchKind, describe};
use super::nested::NestedReader;
use super::sequence::Sequence;
use super::text::TextReader;
use crate::gateway::error::SpecError;
use crate::gateway::lint::names_a_secret;
use crate::gateway::request::symbols::Symbols;

/// A compiled element, with the elements in it.
#[derive(Clone, Debug)]
pub(super) struct XmlReader {
    name: String,
    namespace: String,
    attributes: Vec<(String, TextReader)>,
    text: TextReader,
    children: Vec<XmlReader>,
}

impl XmlReader {
    pub(super) fn compile(xml: &str, scope: &Symbols<'_>, path: &str) -> Result<Self, SpecError> {
        // Placeholders are plain text for the parser.
        let root = parse(xml).ok_or_else(|| {
            let hint = "use fewer levels and namespaces, and no document type";
            SpecError::new(path, "the document cannot be read back", hint)
        })?;
        Self::of(&root, scope, path)
    }

    fn of(element: &Element, scope: &Symbols<'_>, path: &str) -> Result<Self, SpecError> {
        let pattern = |name: &str, text: &str| {
            let is_secret = names_a_secret(name);
            let kind = if is_secret { MismatchKind::Credentials } else { MismatchKind::Request };
            TextReader::compile(text, kind, scope, path)
        };
        let attributes = element.attributes.iter();
        let attributes = attributes.map(|(name, value)| Ok((name.clone(), pattern(name, value)?)));
        let children = element.children.iter().map(|child| Self::of(child, scope, path));
        // White space between elements has no meaning.
        let is_blank = !element.children.is_empty() && element.text.trim().is_empty();
        let text = if is_blank { "" } else { &element.text };
        Ok(Self {
            name: element.name.clone(),
            namespace: element.namespace.clone(),
            attributes: attributes.collect::<Result<_, SpecError>>()?,
            text: pattern(&element.name, text)?,
            children: children.collect::<Result<_, _>>()?,
        })
    }

    /// Returns whether a text or an attribute contains the variable.
    pub(super) fn reads(&self, name: &str) -> bool {
        let mut patterns = self.attributes.iter().map(|(_, pattern)| pattern).chain([&self.text]);
        patterns.any(|pattern| pattern.names().any(|known| known == name))
            || self.children.iter().any(|child| child.reads(name))
    }

    pub(super) fn read(&self, text: &str, place: &str, reading: &mut Reading<'_>) {
        let Some(root) = parse(text) else {
            return reading.refuse(place, MismatchKind::Request, "XML", describe(text));
        };
        let place = if place == "body" { String::new() } else { format!("{place} at ") };
        if root.name != self.name {
            let place = format!("{place}/");
            let expected = format!("the element `{}`", self.name);
            return reading.refuse(&place, MismatchKind::Request, expected, "another element");
        }
        self.read_element(&root, &format!("{place}/{}", self.name), reading);
    }

    fn read_element(&self, found: &Element, place: &str, reading: &mut Reading<'_>) {
        if found.namespace != self.namespace {
            let expected = format!("the namespace `{}`", self.namespace);
            reading.refuse(place, MismatchKind::Request, expected, "another namespace");
        }
        for (name, pattern) in &self.attributes {
            let place = format!("{place}/@{name}");
            match found.attributes.iter().find(|(known, _)| known == name) {
                Some((_, value)) => pattern.read(value, &place, reading),
                None if pattern.is_optional() => {}
                None => reading.refuse(&place, pattern.kind, "a value", "none"),
            }
        }
        for (name, _) in &found.attributes {
            if !self.attributes.iter().any(|(known, _)| known == name) {
                reading.push_additional(format!("{place}/@{name}"));
            }
        }
        let is_blank = !found.children.is_empty() && found.text.trim().is_empty();
        let text = if is_blank { "" } else { found.text.as_str() };
        let text = if self.children.is_empty() { text } else { text.trim() };
        self.text.read(text, place, reading);
        self.read_children(found, place, reading);
    }

    fn read_children(&self, found: &Element, place: &str, reading: &mut Reading<'_>) {
        for (at, child) in self.children.iter().enumerate() {
            let name = &child.name;
            let before = self.children.get(..at).unwrap_or_default();
            if before.iter().any(|known| known.name == *name) {
                continue;
            }
            let readers: Vec<&Self> =
                self.children.iter().filter(|known| known.name == *name).collect();
            let items: Vec<&Element> =
                found.children.iter().filter(|known| known.name == *name).collect();
            let place = format!("{place}/{name}");
            Sequence {
                readers: &readers,
                presence: &|reader: &&Self, _| reader.presence(),
                read: &|reader: &&Self, _, item: &&Element, reading| {
                    reader.read_element(item, &place, reading);
                },
                missing: &|reader: &&Self, _, reading| {
                    reading.refuse(&place, reader.text.kind, "a value", "none");
                },
                surplus: &|_, reading| {
                    let expected = "no further element";
                    reading.refuse(&place, MismatchKind::Request, expected, "another element");
                },
            }
            .read(&items, reading);
        }
        for item in &found.children {
            if !self.children.iter().any(|known| known.name == item.name) {
                reading.push_additional(format!("{place}/{}", item.name));
            }
        }
    }

    /// An element is left out without the value in it.
    fn presence(&self) -> Presence {
        match self.children.is_empty() && self.text.is_optional() {
            true => Presence::Optional,
            false => Presence::Required,
        }
    }
}

impl NestedReader for XmlReader {
    fn read_text(&self, text: &str, place: &str, reading: &mut Reading<'_>) {
        self.read(text, place, reading);
    }

    fn may_be_left_out(&self) -> bool {
        false
    }

    fn reads_variable(&self, name: &str) -> bool {
        self.reads(name)
    }
}
