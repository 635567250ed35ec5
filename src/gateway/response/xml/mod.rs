//! XML in responses. `/response/id` selects an element, `/response/id[2]` the second element with
//! that path, and `/response/@code` an attribute. Namespaces are ignored.

#[cfg(not(feature = "xml"))]
mod off;
#[cfg(feature = "xml")]
mod parse;

#[cfg(not(feature = "xml"))]
use off::parse;
#[cfg(feature = "xml")]
use parse::parse;

use std::fmt;

use crate::gateway::error::SpecError;

/// A document as a list of its texts and attributes, each with its path.
pub(super) struct Xml(Vec<(String, String)>);

/// A place in a document.
#[derive(Clone, Debug)]
pub(in crate::gateway) struct XmlPath {
    path: String,
    /// The index among the places with this path, from 0.
    index: usize,
}

impl Xml {
    /// Parses a document. Returns `None` if it is not XML, if it declares a document type, or
    /// without the feature `xml`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        parse(text).map(Self)
    }

    /// Returns the values of all elements or attributes with this path.
    pub(super) fn find_all<'x>(&'x self, wanted: &'x XmlPath) -> impl Iterator<Item = &'x str> {
        let found = self.0.iter().filter(|(path, _)| *path == wanted.path);
        found.map(|(_, value)| value.as_str())
    }

    pub(super) fn find(&self, wanted: &XmlPath) -> Option<&str> {
        let mut found = self.0.iter().filter(|(path, _)| *path == wanted.path);
        found.nth(wanted.index).map(|(_, value)| value.as_str())
    }
}

impl XmlPath {
    pub(in crate::gateway) fn parse(
        text: &str,
        path: &dyn fmt::Display,
    ) -> Result<Self, SpecError> {
        let refuse = || {
            let hint = "write /answer/element, /answer/element[2] or /answer/element/@attribute";
            SpecError::new(path.to_string(), "it is not an XML path", hint)
        };
        // This is an error of the spec: such a rule would never match, and accepted messages would
        // have an unknown outcome.
        if cfg!(not(feature = "xml")) {
            let hint = "enable the feature `xml` of otpost";
            return Err(SpecError::new(path.to_string(), "XML is not supported", hint));
        }
        let (names, index) = match text.strip_suffix(']').and_then(|text| text.rsplit_once('[')) {
            Some((names, number)) => (names, number.parse().map_err(|_| refuse())?),
            None => (text, 1_usize),
        };
        let index = index.checked_sub(1).ok_or_else(refuse)?;
        let parts = names.strip_prefix('/').ok_or_else(refuse)?;
        let is_name = |name: &str| {
            let name = name.strip_prefix('@').unwrap_or(name);
            !name.is_empty() && !name.contains(['@', '[', ']', '<', '>', ' ', ':'])
        };
        let last = parts.split('/').count().saturating_sub(1);
        let legal =
            |(at, name): (usize, &str)| is_name(name) && (at == last || !name.starts_with('@'));
        if !parts.split('/').enumerate().all(legal) {
            return Err(refuse());
        }
        Ok(Self { path: names.to_owned(), index })
    }
}

impl fmt::Display for XmlPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}
