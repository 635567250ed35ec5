use std::fmt;

use super::captures::Reading;

/// A value that is itself a document, such as JSON in a form field.
pub(super) trait NestedReader: fmt::Debug + Send + Sync {
    /// Compares a text with the document, and captures the variables.
    fn read_text(&self, text: &str, place: &str, reading: &mut Reading<'_>);

    /// Returns whether the document as a whole may be left out.
    fn may_be_left_out(&self) -> bool;

    /// Returns whether the document contains the variable.
    fn reads_variable(&self, name: &str) -> bool;
}
