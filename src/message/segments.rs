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

impl Encoding {
    /// `gsm7` or `ucs2`, as a spec sees it in `{{encoding}}`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gsm7 => "gsm7",
            Self::Ucs2 => "ucs2",
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How many parts a text takes, and is charged for.
///
/// # Examples
///
/// ```
/// use otpost::message::{Encoding, Segments};
///
/// let plain = Segments::of(&"a".repeat(160));
/// assert_eq!((plain.encoding, plain.parts), (Encoding::Gsm7, 1));
///
/// // One character outside the GSM alphabet makes the whole text UCS-2.
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
}

impl Segments {
    /// Counts a text. National shift tables are not counted with: the gateway chooses them.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let gsm7 = text.chars().all(|c| gsm7_septets(c).is_some());
        let (encoding, single, part) =
            if gsm7 { (Encoding::Gsm7, 160, 153) } else { (Encoding::Ucs2, 70, 67) };
        let widths =
            text.chars().map(|c| if gsm7 { gsm7_septets(c).unwrap_or(1) } else { c.len_utf16() });

        let mut units = 0_usize;
        let mut parts = 1_usize;
        let mut filled = 0_usize;
        for width in widths {
            units = units.saturating_add(width);
            // An escape pair or surrogate pair is not split, so a part can stay one unit short.
            filled = filled.saturating_add(width);
            if filled > part {
                parts = parts.saturating_add(1);
                filled = width;
            }
        }
        Self { encoding, units, parts: if units <= single { 1 } else { parts } }
    }
}
