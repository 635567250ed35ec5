use core::fmt;

use crate::template::gsm7_septets;

/// How a text is encoded on the air.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a text message has these two encodings for text")]
pub enum Encoding {
    /// The GSM 7-bit default alphabet: 160 septets, or 153 a part.
    Gsm7,
    /// UCS-2: 70 units, or 67 a part.
    Ucs2,
}

words! {
    Encoding, "encoding":
    Gsm7 = "gsm7",
    Ucs2 = "ucs2",
}

display_word!(Encoding);

impl Encoding {
    /// How many units fit into a text of one part, and into each part of a longer one: the rest is the header that joins
    /// them (3GPP TS 23.040 §9.2.3.24.1).
    const fn room(self) -> (usize, usize) {
        match self {
            Self::Gsm7 => (160, 153),
            Self::Ucs2 => (70, 67),
        }
    }
}

/// How many parts a text takes, and is charged for.
///
/// # Examples
///
/// ```
/// use otpost::message::{Encoding, Segments};
///
/// let plain = Segments::of("123456 is your Acme code.");
/// assert_eq!((plain.encoding, plain.parts, plain.left), (Encoding::Gsm7, 1, 135));
///
/// // One character outside of the GSM alphabet makes the whole text UCS-2.
/// let accented = Segments::of(&format!("ç{}", "a".repeat(159)));
/// assert_eq!((accented.encoding, accented.parts), (Encoding::Ucs2, 3));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Segments {
    /// The encoding that the text needs.
    pub encoding: Encoding,
    /// Septets or UTF-16 units in all.
    pub units: usize,
    /// Parts; one for an empty text.
    pub parts: usize,
    /// Units that still fit into the last part.
    pub left: usize,
}

impl Segments {
    /// Counts a text. National shift tables are not counted with: the gateway chooses them.
    ///
    /// It allocates nothing.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let encoding = Encoding::Gsm7;
        let (single, _) = encoding.room();
        let mut units = 0_usize;
        for c in text.chars() {
            match gsm7_septets(c) {
                Some(septets) => units = units.saturating_add(septets),
                // One is enough: all is counted anew.
                None => return Self::in_parts(Encoding::Ucs2, text.chars().map(char::len_utf16)),
            }
        }
        if units <= single {
            return Self { encoding, units, parts: 1, left: single.saturating_sub(units) };
        }
        let septets = |c| gsm7_septets(c).unwrap_or_default();
        Self::in_parts(encoding, text.chars().map(septets))
    }

    /// Characters of these widths: an escape pair or surrogate pair is not split, so a part can stay one unit short.
    fn in_parts(encoding: Encoding, widths: impl Iterator<Item = usize>) -> Self {
        let (single, part) = encoding.room();
        let (mut units, mut parts, mut filled) = (0_usize, 1_usize, 0_usize);
        for width in widths {
            units = units.saturating_add(width);
            filled = filled.saturating_add(width);
            if filled > part {
                parts = parts.saturating_add(1);
                filled = width;
            }
        }
        if units <= single {
            return Self { encoding, units, parts: 1, left: single.saturating_sub(units) };
        }
        Self { encoding, units, parts, left: part.saturating_sub(filled) }
    }

    /// The characters that make a text UCS-2: none for one in the GSM alphabet.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::message::Segments;
    ///
    /// let text = "123456 is your code \u{2013} don\u{2019}t share it";
    /// let first = Segments::non_gsm_characters(text).next().ok_or("none")?;
    /// assert_eq!((first.character, first.position, first.replacement), ('\u{2013}', 20, Some("-")));
    /// assert_eq!(first.to_string(), "U+2013 at byte 20: write `-`");
    /// # Ok::<(), &str>(())
    /// ```
    pub fn non_gsm_characters(text: &str) -> impl Iterator<Item = NonGsmCharacter> {
        text.char_indices().filter(|(_, c)| gsm7_septets(*c).is_none()).map(|(position, c)| {
            NonGsmCharacter { character: c, position, replacement: replacement(c) }
        })
    }
}

/// A character that is not in the GSM alphabet, and for which the whole text becomes UCS-2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NonGsmCharacter {
    /// The character.
    pub character: char,
    /// Where it stands, in bytes.
    pub position: usize,
    /// What could stand in its place; `None` where another text would say it, such as in another script.
    pub replacement: Option<&'static str>,
}

impl fmt::Display for NonGsmCharacter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Its number and not itself: it may be part of a name, or invisible.
        write!(f, "U+{:04X} at byte {}", u32::from(self.character), self.position)?;
        match self.replacement {
            Some("") => f.write_str(": leave it out"),
            Some(" ") => f.write_str(": write a blank"),
            Some(text) => write!(f, ": write `{text}`"),
            None => Ok(()),
        }
    }
}

/// What says the same with characters of the GSM alphabet. A letter becomes another only where the two look alike; that is a
/// suggestion to the writer, and [`smart_encode`](super::smart) does not do it.
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

/// Quotes, dashes, blanks and signs as a word processor writes them, and what they are on a keyboard.
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
        // Nothing is seen of them.
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
