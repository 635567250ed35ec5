//! Finds structure inside a value: JSON in a form field, XML in a header, a form in a parameter.
//!
//! A value is encoded once, for the place where it is used. If the literal text around a
//! placeholder is itself a structured language, nothing is escaped for that language, and a quote
//! in a name or a text would end the string that contains it. So such a value is rejected, and has
//! to be written as a structure: `{ json = … }`. Placeholders that cannot contain any syntax are
//! allowed: digits, times, ids, and values in hexadecimal or base64.
//!
//! The search works on a skeleton: the literal text with one mark for each placeholder. Layers of
//! escaping are removed first (`%22`, `&quot;`, `\"`, `\u0022`), because a reader will remove them
//! as well. The patterns are chosen so that normal texts pass: `He said "{{text}}"` is a sentence,
//! `key="{{text}}"` is not.

use super::values::{Slot, Source};
use crate::template::Filter;

// The marks are noncharacters of Unicode, which no normal text contains. `push_literal` replaces
// them.
/// The mark of a placeholder that may contain any character.
const FREE: char = '\u{fdd0}';
/// The mark of a phone number or a part of it.
const NUMBER: char = '\u{fdd1}';
/// The mark of a placeholder that contains only letters, digits and a few characters without a
/// meaning in the languages.
const SAFE: char = '\u{fdd2}';

/// The number of escaping layers that are removed. Nested escaping is found in practice, such as
/// JSON in a URL in JSON.
const MAX_LAYERS: usize = 4;

/// The structured language of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway) enum Structure {
    /// `a=1&b=2`.
    Form,
    Json,
    /// `+41…;text`, a recipient and its other values.
    List,
    /// `key="value"`.
    Quoted,
    Xml,
}

/// The characters that a placeholder may contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway) enum Holds {
    Any,
    Number,
    /// Characters without a meaning in any of the languages.
    Plain,
}

/// The text of a value, with marks instead of its placeholders.
#[derive(Default)]
pub(in crate::gateway) struct Skeleton(String);

impl Holds {
    /// Returns the characters that a placeholder may contain. A configured value may replace the
    /// message's value.
    pub(in crate::gateway) fn of(slot: &Slot, filters: &[Filter]) -> Self {
        // Even if the message's value is harmless, the application's value can be any text: a
        // message's sender is checked, a configured sender is not.
        let own = slot.configured.map(|_| Self::of_source(Source::Configured, filters));
        match Self::of_source(slot.source, filters) {
            Self::Any => Self::Any,
            holds => own.filter(|own| *own == Self::Any).unwrap_or(holds),
        }
    }

    /// Returns the characters that a source may contain after the filters.
    pub(in crate::gateway) fn of_source(source: Source, filters: &[Filter]) -> Self {
        let source = match source {
            Source::CallingCode | Source::NationalNumber | Source::To => Self::Number,
            Source::Code
            | Source::Encoding
            | Source::ExpiresAt
            | Source::Locale
            | Source::MessageUuid
            | Source::Nonce
            | Source::Now
            | Source::NowMillis
            | Source::Segments
            | Source::Sender
            | Source::SenderKind
            | Source::Signature
            | Source::TtlSeconds => Self::Plain,
            Source::Configured | Source::Message(_) | Source::MessageVar | Source::ReceiptId => {
                Self::Any
            }
            Source::SenderPool | Source::Text | Source::Token(_) => Self::Any,
        };
        filters.iter().fold(source, |holds, filter| match filter {
            Filter::Base64 | Filter::Percent | Filter::Sha256Hex | Filter::Utf16Hex => Self::Plain,
            Filter::Bool
            | Filter::Clamp(..)
            | Filter::Date(_)
            | Filter::Epoch
            | Filter::EpochMs
            | Filter::Int
            | Filter::Number
            | Filter::Unit(_)
            | Filter::Zone(_) => Self::Plain,
            Filter::E164 | Filter::Home(_) | Filter::National(_) => Self::Number,
            Filter::Plain | Filter::Zeros => Self::Number,
            Filter::Map(pairs) if pairs.iter().all(|(_, to)| is_plain(to)) => Self::Plain,
            Filter::Map(_) => Self::Any,
            // Digits and letters stay digits and letters if their case changes or some are removed.
            Filter::Gsm7(_)
            | Filter::Latin1(_)
            | Filter::Lower
            | Filter::Truncate(_)
            | Filter::Upper => holds,
        })
    }
}

/// Returns whether a fixed text of the spec has no meaning in any of the languages.
pub(in crate::gateway) fn is_plain(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b" +-._".contains(&b))
}

impl Skeleton {
    pub(in crate::gateway) fn push_literal(&mut self, text: &str) {
        // A mark in the text would look like a placeholder.
        self.0
            .extend(text.chars().map(|c| if matches!(c, FREE | NUMBER | SAFE) { ' ' } else { c }));
    }

    pub(in crate::gateway) fn push_value(&mut self, holds: Holds) {
        self.0.push(match holds {
            Holds::Any => FREE,
            Holds::Number => NUMBER,
            Holds::Plain => SAFE,
        });
    }

    /// Returns the structure around the placeholders that may contain any character.
    pub(in crate::gateway) fn find(&self) -> Option<Structure> {
        // Without literal text there is no structure around a placeholder, and the value is encoded
        // for its place only.
        if !self.0.contains(FREE) || self.0.chars().all(is_mark) {
            return None;
        }
        let chars: Vec<char> = plain(&self.0);
        // The first match decides which characters a configured value may contain. So documents
        // come before forms and lists, which forbid fewer characters.
        if is_xml(&chars) {
            Some(Structure::Xml)
        } else if is_json(&chars) {
            Some(Structure::Json)
        } else if is_quoted(&chars) {
            Some(Structure::Quoted)
        } else if is_form(&chars) {
            Some(Structure::Form)
        } else if is_list(&chars) {
            Some(Structure::List)
        } else {
            None
        }
    }
}

impl Structure {
    /// Returns the name of the structure, for errors.
    pub(in crate::gateway) const fn name(self) -> &'static str {
        match self {
            Self::Form => "a list of names and values",
            Self::Json => "JSON",
            Self::List => "a list of values",
            Self::Quoted => "a quoted string",
            Self::Xml => "XML or HTML",
        }
    }

    /// Returns whether a configured value can be used there without escaping.
    pub(in crate::gateway) fn takes(self, value: &str) -> bool {
        let ends: &[char] = match self {
            // A reader splits a pair at its first `=`, so base64 with `=` at its end is harmless.
            Self::Form => &['&'],
            Self::Json | Self::Quoted => &['"', '\'', '\\'],
            Self::List => &[',', ';', '|'],
            Self::Xml => &['<', '>', '&', '"', '\''],
        };
        !value.contains(ends) && !value.contains(char::is_control)
    }

    /// Returns whether the structure is certainly meant as such, even in a text that is signed and
    /// not sent. Texts to sign are joined without escaping by design.
    pub(in crate::gateway) const fn is_document(self) -> bool {
        matches!(self, Self::Json | Self::Quoted | Self::Xml)
    }
}

/// Returns the problem text for a variable inside a structure.
pub(in crate::gateway) fn problem(name: &str, structure: Structure) -> String {
    format!("`{name}` would be unescaped in {} inside the value", structure.name())
}

/// The hint for that problem.
pub(in crate::gateway) const HINT: &str = "write it as a structure, { json = … } or { xml = … }, or use request.json, \
                               request.form or request.xml if this is the body; in a text only {{code}}, numbers, times, {{message_uuid}} and the \
                               filters base64, sha256hex and utf16hex are allowed";

const fn is_mark(c: char) -> bool {
    matches!(c, FREE | NUMBER | SAFE)
}

/// Returns the skeleton without its layers of escaping.
fn plain(text: &str) -> Vec<char> {
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..MAX_LAYERS {
        if chars.iter().any(|c| matches!(c, '%' | '&' | '\\')) {
            chars = unescape(&chars);
        }
    }
    chars
}

/// Removes one layer: percent encoding, XML references, and JSON backslashes.
fn unescape(chars: &[char]) -> Vec<char> {
    let mut plain = Vec::with_capacity(chars.len());
    let mut rest = chars;
    while let Some((first, behind)) = rest.split_first() {
        let (c, taken) = escape(*first, behind).unwrap_or((*first, 1));
        plain.push(c);
        rest = rest.get(taken..).unwrap_or_default();
    }
    plain
}

/// Returns the character of an escape sequence, and the length of the sequence.
fn escape(first: char, behind: &[char]) -> Option<(char, usize)> {
    match (first, behind) {
        ('%', [high, low, ..]) => Some((ascii(&[*high, *low], 16)?, 3)),
        ('\\', [c @ ('"' | '\'' | '/' | '\\'), ..]) => Some((*c, 2)),
        ('\\', ['u', digits @ ..]) => Some((ascii(digits.get(..4)?, 16)?, 6)),
        ('&', _) => {
            // The longest relevant reference is `&#x00022;`.
            let end = behind.iter().take(9).position(|c| *c == ';')?;
            let taken = end.checked_add(2)?;
            let c = match behind.get(..end)? {
                ['#', 'x' | 'X', digits @ ..] => ascii(digits, 16)?,
                ['#', digits @ ..] => ascii(digits, 10)?,
                ['a', 'm', 'p'] => '&',
                ['a', 'p', 'o', 's'] => '\'',
                ['g', 't'] => '>',
                ['l', 't'] => '<',
                ['q', 'u', 'o', 't'] => '"',
                _ => return None,
            };
            Some((c, taken))
        }
        _ => None,
    }
}

/// Returns the ASCII character with this code.
fn ascii(digits: &[char], radix: u32) -> Option<char> {
    let mut code = 0_u32;
    for digit in digits {
        code = code.checked_mul(radix)?.checked_add(digit.to_digit(radix)?)?;
    }
    // Only ASCII characters have a meaning in the languages, so other sequences stay as they are.
    char::from_u32(code).filter(|c| !digits.is_empty() && c.is_ascii())
}

/// Finds `<x`, `</x`, `<?xml`, `<!--` and `<![CDATA[`.
fn is_xml(chars: &[char]) -> bool {
    chars.windows(2).any(|pair| match pair {
        ['<', next] => next.is_ascii_alphabetic() || "_!?/".contains(*next),
        _ => false,
    })
}

fn is_json(chars: &[char]) -> bool {
    // A part of a document counts as well, such as `text":"{{text}}`: the gateway may put it into a
    // larger one.
    let text = trim(chars);
    let is_quote = |c: Option<&char>| matches!(c, Some('"' | '\''));
    let opens = |c: Option<&char>| matches!(c, Some('"' | '\'' | '{' | '['));
    let begins = opens(text.first());
    text.iter().enumerate().any(|(at, c)| {
        let behind = || skip_blank(text.get(at.saturating_add(1)..).unwrap_or_default());
        let next = || behind().first();
        let before = || trim(text.get(..at).unwrap_or_default());
        match c {
            // `{"a"`, `{'a'`, and `{a:`, which JavaScript and YAML allow.
            '{' => is_quote(next()) || is_key(behind(), ':'),
            // `[{`, `[[`, `["`.
            // A bracket before anything else is a normal text: `[Acme] {{text}}`.
            '[' => opens(next()),
            // `"a":"`, and `"a":` if the text begins like JSON or has another member.
            ':' if is_quote(before().last()) => opens(next()) || begins || has_member(before()),
            _ => false,
        }
    })
}

/// Returns whether a text begins with a name and `sign`.
fn is_key(text: &[char], sign: char) -> bool {
    let length = text.iter().take_while(|c| is_name(**c)).count();
    length > 0 && skip_blank(text.get(length..).unwrap_or_default()).first() == Some(&sign)
}

/// Finds `, "` before the last string.
fn has_member(before: &[char]) -> bool {
    before.iter().enumerate().any(|(at, c)| {
        let behind = skip_blank(before.get(at.saturating_add(1)..).unwrap_or_default());
        *c == ',' && behind.first() == Some(&'"')
    })
}

/// Finds a placeholder in a string whose quotes belong to a language and not to a sentence.
fn is_quoted(chars: &[char]) -> bool {
    let text = trim(chars);
    text.iter().enumerate().any(|(at, quote)| {
        if !matches!(quote, '"' | '\'') {
            return false;
        }
        let inside = text.get(at.saturating_add(1)..).unwrap_or_default();
        let end = inside.iter().position(|c| c == quote);
        let (value, behind) = match end {
            Some(end) => (inside.get(..end), inside.get(end.saturating_add(1)..)),
            None => (Some(inside), None),
        };
        let (value, behind) = (value.unwrap_or_default(), behind.unwrap_or_default());
        // A quote that is followed by a space ends a sentence.
        if !value.contains(&FREE) || value.first().is_some_and(|c| c.is_whitespace()) {
            return false;
        }
        let before = text.get(..at).unwrap_or_default();
        // The character before the quote decides. After a space, the quote belongs to a sentence
        // (`He said: "{{text}}"`), except in `key = "{{text}}"`.
        match (before.last(), before.iter().nth_back(1)) {
            (None, _) => {
                // The whole value, or the first of several.
                let more =
                    matches!(behind, [',' | ';' | '|' | '\t', next, ..] if !next.is_whitespace());
                end.is_some() && (behind.is_empty() || more)
            }
            (Some('='), _) | (Some(' '), Some('=')) => true,
            (Some(':' | ',' | ';' | '|' | '\t' | '['), _) => end.is_some(),
            // A call: `send("…")`.
            (Some('('), Some(c)) => end.is_some() && is_name(*c),
            _ => false,
        }
    })
}

/// Finds `a=1&b=2`, `?b=2`, `b=2` alone, and `a=1; b=2`.
fn is_form(chars: &[char]) -> bool {
    let text = trim(chars);
    let names = |at: usize| is_pair(text.get(at.saturating_add(1)..).unwrap_or_default()).is_some();
    let joined = text.iter().enumerate().any(|(at, c)| match c {
        '&' => names(at),
        '?' => names(at) && text.get(at..).unwrap_or_default().contains(&FREE),
        _ => false,
    });
    // A single pair counts only without white space: `Is it you, {{name}}? Code={{code}}` is a
    // sentence.
    let is_alone = !text.iter().any(|c| c.is_whitespace())
        && is_pair(text).is_some_and(|value| value.first() == Some(&FREE));
    let parts = || text.split(|c| matches!(c, ';' | ',' | '\n')).map(trim);
    let has_pairs = || parts().filter_map(is_pair).nth(1).is_some();
    let has_free = || parts().filter_map(is_pair).any(|value| value.first() == Some(&FREE));
    joined || is_alone || (text.contains(&'=') && has_free() && has_pairs())
}

/// Returns the value that follows a name and an equals sign.
fn is_pair(text: &[char]) -> Option<&[char]> {
    let is_part = |c: &&char| is_name(**c) || matches!(c, '[' | ']' | '#' | '$' | '%');
    let length = text.iter().take_while(is_part).count();
    let value = text.get(length..)?.strip_prefix(&['='])?;
    (length > 0).then_some(value)
}

/// Finds a phone number and other values with only separators between them: `{{to}};{{text}}`.
fn is_list(chars: &[char]) -> bool {
    // Without a phone number, `{{name}}|{{text}}` is a normal text. After a number, a reader
    // expects more fields, and a separator in a value would add one.
    let has_words = chars.iter().any(|c| c.is_alphanumeric() || *c == ' ');
    let separates = |c: &char| matches!(c, ',' | ';' | '|' | ':' | '=' | '\t' | '\r' | '\n');
    let values = chars.split(separates).filter(|part| part.iter().any(|c| is_mark(*c)));
    !has_words && chars.contains(&NUMBER) && values.count() > 1
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}

fn trim(chars: &[char]) -> &[char] {
    let chars = skip_blank(chars);
    let end = chars.iter().rposition(|c| !c.is_whitespace()).map_or(0, |at| at.saturating_add(1));
    chars.get(..end).unwrap_or_default()
}

fn skip_blank(chars: &[char]) -> &[char] {
    let start = chars.iter().position(|c| !c.is_whitespace()).unwrap_or(chars.len());
    chars.get(start..).unwrap_or_default()
}
