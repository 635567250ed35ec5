//! Finds numbers by their digits, in any script and with separators between them.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use zeroize::Zeroizing;

use super::decode::Decoded;
use crate::pasted::decimal_digit;

/// The minimum number of digits. Shorter numbers occur everywhere by chance.
const MIN_DIGITS: usize = 4;
/// The maximum number of separators between two digits of one number.
const MAX_GAP: usize = 8;

/// Returns `true` if the text has enough digits to be searched for.
pub(super) fn is_long(text: &str) -> bool {
    text.bytes().filter(u8::is_ascii_digit).nth(MIN_DIGITS.saturating_sub(1)).is_some()
}

/// The numbers to find, as their digits.
#[derive(Clone, Default)]
pub(super) struct Numbers {
    /// Sorted, so that numbers with the same beginning are adjacent.
    sorted: Vec<Zeroizing<String>>,
}

impl Numbers {
    /// Adds a number, if the text has only digits and the characters that people write between
    /// them.
    pub(super) fn add(&mut self, text: &str) {
        let is_number = text.chars().all(|c| c.is_ascii_digit() || " -+.,/()".contains(c));
        let digits = Zeroizing::new(text.chars().filter(char::is_ascii_digit).collect::<String>());
        if !is_number || !is_long(&digits) {
            return;
        }
        // `Err` contains the place that keeps the list sorted. A known number is not added again.
        if let Err(at) = self.sorted.binary_search_by(|known| known.as_str().cmp(&digits)) {
            self.sorted.insert(at, digits);
        }
    }

    /// Returns the ranges of the text that contain one of the numbers.
    ///
    /// The text is split into runs of digits. Each run is searched at each of its digits, because a
    /// number may be part of a longer run.
    pub(super) fn find(&self, text: &[Decoded]) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        if self.sorted.is_empty() {
            return found;
        }
        for run in runs(text) {
            for at in 0..run.digits.len() {
                let rest = run.digits.get(at..).unwrap_or_default();
                let Some(length) = self.longest(rest) else { continue };
                let last = at.saturating_add(length).saturating_sub(1);
                if let (Some(first), Some(last)) = (run.places.get(at), run.places.get(last)) {
                    found.push(first.start..last.end);
                }
            }
        }
        found
    }

    /// Returns the length of the longest number that `digits` begins with.
    fn longest(&self, digits: &str) -> Option<usize> {
        let begin = digits.get(..MIN_DIGITS)?;
        // The numbers with the same first four digits are adjacent, so compare only those.
        // Comparing each digit of the text with every number would take too long for large texts.
        let from = self.sorted.partition_point(|number| number.as_str() < begin);
        let same = self.sorted.iter().skip(from).take_while(|number| number.starts_with(begin));
        same.filter(|number| digits.starts_with(number.as_str())).map(|number| number.len()).max()
    }
}

/// Digits with only separators between them.
struct DigitRun {
    digits: Zeroizing<String>,
    /// The byte range of each digit.
    places: Vec<Range<usize>>,
}

/// Splits a text into runs of digits, and leaves out those that are too short.
fn runs(text: &[Decoded]) -> Vec<DigitRun> {
    let mut runs = Vec::new();
    let mut run = DigitRun { digits: Zeroizing::default(), places: Vec::new() };
    let mut gap = 0_usize;
    for decoded in text {
        let digit = digit(decoded.c);
        if let Some(digit) = digit {
            run.digits.push(digit);
            run.places.push(decoded.range.clone());
            gap = 0;
            continue;
        }
        gap = gap.saturating_add(1);
        // A letter ends a run at once. A long gap does as well: digits that far apart are not read
        // as one number.
        if (gap > MAX_GAP || !separates(decoded.c)) && !run.places.is_empty() {
            let empty = DigitRun { digits: Zeroizing::default(), places: Vec::new() };
            runs.push(core::mem::replace(&mut run, empty));
        }
    }
    runs.push(run);
    runs.retain(|run| run.places.len() >= MIN_DIGITS);
    runs
}

/// Returns the ASCII digit that a character stands for.
fn digit(c: char) -> Option<char> {
    if c.is_ascii() {
        return c.is_ascii_digit().then_some(c);
    }
    let of = |zero: u32| char::from_digit(u32::from(c).checked_sub(zero)?, 10);
    match c {
        // Three superscripts are in Latin-1, outside the block of the others.
        '\u{b2}' | '\u{b3}' => return of(0xb0),
        '\u{b9}' => return Some('1'),
        '\u{2070}' | '\u{2074}'..='\u{2079}' => return of(0x2070),
        '\u{2080}'..='\u{2089}' => return of(0x2080),
        // Circled and parenthesised digits, and those with a full stop.
        '\u{24ea}' => return Some('0'),
        '\u{2460}'..='\u{2468}' => return of(0x245f),
        '\u{2474}'..='\u{247c}' => return of(0x2473),
        '\u{2488}'..='\u{2490}' => return of(0x2487),
        _ => {}
    }
    decimal_digit(c)
}

/// Returns `true` for a character that people, programs or typesetters put between digits, visible
/// or not.
fn separates(c: char) -> bool {
    c.is_whitespace()
        || c.is_ascii_control()
        || "-.,/\\()[]_'\"+:;|*#=~".contains(c)
        || matches!(c,
            // No-break spaces are white space. Dashes, the minus, dots, full-width punctuation.
            '\u{b7}' | '\u{2010}'..='\u{2015}' | '\u{2018}'..='\u{201d}' | '\u{2022}' | '\u{2024}' | '\u{2027}'
            | '\u{2212}' | '\u{30fb}' | '\u{3001}' | '\u{3002}' | '\u{ff08}' | '\u{ff09}' | '\u{ff0c}'..='\u{ff0f}'
            | '\u{66b}' | '\u{66c}'
            // Soft hyphens, joiners, marks of direction, variation selectors and the keycap.
            | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{20e3}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}
