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
pub(super) struct Pattern(PatternEngine);

#[derive(Clone, Debug)]
enum PatternEngine {
    /// A literal text with anchors, which many specs use for the beginning of an error. It needs no
    /// program.
    Literal {
        text: String,
        at_start: bool,
        at_end: bool,
    },
    Regex(Regex),
}

/// The result of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PatternMatch {
    No,
    /// The match reaches the end of the searched part and the text continues, so the rest would
    /// decide.
    Open,
    Yes,
}

/// The part of a text that is not searched, for a search that did not find what it looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PatternRest {
    /// The whole text is searched.
    None,
    /// The expression matches, and the rest can contain more of the match.
    Open,
    /// The expression may match in the rest.
    Unknown,
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
        if let Some(literal) = literal(text) {
            return Ok(Self(literal));
        }
        let all_too_large = || too_large("s of all rules together, or one of them,", MAX_PROGRAMS);
        if let Some((size, pattern)) = budget.known(text) {
            return budget.charge(size).map(|()| pattern).ok_or_else(all_too_large);
        }
        // The engine does not report the size of a program, but fails above a given limit. So the
        // limit is doubled until the program fits, and the program is charged with that limit. Most
        // programs fit into the first one, so that they are compiled once.
        let mut limit = probable_size(text).next_power_of_two().clamp(256, MAX_PROGRAM);
        loop {
            match RegexBuilder::new(text).size_limit(limit).nest_limit(MAX_DEPTH).build() {
                Ok(regex) => {
                    budget.charge(limit).ok_or_else(all_too_large)?;
                    let (text, pattern) = (text.to_owned(), Self(PatternEngine::Regex(regex)));
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
        let end = match &self.0 {
            PatternEngine::Literal { text, at_start, at_end } => match (at_start, at_end) {
                (true, true) => (seen == text).then_some(seen.len()),
                (true, false) => seen.starts_with(text.as_str()).then_some(text.len()),
                (false, true) => seen.ends_with(text.as_str()).then_some(seen.len()),
                (false, false) => seen.find(text.as_str()).map(|at| at.saturating_add(text.len())),
            },
            PatternEngine::Regex(regex) if is_whole => regex.is_match(seen).then_some(0),
            PatternEngine::Regex(regex) => regex.find(seen).map(|found| found.end()),
        };
        match end {
            None => PatternMatch::No,
            // `$` matches here, but not in the longer text, and the match could continue.
            Some(end) if !is_whole && end == seen.len() => PatternMatch::Open,
            Some(_) => PatternMatch::Yes,
        }
    }

    /// Returns whether the part that is not searched could contain what a search did not find.
    pub(super) fn rest(&self, text: &str) -> PatternRest {
        match (beginning(text).1, self.search(text)) {
            (true, _) => PatternRest::None,
            (false, PatternMatch::No) => PatternRest::Unknown,
            (false, PatternMatch::Open | PatternMatch::Yes) => PatternRest::Open,
        }
    }

    /// Returns the groups of the match, unless the rest of the text would decide it: a group could
    /// be cut.
    pub(super) fn captures<'t>(&self, text: &'t str) -> Option<Captures<'t>> {
        let PatternEngine::Regex(regex) = &self.0 else { return None };
        let (seen, is_whole) = beginning(text);
        let captures = regex.captures(seen)?;
        let end = captures.get(0).map_or(0, |found| found.end());
        (is_whole || end < seen.len()).then_some(captures)
    }

    pub(super) fn has_group(&self, name: &str) -> bool {
        match &self.0 {
            PatternEngine::Literal { .. } => false,
            PatternEngine::Regex(regex) => regex.capture_names().any(|known| known == Some(name)),
        }
    }
}

/// Returns the search for a literal text, if the expression is one.
fn literal(regex: &str) -> Option<PatternEngine> {
    // Some other escapes have a meaning, such as `\<`.
    const ESCAPED: &str = r#"\.+*?()|[]{}^$/-:"#;
    let (inner, at_start) = regex.strip_prefix('^').map_or((regex, false), |inner| (inner, true));
    let (inner, at_end) = match inner.strip_suffix('$') {
        Some(inner) if !inner.ends_with('\\') => (inner, true),
        _ => (inner, false),
    };
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner.chars();
    while let Some(next) = rest.next() {
        match next {
            '\\' => text.push(rest.next().filter(|next| ESCAPED.contains(*next))?),
            '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$' => {
                return None;
            }
            literal => text.push(literal),
        }
    }
    Some(PatternEngine::Literal { text, at_start, at_end })
}

/// Returns about the number of bytes that the program of an expression has: 32 for each character,
/// class and operator.
fn probable_size(regex: &str) -> usize {
    const START: usize = 112;
    const STEP: usize = 32;
    let mut size = START;
    let mut rest = regex.chars();
    while let Some(next) = rest.next() {
        let end = match next {
            '[' => Some(']'),
            '<' => Some('>'),
            '\\' => {
                rest.next();
                None
            }
            _ => None,
        };
        if let Some(end) = end {
            rest.by_ref().take_while(|c| *c != end).for_each(drop);
        }
        size = size.saturating_add(STEP);
    }
    size
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

#[cfg(test)]
mod tests {
    use regex_lite::Regex;

    use super::{MAX_TEXT, Pattern, PatternBudget, PatternEngine, PatternMatch, literal};

    /// All expressions of up to five of these parts, on texts that contain them.
    #[test]
    fn literals_match_as_their_expressions_do() {
        const PARTS: [&str; 13] =
            ["", "^", "$", "a", "é", ".", r"\.", r"\\", r"\^", r"\$", "\"", r"\<", "+"];
        let texts =
            ["", "a", "é", "aa", ".", r"\", "^a$", "a.\"", "é.a", "a\\", "$", "^", "aé\"\n"];
        let mut literals = 0;
        for number in 0..PARTS.len().pow(5) {
            let digits = (0..5).map(|at| number / PARTS.len().pow(at) % PARTS.len());
            let regex: String = digits.filter_map(|digit| PARTS.get(digit).copied()).collect();
            let Some(engine) = literal(&regex) else { continue };
            literals += 1;
            // It is valid, and has the same matches.
            let by_regex = Regex::new(&regex).unwrap();
            let by_text = Pattern(engine);
            for text in texts {
                let expected = by_regex.is_match(text);
                assert_eq!(by_text.search(text) == PatternMatch::Yes, expected, "{regex} {text}");
            }
        }
        assert!(literals > 10_000, "{literals}");
    }

    #[test]
    fn literals_at_the_end_of_what_is_searched_are_open() {
        let budget = PatternBudget::new();
        for (regex, is_literal) in
            [("end$", true), ("end", true), ("en[d]$", false), ("e?nd", false)]
        {
            let pattern = Pattern::compile(regex, &budget, &"here").unwrap();
            assert_eq!(matches!(pattern.0, PatternEngine::Literal { .. }), is_literal);
            let before = "x".repeat(MAX_TEXT - 3);
            assert_eq!(pattern.search(&format!("{before}end")), PatternMatch::Yes, "{regex}");
            assert_eq!(pattern.search(&format!("{before}end.")), PatternMatch::Open, "{regex}");
            assert_eq!(pattern.search(&format!("{before}xend.")), PatternMatch::No, "{regex}");
        }
    }
}
