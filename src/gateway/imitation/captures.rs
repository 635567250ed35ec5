use super::mismatch::{Mismatch, MismatchKind};
use crate::secret::SecretString;
use crate::template::Filter;

/// The maximum number of mismatches. More do not help.
const MAX_MISMATCHES: usize = 64;
/// The maximum number of additional parts.
const MAX_ADDITIONAL: usize = 256;

/// A value that a placeholder has captured.
#[derive(Clone)]
pub(super) struct Captured {
    pub(super) name: String,
    pub(super) value: SecretString,
    pub(super) is_secret: bool,
    /// Set if the filters of the placeholder keep the value.
    pub(super) is_exact: bool,
}

/// The values that placeholders have captured, one for each name.
#[derive(Clone, Default)]
pub(super) struct Captures(pub(super) Vec<Captured>);

/// The text of a placeholder as the request contains it, with the name and the filters.
pub(super) type FilteredText = (String, Vec<Filter>, SecretString);

impl Captures {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|captured| captured.name == name).map(|known| known.value.expose())
    }

    pub(super) fn insert(&mut self, new: Captured) {
        match self.0.iter_mut().find(|known| known.name == new.name) {
            // Another place may have the value without the loss of a filter.
            Some(known) if !known.is_exact && new.is_exact => *known = new,
            Some(_) => {}
            None => self.0.push(new),
        }
    }
}

/// The result of reading a part of a request.
pub(super) struct Reading<'k> {
    /// The values that are known from reading the request before. `None` the first time.
    pub(super) known: Option<&'k Captures>,
    /// The values that the caller requires.
    pub(super) given: &'k [(String, SecretString)],
    pub(super) captures: Captures,
    /// The texts of placeholders, from which a signature is computed again.
    pub(super) filtered: Vec<FilteredText>,
    pub(super) mismatches: Vec<Mismatch>,
    pub(super) additional: Vec<String>,
}

impl<'k> Reading<'k> {
    pub(super) fn new(known: Option<&'k Captures>, given: &'k [(String, SecretString)]) -> Self {
        let (captures, filtered) = (Captures::default(), Vec::new());
        Self { known, given, captures, filtered, mismatches: Vec::new(), additional: Vec::new() }
    }

    /// Starts to read a part that may turn out to be another one.
    pub(super) fn trial(&self) -> Self {
        Self::new(self.known, self.given)
    }

    pub(super) fn is_clean(&self) -> bool {
        self.mismatches.is_empty()
    }

    /// Adds the result of a trial.
    pub(super) fn accept(&mut self, trial: Self) {
        for captured in trial.captures.0 {
            self.captures.insert(captured);
        }
        self.filtered.extend(trial.filtered);
        trial.mismatches.into_iter().for_each(|mismatch| self.push(mismatch));
        trial.additional.into_iter().for_each(|part| self.push_additional(part));
    }

    pub(super) fn push(&mut self, mismatch: Mismatch) {
        if self.mismatches.len() < MAX_MISMATCHES {
            self.mismatches.push(mismatch);
        }
    }

    pub(super) fn refuse(
        &mut self,
        place: &str,
        kind: MismatchKind,
        expected: impl Into<std::borrow::Cow<'static, str>>,
        found: impl Into<std::borrow::Cow<'static, str>>,
    ) {
        self.push(Mismatch::new(place, kind, expected, found));
    }

    pub(super) fn push_additional(&mut self, place: String) {
        if self.additional.len() < MAX_ADDITIONAL {
            self.additional.push(place);
        }
    }
}
