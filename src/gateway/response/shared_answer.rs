use std::cell::OnceCell;
use std::sync::Arc;

use super::codes::Codes;
use super::extract::{ANSWER_REGEX, Extractors};
use super::pattern::{Pattern, PatternBudget};
use crate::gateway::error::SpecError;
use crate::gateway::spec::AnswerSpec;

/// The section `[answer]` of a spec, which applies to the responses to all its requests. Its parts
/// are compiled when the rules of a request first need them, and only once. So are regular
/// expressions that several rules contain.
pub(in crate::gateway) struct SharedAnswer<'s> {
    pub(super) spec: &'s AnswerSpec,
    /// Set if the spec has an idempotency key.
    pub(super) deduplicates: bool,
    pub(super) patterns: PatternBudget,
    codes: OnceCell<Arc<Codes>>,
    places: OnceCell<Arc<Extractors>>,
}

impl<'s> SharedAnswer<'s> {
    pub(in crate::gateway) const fn new(spec: &'s AnswerSpec, deduplicates: bool) -> Self {
        let patterns = PatternBudget::new();
        Self { spec, deduplicates, patterns, codes: OnceCell::new(), places: OnceCell::new() }
    }

    pub(super) fn codes(&self) -> Result<Arc<Codes>, SpecError> {
        once(&self.codes, || Codes::compile(self.spec, self.deduplicates))
    }

    pub(super) fn places(&self) -> Result<Arc<Extractors>, SpecError> {
        if let Some(places) = self.places.get() {
            // It is compiled once, but searches the responses of each section.
            if let Some(regex) = &self.spec.body_regex {
                Pattern::compile(regex, &self.patterns, &ANSWER_REGEX)?;
            }
            return Ok(Arc::clone(places));
        }
        once(&self.places, || Extractors::of_answer(self.spec, &self.patterns))
    }
}

fn once<T>(
    cell: &OnceCell<Arc<T>>,
    compile: impl FnOnce() -> Result<T, SpecError>,
) -> Result<Arc<T>, SpecError> {
    if let Some(compiled) = cell.get() {
        return Ok(Arc::clone(compiled));
    }
    let compiled = Arc::new(compile()?);
    Ok(Arc::clone(cell.get_or_init(|| compiled)))
}
