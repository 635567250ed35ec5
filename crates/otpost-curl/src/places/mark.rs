//! A search that may turn out to be futile.

use super::Places;

/// A state of the search, to return to.
pub(crate) struct PlacesMark {
    found: usize,
    vars: usize,
    notes: usize,
    seen: usize,
    leftover: Option<String>,
    is_in_charset: bool,
}

impl Places<'_> {
    pub(crate) fn mark(&self) -> PlacesMark {
        PlacesMark {
            found: self.found.len(),
            vars: self.vars.len(),
            notes: self.notes.len(),
            seen: self.seen.len(),
            leftover: self.leftover.clone(),
            is_in_charset: self.is_in_charset.get(),
        }
    }

    /// Forgets everything that was found since the mark.
    pub(crate) fn reset(&mut self, mark: PlacesMark) {
        self.found.truncate(mark.found);
        self.vars.truncate(mark.vars);
        self.notes.truncate(mark.notes);
        self.seen.truncate(mark.seen);
        self.leftover = mark.leftover;
        self.is_in_charset.set(mark.is_in_charset);
    }
}
