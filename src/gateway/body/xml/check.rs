use roxmltree::Document;

use super::PATH;
use crate::gateway::error::SpecError;

/// A well-formed document, without a document type: that is where entities are declared, and attacks.
pub(super) fn check(xml: &str) -> Result<(), SpecError> {
    Document::parse(xml).map(drop).map_err(|error| {
        let at = error.pos();
        let problem = format!("it is no XML at line {}, column {}", at.row, at.col);
        SpecError::new(PATH, problem, "one root element, no document type, all tags closed")
    })
}
