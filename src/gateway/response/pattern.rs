use std::cell::{Cell, RefCell};
use std::fmt;

use regex_lite::{Captures, Regex, RegexBuilder};

use crate::gateway::error::SpecError;

/// The maximum length of an expression, in bytes. Those of the catalogue have 40 on average.
const MAX_PATTERN: usize = 2 * 1_024;
/// The maximum nesting depth of groups.
const MAX_DEPTH: u32 = 32;
/// The maximum size of a compiled program, in bytes as the regex engine counts them.
///
/// The time of a search grows with the program size times the text length. The largest program on
/// the longest text takes about 6 ms in an optimised build. The programs of the catalogue have 160
/// to 2,124 bytes.
const MAX_PROGRAM: usize = 8 * 1_024;
/// The maximum size of all programs of a spec together, because a response that matches no rule is
/// searched by all of them.
const MAX_PROGRAMS: usize = 32 * 1_024;
/// The number of bytes at the start of a text that are searched.
const MAX_TEXT: usize = 4 * 1_024;

/// A regular expression whose searches are bounded.
#[derive(Clone, Debug)]
pub(super) struct Pattern(Regex);

/// The result of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PatternMatch {
    No,
    /// The match reaches the end of the searched part and the text continues, so the rest would
    /// decide.
    Open,
    Yes,
}

/// The bytes that the programs of a section may still take, and the programs that can be shared:
/// specs repeat expressions.
#[derive(Debug)]
pub(in crate::gateway) struct PatternBudget {
    left: Cell<usize>,
    compiled: RefCell<Vec<SharedPattern>>,
}

/// A compiled expression.
#[derive(Debug)]
struct SharedPattern {
    text: String,
    /// The bytes that it takes of the budget.
    size: usize,
    pattern: Pattern,
}

impl PatternBudget {
    pub(in crate::gateway) const fn new() -> Self {
        Self { left: Cell::new(MAX_PROGRAMS), compiled: RefCell::new(Vec::new()) }
    }

    /// Returns the whole budget again, for another section.
    pub(super) fn renewed(&self) -> &Self {
        self.left.set(MAX_PROGRAMS);
        self
    }

    fn known(&self, text: &str) -> Option<(usize, Pattern)> {
        let compiled = self.compiled.borrow();
        let known = compiled.iter().find(|known| known.text == text);
        known.map(|known| (known.size, known.pattern.clone()))
    }

    /// Charges a pattern. Each use counts, because each is a search.
    fn charge(&self, size: usize) -> Option<()> {
        self.left.set(self.left.get().checked_sub(size)?);
        Some(())
    }
}

impl Pattern {
    pub(super) fn compile(
        text: &str,
        budget: &PatternBudget,
        path: &dyn fmt::Display,
    ) -> Result<Self, SpecError> {
        let too_large = |what: &str, most: usize| {
            let problem =
                format!("the regular expression{what} is too large: at most {most} bytes");
            let hint =
                "repeat less, such as [0-9]+ in place of [0-9]{1,500}, or use json, form or xml";
            SpecError::new(path.to_string(), problem, hint)
        };
        if text.len() > MAX_PATTERN {
            return Err(too_large("", MAX_PATTERN));
        }
        let all_too_large = || too_large("s of all rules together, or one of them,", MAX_PROGRAMS);
        if let Some((size, pattern)) = budget.known(text) {
            return budget.charge(size).map(|()| pattern).ok_or_else(all_too_large);
        }
        // The engine does not report the size of a program, but fails above a given limit. So the
        // limit is doubled until the program fits, and the program is charged with that limit. Most
        // programs fit into the first one, which depends on the length of the text, so that they
        // are compiled once.
        let mut limit = text.len().saturating_mul(24).next_power_of_two().clamp(256, MAX_PROGRAM);
        loop {
            match RegexBuilder::new(text).size_limit(limit).nest_limit(MAX_DEPTH).build() {
                Ok(regex) => {
                    budget.charge(limit).ok_or_else(all_too_large)?;
                    let (text, pattern) = (text.to_owned(), Self(regex));
                    let shared = SharedPattern { text, size: limit, pattern: pattern.clone() };
                    budget.compiled.borrow_mut().push(shared);
                    return Ok(pattern);
                }
                Err(_) if limit < MAX_PROGRAM => limit = limit.saturating_mul(2),
                // The error type has no kinds, so its text decides. A syntax error is the same at
                // each limit, and is reported after the last one.
                Err(error) if error.to_string().contains("size limit") => {
                    return Err(too_large(", compiled,", MAX_PROGRAM));
                }
                Err(error) => {
                    let problem = format!("the regular expression does not compile: {error}");
                    let hint = "look-around and back-references are not supported";
                    return Err(SpecError::new(path.to_string(), problem, hint));
                }
            }
        }
    }

    /// Searches the start of a text.
    pub(super) fn search(&self, text: &str) -> PatternMatch {
        let (seen, is_whole) = beginning(text);
        if is_whole {
            return if self.0.is_match(seen) { PatternMatch::Yes } else { PatternMatch::No };
        }
        match self.0.find(seen) {
            None => PatternMatch::No,
            // `$` matches here, but not in the longer text, and the match could continue.
            Some(found) if found.end() == seen.len() => PatternMatch::Open,
            Some(_) => PatternMatch::Yes,
        }
    }

    /// Returns the groups of the match.
    pub(super) fn captures<'t>(&self, text: &'t str) -> Option<Captures<'t>> {
        self.0.captures(beginning(text).0)
    }

    pub(super) fn has_group(&self, name: &str) -> bool {
        self.0.capture_names().any(|known| known == Some(name))
    }
}

/// Returns the part of a text that is searched, and whether it is the whole text.
fn beginning(text: &str) -> (&str, bool) {
    if text.len() <= MAX_TEXT {
        return (text, true);
    }
    // Cut at a character boundary. A character has at most four bytes.
    let mut ends = (0..4).map(|back| MAX_TEXT.saturating_sub(back));
    (ends.find_map(|end| text.get(..end)).unwrap_or_default(), false)
}
