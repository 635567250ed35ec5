//! The one cleaning step for what people type or paste: codes, secrets, key URIs, phone numbers.
//!
//! A text that is copied from a web page, a message or a table contains invisible characters:
//! no-break spaces, direction marks, a byte order mark. Keyboards of other scripts type other
//! digits. None of them changes what a person means.

mod digits;

use core::fmt;

pub(crate) use digits::decimal_digit;

/// A character of a pasted text.
#[derive(Clone, Copy)]
pub(crate) struct Pasted {
    /// The position, which counts the characters of the text from 1.
    pub(crate) position: usize,
    /// The character as it was pasted, for an error.
    pub(crate) character: char,
    /// The ASCII character that it stands for, or the same character.
    pub(crate) plain: char,
}

/// Returns the characters of a text that mean something.
///
/// White space and invisible characters are left out. Dashes of any kind become `-`, decimal digits
/// of any script become ASCII, and so do full-width forms. All other characters are returned as
/// they are, for the caller to reject.
pub(crate) fn clean(text: &str) -> impl Iterator<Item = Pasted> {
    let visible = (1..).zip(text.chars()).filter(|(_, c)| !is_blank(*c));
    visible.map(|(position, character)| Pasted { position, character, plain: plain(character) })
}

/// Removes white space and invisible characters at both ends. Joiners and variation selectors stay:
/// they change how the last character of a name looks.
pub(crate) fn trim(text: &str) -> &str {
    let is_selector = |c| {
        matches!(c,
            '\u{200c}' | '\u{200d}' | '\u{180b}'..='\u{180f}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{e0000}'..='\u{e01ef}')
    };
    text.trim_matches(|c| is_blank(c) && !is_selector(c))
}

/// Returns `true` for white space, including line ends, and for characters without a glyph.
pub(crate) fn is_blank(c: char) -> bool {
    // Other control characters are not typed by mistake, so they are not left out.
    if c.is_ascii() {
        return matches!(c, ' ' | '\t'..='\r');
    }
    c.is_whitespace()
        || matches!(c,
            // Soft hyphen, joiners and fillers, zero-width spaces, the byte order mark.
            '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}' | '\u{2800}' | '\u{3164}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
            // Direction marks, embeddings, overrides and isolates (UAX #9), and obsolete ones.
            | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{206f}'
            // Variation selectors and tags.
            | '\u{180b}'..='\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e01ef}')
}

/// Returns the ASCII character that a dash, a digit or a full-width form stands for.
fn plain(c: char) -> char {
    if c.is_ascii() {
        return c;
    }
    let wide = || match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c).checked_sub(0xfee0)?),
        _ => None,
    };
    match c {
        // The category Pd of Unicode, the minus and hyphens outside of it, and the mark for a long
        // vowel, which is on the key of the dash in Japan.
        '\u{58a}'
        | '\u{5be}'
        | '\u{1400}'
        | '\u{1806}'
        | '\u{2010}'..='\u{2015}'
        | '\u{2043}'
        | '\u{207b}'
        | '\u{208b}'
        | '\u{2212}'
        | '\u{2e17}'
        | '\u{2e1a}'
        | '\u{2e3a}'
        | '\u{2e3b}'
        | '\u{2e40}'
        | '\u{2e5d}'
        | '\u{301c}'
        | '\u{3030}'
        | '\u{30a0}'
        | '\u{30fc}'
        | '\u{fe31}'
        | '\u{fe32}'
        | '\u{fe58}'
        | '\u{fe63}'
        | '\u{ff0d}'
        | '\u{ff70}'
        | '\u{10ead}' => '-',
        // The plus of small forms and of superscripts.
        '\u{207a}' | '\u{fe62}' => '+',
        _ => decimal_digit(c).or_else(wide).unwrap_or(c),
    }
}

/// A character in an error, as `U+0435`. Its glyph may look like another one.
pub(crate) struct CodePoint(pub(crate) char);

impl fmt::Display for CodePoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "U+{:04X}", u32::from(self.0))
    }
}
