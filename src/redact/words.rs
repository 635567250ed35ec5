//! Runs of words of a text.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use zeroize::Zeroizing;

use super::decode::Decoded;

/// A word counts two, and a character of a script without blanks between words one. What counts less than three words is
/// not the text: gateways say "your code" and "not valid" by themselves.
const MIN_WEIGHT: usize = 6;

/// The shortest runs of words that are only in a text.
#[derive(Clone, Default)]
pub(super) struct Runs {
    /// Sorted, each word with an end.
    sorted: Vec<Zeroizing<String>>,
}

struct TextWord {
    /// In lower case, since some gateways write so.
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

    /// The ranges of a text with a run of words in common.
    pub(super) fn find(&self, text: &[Decoded]) -> Vec<Range<usize>> {
        if self.sorted.is_empty() {
            return Vec::new();
        }
        let words = words(text);
        // A longer run in common is many short ones, each a word further.
        let common = windows(&words).filter(|run| self.has(&joined(run)));
        let ranges = common.filter_map(|run| {
            let (first, last) = (run.first()?, run.last()?);
            Some(first.range.start..last.range.end)
        });
        ranges.collect()
    }
}

fn joined(run: &[TextWord]) -> Zeroizing<String> {
    let length = run.iter().map(|word| word.text.len().saturating_add(1)).sum();
    let mut joined = Zeroizing::new(String::with_capacity(length));
    for word in run {
        joined.push_str(&word.text);
        joined.push('\0');
    }
    joined
}

/// The shortest runs that begin at a word, and those that end at one.
fn windows(words: &[TextWord]) -> impl Iterator<Item = &[TextWord]> {
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

/// How many words have the weight.
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

/// Thai, Lao, Myanmar, Khmer, and Chinese and Japanese.
const fn has_no_blanks(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}
