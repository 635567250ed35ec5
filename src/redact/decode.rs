//! Decodes the layers of escaping of a text, and keeps the position of each character.
//!
//! The positions are the reason why this is not done by the crates that decode URLs, XML and JSON:
//! what is found in the decoded text is masked in the original one.

use alloc::vec::Vec;
use core::ops::Range;

/// The maximum number of layers. `%2530` is a percent-encoded `%30`; deeper nesting does not occur.
const MAX_LAYERS: usize = 3;

/// A character and its byte range in the original text.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Decoded {
    pub(super) c: char,
    pub(super) range: Range<usize>,
}

/// Returns the characters of a text after decoding percent-encoding, HTML and XML references, and
/// escapes of JSON and JavaScript.
pub(super) fn decode(text: &str) -> Vec<Decoded> {
    let mut chars: Vec<Decoded> = text
        .char_indices()
        .map(|(at, c)| Decoded { c, range: at..at.saturating_add(c.len_utf8()) })
        .collect();
    for _ in 0..MAX_LAYERS {
        let next = layer(&chars);
        if next.len() == chars.len() {
            break;
        }
        chars = next;
    }
    chars
}

/// Decodes one layer. Each escape is longer than its character, so a result of the same length
/// means that nothing was decoded.
fn layer(chars: &[Decoded]) -> Vec<Decoded> {
    let mut decoded = Vec::with_capacity(chars.len());
    let mut rest = chars;
    while let Some(first) = rest.first() {
        let (c, taken) = escape(rest).unwrap_or((first.c, 1));
        // An escape is never longer than the rest that it was read from, so the fallback cannot
        // occur.
        let (taken, behind) = rest.split_at_checked(taken).unwrap_or((rest, &[]));
        let end = taken.last().map_or(first.range.end, |last| last.range.end);
        decoded.push(Decoded { c, range: first.range.start..end });
        rest = behind;
    }
    decoded
}

/// Returns the character of an escape at the start, and the length of the escape.
fn escape(chars: &[Decoded]) -> Option<(char, usize)> {
    let at = |at: usize| chars.get(at).map(|decoded| decoded.c);
    match (at(0)?, at(1)?) {
        // `%u0030` is the form of `escape` in JavaScript, which no standard for URLs has.
        ('%', 'u') => Some((char::from_u32(hex(chars, 2, 4)?)?, 6)),
        ('%', _) => percent(chars),
        ('&', _) => reference(chars),
        ('\\', 'u') => unicode(chars),
        ('\\', 'x') => Some((char::from_u32(hex(chars, 2, 2)?)?, 4)),
        // Which white space it is does not matter: all of it separates digits and words.
        ('\\', 'n' | 'r' | 't') => Some((' ', 2)),
        ('\\', c @ ('"' | '\'' | '/' | '\\')) => Some((c, 2)),
        _ => None,
    }
}

/// Parses a number of `count` hexadecimal digits.
fn hex(chars: &[Decoded], from: usize, count: usize) -> Option<u32> {
    let digits = chars.get(from..from.checked_add(count)?)?;
    digits
        .iter()
        .try_fold(0_u32, |number, digit| number.checked_mul(16)?.checked_add(digit.c.to_digit(16)?))
}

/// Decodes `%31`, or the percent-encoded UTF-8 bytes of one character.
fn percent(chars: &[Decoded]) -> Option<(char, usize)> {
    // Add one byte at a time. As soon as the bytes are valid UTF-8, they are one whole character. A
    // character has at most four bytes, so a fifth one ends the attempt.
    let mut bytes = [0; 4];
    let mut length = 0_usize;
    for chars in chars.chunks(3) {
        if chars.first()?.c != '%' {
            break;
        }
        *bytes.get_mut(length)? = u8::try_from(hex(chars, 1, 2)?).ok()?;
        length = length.saturating_add(1);
        if let Ok(text) = core::str::from_utf8(bytes.get(..length)?) {
            return Some((text.chars().next()?, length.saturating_mul(3)));
        }
    }
    None
}

/// Decodes `&#48;`, `&#x30;`, and the named references of blanks and punctuation.
fn reference(chars: &[Decoded]) -> Option<(char, usize)> {
    const NAMES: [(&str, char); 16] = [
        ("amp", '&'),
        ("apos", '\''),
        ("comma", ','),
        ("emsp", ' '),
        ("ensp", ' '),
        ("gt", '>'),
        ("hyphen", '-'),
        ("lt", '<'),
        ("mdash", '-'),
        ("nbsp", ' '),
        ("ndash", '-'),
        ("period", '.'),
        ("quot", '"'),
        ("shy", '-'),
        ("sol", '/'),
        ("thinsp", ' '),
    ];
    // A number may have leading zeros, as in `&#x000030;`.
    // The limit keeps the time linear for a text of many `&` without a semicolon.
    let end = chars.iter().take(14).position(|decoded| decoded.c == ';')?;
    let inside = chars.get(1..end)?;
    let is = |name: &str| name.chars().eq(inside.iter().map(|decoded| decoded.c));
    let taken = end.checked_add(1)?;
    if let Some((_, c)) = NAMES.iter().find(|(name, _)| is(name)) {
        return Some((*c, taken));
    }
    let (hash, digits) = inside.split_first()?;
    let (radix, digits) = match digits.split_first() {
        Some((x, digits)) if matches!(x.c, 'x' | 'X') => (16_u32, digits),
        _ => (10, digits),
    };
    if hash.c != '#' || digits.is_empty() {
        return None;
    }
    let number = digits.iter().try_fold(0_u32, |number, digit| {
        number.checked_mul(radix)?.checked_add(digit.c.to_digit(radix)?)
    });
    Some((char::from_u32(number?)?, taken))
}

/// Decodes `\u0030`, `\u{30}`, or the two halves of a character beyond U+FFFF (RFC 8259 §7).
fn unicode(chars: &[Decoded]) -> Option<(char, usize)> {
    if chars.get(2)?.c == '{' {
        let end = chars.iter().take(10).position(|decoded| decoded.c == '}')?;
        let count = end.checked_sub(3)?;
        return Some((char::from_u32(hex(chars, 3, count)?)?, end.checked_add(1)?));
    }
    let first = hex(chars, 2, 4)?;
    if let Some(c) = char::from_u32(first) {
        return Some((c, 6));
    }
    // A half of a pair is not a character, so without the other half nothing is decoded.
    let is_escape = chars.get(6)?.c == '\\' && chars.get(7)?.c == 'u';
    let second = hex(chars, 8, 4).filter(|_| is_escape)?;
    let high = first.checked_sub(0xd800).filter(|high| *high < 0x400)?;
    let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
    Some((char::from_u32(0x1_0000_u32.checked_add(high << 10)?.checked_add(low)?)?, 12))
}
