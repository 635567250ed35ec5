use core::fmt;

use crate::gsm7::gsm7_septets;

/// The encoding of a text in an SMS.
///
/// [`as_str`](Self::as_str) is the value of `{{encoding}}` in a gateway spec.
#[doc(alias = "ucs-2")]
#[doc(alias = "gsm-7")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a text message has these two encodings for text")]
pub enum Encoding {
    /// The GSM 7-bit default alphabet: 160 septets in a single segment, or 153 in each of several.
    Gsm7,
    /// UCS-2: 70 UTF-16 units in a single segment, or 67 in each of several.
    Ucs2,
}

words! {
    Encoding, "encoding":
    Gsm7 = "gsm7",
    Ucs2 = "ucs2",
}

display_word!(Encoding);

impl Encoding {
    /// Returns the units that fit into a text of one segment, and into each segment of a longer
    /// text. Each segment of a longer text also has a header that joins the segments (3GPP
    /// TS 23.040 §9.2.3.24.1).
    const fn room(self) -> (usize, usize) {
        match self {
            Self::Gsm7 => (160, 153),
            Self::Ucs2 => (70, 67),
        }
    }
}

/// The number of segments of a text. Gateways charge for each segment.
///
/// # Examples
///
/// ```
/// use otpost::message::{Encoding, Segments};
///
/// let plain = Segments::of("123456 is your Acme code.");
/// assert_eq!((plain.encoding, plain.count, plain.left), (Encoding::Gsm7, 1, 135));
///
/// // One character outside the GSM alphabet makes the whole text UCS-2.
/// let accented = Segments::of(&format!("ç{}", "a".repeat(159)));
/// assert_eq!((accented.encoding, accented.count), (Encoding::Ucs2, 3));
/// ```
#[doc(alias = "message parts")]
#[doc(alias = "concatenated sms")]
#[doc(alias = "cost")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Segments {
    /// The encoding that the text needs.
    pub encoding: Encoding,
    /// The total number of units: septets or UTF-16 units.
    pub units: usize,
    /// The number of segments; 1 for an empty text.
    pub count: usize,
    /// The number of units that still fit into the last segment.
    pub left: usize,
}

impl Segments {
    /// Counts the segments of a text, without allocating memory.
    ///
    /// National language shift tables are not considered, because the gateway chooses them.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let encoding = Encoding::Gsm7;
        let (single, _) = encoding.room();
        let mut units = 0_usize;
        for c in text.chars() {
            match gsm7_septets(c) {
                Some(septets) => units = units.saturating_add(septets),
                // One such character makes the whole text UCS-2, so count again from the start.
                None => {
                    return Self::in_segments(Encoding::Ucs2, text.chars().map(char::len_utf16));
                }
            }
        }
        if units <= single {
            return Self { encoding, units, count: 1, left: single.saturating_sub(units) };
        }
        // Never `None`: the loop above has checked all characters.
        let septets = |c| gsm7_septets(c).unwrap_or_default();
        Self::in_segments(encoding, text.chars().map(septets))
    }

    /// Counts characters of these widths. An escape pair or a surrogate pair is never split, so a
    /// segment can stay one unit short.
    fn in_segments(encoding: Encoding, widths: impl Iterator<Item = usize>) -> Self {
        let (single, segment) = encoding.room();
        // Count with the room of a segment that has a header. If the whole text fits into one
        // segment without a header, this count is not used.
        let (mut units, mut count, mut filled) = (0_usize, 1_usize, 0_usize);
        for width in widths {
            units = units.saturating_add(width);
            filled = filled.saturating_add(width);
            if filled > segment {
                count = count.saturating_add(1);
                filled = width;
            }
        }
        if units <= single {
            return Self { encoding, units, count: 1, left: single.saturating_sub(units) };
        }
        Self { encoding, units, count, left: segment.saturating_sub(filled) }
    }

    /// Returns the characters outside the GSM alphabet. A single one makes the whole text UCS-2.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::message::Segments;
    ///
    /// let text = "123456 is your code \u{2013} don\u{2019}t share it";
    /// let first = Segments::non_gsm_characters(text).next().ok_or("none")?;
    /// assert_eq!((first.character, first.position), ('\u{2013}', 20));
    /// assert_eq!(first.replacement, Some("-"));
    /// assert_eq!(first.to_string(), "U+2013 at byte 20: write `-`");
    /// # Ok::<(), &str>(())
    /// ```
    pub fn non_gsm_characters(text: &str) -> impl Iterator<Item = NonGsmCharacter> {
        text.char_indices().filter(|(_, c)| gsm7_septets(*c).is_none()).map(|(position, c)| {
            NonGsmCharacter { character: c, position, replacement: replacement(c) }
        })
    }
}

/// A character outside the GSM alphabet, which makes the whole text UCS-2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NonGsmCharacter {
    /// The character.
    pub character: char,
    /// The byte position in the text.
    pub position: usize,
    /// A similar text in the GSM alphabet. It is empty if the character can be left out. `None` if
    /// there is no similar text, for example for a letter of another script.
    pub replacement: Option<&'static str>,
}

impl fmt::Display for NonGsmCharacter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Print the number and not the character: it may be part of a name, or invisible.
        write!(f, "U+{:04X} at byte {}", u32::from(self.character), self.position)?;
        match self.replacement {
            Some("") => f.write_str(": leave it out"),
            Some(" ") => f.write_str(": write a space"),
            Some(text) => write!(f, ": write `{text}`"),
            None => Ok(()),
        }
    }
}

/// Returns a similar text in the GSM alphabet. A letter is replaced only by a letter that looks
/// similar. That is a suggestion to the author of the text: [`smart_encode`](super::smart_encode())
/// does not replace letters.
const fn replacement(c: char) -> Option<&'static str> {
    if let Some(text) = typographic(c) {
        return Some(text);
    }
    Some(match c {
        'ç' => "Ç",
        '\u{2126}' => "Ω",
        '\u{b5}' | 'μ' => "u",
        'á' | 'â' | 'ã' => "à",
        'À' | 'Á' | 'Â' | 'Ã' => "A",
        'ê' | 'ë' => "è",
        'È' | 'Ê' | 'Ë' => "E",
        'í' | 'î' | 'ï' => "ì",
        'Ì' | 'Í' | 'Î' | 'Ï' => "I",
        'ó' | 'ô' | 'õ' => "ò",
        'Ò' | 'Ó' | 'Ô' | 'Õ' => "O",
        'ú' | 'û' => "ù",
        'Ù' | 'Ú' | 'Û' => "U",
        _ => return None,
    })
}

/// Returns the keyboard form of quotes, dashes, spaces and symbols that word processors insert. The
/// text is empty for invisible characters.
pub(super) const fn typographic(c: char) -> Option<&'static str> {
    Some(match c {
        '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}' | '\u{2032}' | '\u{2039}'
        | '\u{203a}' | '`' | '\u{b4}' | '\u{2bc}' => "'",
        '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{201f}' | '\u{2033}' | '«' | '»' => "\"",
        '\u{2010}' | '\u{2011}' | '\u{2012}' | '\u{2013}' | '\u{2014}' | '\u{2015}'
        | '\u{2212}' => "-",
        '\u{2026}' => "...",
        '\t'
        | '\u{a0}'
        | '\u{1680}'
        | '\u{2000}'..='\u{200a}'
        | '\u{202f}'
        | '\u{205f}'
        | '\u{3000}' => " ",
        '\u{2028}' | '\u{2029}' | '\u{85}' => "\n",
        // Invisible characters.
        '\u{ad}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'
        | '\u{2066}'..='\u{2069}'
        | '\u{fe0f}'
        | '\u{feff}' => "",
        '\u{2022}' | '\u{b7}' => "*",
        '\u{d7}' => "x",
        '\u{2044}' => "/",
        _ => return None,
    })
}
