use roxmltree::Document;

use crate::gateway::error::SpecError;

/// Checks that the text is a well-formed document without a document type. A document type can
/// declare entities, which allow attacks.
pub(super) fn check(xml: &str, place: &str) -> Result<(), SpecError> {
    Document::parse(xml).map(drop).map_err(|error| {
        let at = error.pos();
        let problem = format!("invalid XML at line {}, column {}", at.row, at.col);
        SpecError::new(
            place,
            problem,
            "write one root element, close all tags, and use no document type",
        )
    })
}
