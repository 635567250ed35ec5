//! Finds runs of words that two texts have in common.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use zeroize::Zeroizing;

use super::decode::Decoded;

/// The minimum weight of a run. A word weighs two. A character of a script without blanks between
/// words weighs one. Runs of less than three words are not specific to a text: gateways write "your
/// code" and "not valid" themselves.
const MIN_WEIGHT: usize = 6;

/// The shortest runs of words of a text that reach the minimum weight.
#[derive(Clone, Default)]
pub(super) struct Runs {
    /// Sorted. Each word ends with a NUL.
    sorted: Vec<Zeroizing<String>>,
}

/// A word of a text, with its weight and its byte range.
struct TextWord {
    /// In lower case, because some gateways change the case.
    text: Zeroizing<String>,
    weight: usize,
    range: Range<usize>,
}

impl Runs {
    /// Adds all runs of a text.
    pub(super) fn add(&mut self, text: &[Decoded]) {
        let words = words(text);
        self.sorted.extend(windows(&words).map(joined));
        self.sorted.sort_unstable_by(|a, b| a.as_str().cmp(b));
        self.sorted.dedup();
    }

    fn has(&self, run: &str) -> bool {
        self.sorted.binary_search_by(|known| known.as_str().cmp(run)).is_ok()
    }

    /// Returns the ranges of a text that have a run of words in common with an added text.
    pub(super) fn find(&self, text: &[Decoded]) -> Vec<Range<usize>> {
        if self.sorted.is_empty() {
            return Vec::new();
        }
        let words = words(text);
        // A longer common run consists of many short ones, each one word further.
        let common = windows(&words).filter(|run| self.has(&joined(run)));
        let ranges = common.filter_map(|run| {
            let (first, last) = (run.first()?, run.last()?);
            Some(first.range.start..last.range.end)
        });
        ranges.collect()
    }
}

/// Joins the words of a run, each with a NUL after it.
fn joined(run: &[TextWord]) -> Zeroizing<String> {
    let length = run.iter().map(|word| word.text.len().saturating_add(1)).sum();
    let mut joined = Zeroizing::new(String::with_capacity(length));
    for word in run {
        joined.push_str(&word.text);
        // The NUL keeps `ab c` and `a bc` apart. It is not alphanumeric, so no word contains it.
        joined.push('\0');
    }
    joined
}

/// Returns the shortest run that begins at each word, and the shortest that ends at each word.
fn windows(words: &[TextWord]) -> impl Iterator<Item = &[TextWord]> {
    // The weights differ, so the shortest run from a word is not always the shortest run up to one.
    // With both kinds, a common part is masked up to its first and its last word.
    let behind = (0..words.len()).filter_map(|start| {
        let run = words.get(start..)?;
        run.get(..length(run.iter())?)
    });
    let before = (0..=words.len()).filter_map(|end| {
        let run = words.get(..end)?;
        run.get(end.checked_sub(length(run.iter().rev())?)?..)
    });
    behind.chain(before)
}

/// Returns the number of words that reach the minimum weight, or `None` if all of them do not.
fn length<'w>(words: impl Iterator<Item = &'w TextWord>) -> Option<usize> {
    let mut weight = 0_usize;
    for (at, word) in words.enumerate() {
        weight = weight.saturating_add(word.weight);
        if weight >= MIN_WEIGHT {
            return at.checked_add(1);
        }
    }
    None
}

/// Splits a text into words. In a script without blanks, each character is a word.
fn words(text: &[Decoded]) -> Vec<TextWord> {
    let mut words: Vec<TextWord> = Vec::new();
    let mut is_open = false;
    for Decoded { c, range } in text {
        let is_alone = has_no_blanks(*c);
        match words.last_mut().filter(|_| is_open && !is_alone) {
            Some(word) if c.is_alphanumeric() => {
                word.text.extend(c.to_lowercase());
                word.range.end = range.end;
            }
            _ if c.is_alphanumeric() => {
                let text = Zeroizing::new(c.to_lowercase().collect());
                words.push(TextWord {
                    text,
                    weight: if is_alone { 1 } else { 2 },
                    range: range.clone(),
                });
            }
            _ => {}
        }
        is_open = c.is_alphanumeric() && !is_alone;
    }
    words
}

/// Returns `true` for scripts without blanks between words: Thai, Lao, Myanmar, Khmer, Chinese and
/// Japanese.
const fn has_no_blanks(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}
