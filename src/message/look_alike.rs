//! Characters that look like, or are converted to, a character of ASCII.

use alloc::string::String;

use zeroize::Zeroizing;

use super::segments::typographic;

/// The full stop of Chinese and Japanese. Browsers read it as a dot in a domain name, and phones do
/// not, because sentences end with it.
pub(super) const IDEOGRAPHIC_STOP: char = '\u{3002}';

/// Returns the plain character that a person, a browser or a gateway may take `c` for: `@` for `＠`,
/// and a space for all spaces. Returns `None` for an invisible character.
///
/// Gateways convert texts on their own, and so does `smart_encode`. Whatever must not be in a text
/// must not appear after such a conversion either, so searches use the plain characters.
pub(super) fn plain(c: char) -> Option<char> {
    match c {
        // Full-width forms.
        '\u{ff01}'..='\u{ff5e}' => shifted(c, '\u{ff01}', '!', 94),
        // Small forms, and other characters of the same shape.
        '\u{fe6b}' => Some('@'),
        '\u{fe5f}' => Some('#'),
        '\u{2024}' | '\u{fe52}' => Some('.'),
        '\u{ff61}' => Some(IDEOGRAPHIC_STOP),
        '\u{2236}' | '\u{a789}' | '\u{fe55}' => Some(':'),
        '\u{2215}' | '\u{29f8}' => Some('/'),
        '\u{fe63}' => Some('-'),
        // Circled letters, and the letters and digits of mathematics in their 13 and 5 styles.
        '\u{24b6}'..='\u{24cf}' => shifted(c, '\u{24b6}', 'A', 26),
        '\u{24d0}'..='\u{24e9}' => shifted(c, '\u{24d0}', 'a', 26),
        '\u{1d400}'..='\u{1d6a3}' => {
            // Each style has the 26 capital letters and then the 26 small ones.
            let letter = shifted(c, '\u{1d400}', '\0', 52).map_or(0, u32::from);
            let first = if letter < 26 { 'A' } else { 'a' };
            char::from_u32(u32::from(first).saturating_add(letter % 26))
        }
        '\u{1d7ce}'..='\u{1d7ff}' => shifted(c, '\u{1d7ce}', '0', 10),
        // The filters `lower` and `upper` make ASCII of these two.
        '\u{212a}' => Some('K'),
        '\u{17f}' => Some('s'),
        '\u{b}' => Some(' '),
        // Variation selectors.
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => None,
        _ => match typographic(c) {
            Some("") => None,
            Some(text) => {
                let mut chars = text.chars();
                // An ellipsis has three dots and makes no link.
                chars.next().filter(|_| chars.next().is_none()).or(Some(c))
            }
            None => Some(c),
        },
    }
}

/// Returns the character at the same place in the block that begins with `to`. The blocks have
/// `count` characters, and after these the styles repeat.
fn shifted(c: char, from: char, to: char, count: u32) -> Option<char> {
    let place = u32::from(c).saturating_sub(u32::from(from)).checked_rem(count)?;
    char::from_u32(u32::from(to).saturating_add(place))
}

/// Returns the text with the plain forms of its characters.
pub(super) fn to_plain(text: &str) -> Zeroizing<String> {
    // The plain form is never longer, so the text does not move in memory and leaves no copy.
    let mut plainer = Zeroizing::new(String::with_capacity(text.len()));
    plainer.extend(text.chars().filter_map(plain));
    plainer
}
