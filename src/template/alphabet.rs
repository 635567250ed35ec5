/// How many septets a character takes in the GSM 7-bit default alphabet (3GPP TS 23.038 §6.2.1): one, two from
/// the extension table, or `None` when it is in neither and the whole text becomes UCS-2.
pub(crate) const fn gsm7_septets(c: char) -> Option<usize> {
    match c {
        '\n' | '\r' | ' '..='#' | '%'..='?' | 'A'..='Z' | 'a'..='z' => Some(1),
        '@' | '£' | '$' | '¥' | 'è' | 'é' | 'ù' | 'ì' | 'ò' | 'Ç' | 'Ø' | 'ø' | 'Å' | 'å' => {
            Some(1)
        }
        'Δ' | '_' | 'Φ' | 'Γ' | 'Λ' | 'Ω' | 'Π' | 'Ψ' | 'Σ' | 'Θ' | 'Ξ' => Some(1),
        'Æ' | 'æ' | 'ß' | 'É' | '¤' | '¡' | 'Ä' | 'Ö' | 'Ñ' | 'Ü' | '§' | '¿' => {
            Some(1)
        }
        'ä' | 'ö' | 'ñ' | 'ü' | 'à' => Some(1),
        '\u{c}' | '^' | '{' | '}' | '\\' | '[' | '~' | ']' | '|' | '€' => Some(2),
        _ => None,
    }
}

/// Whether true ISO-8859-1 has the character: the first 256 code points, and not what browsers make of it.
pub(super) const fn is_latin1(c: char) -> bool {
    (c as u32) < 256
}

/// The default alphabet in its order: the place of a character is its code (3GPP TS 23.038 §6.2.1). The escape at 27 is
/// none.
const GSM7: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1b}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                    ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// A character as bytes of the GSM 7-bit alphabet, one for each septet; `None` when it is not in it.
pub(crate) fn gsm7_bytes(c: char) -> Option<impl Iterator<Item = u8>> {
    const ESCAPE: u8 = 0x1b;
    let (escape, byte) = match c {
        '\u{1b}' => return None,
        '\u{c}' => (Some(ESCAPE), 0x0a),
        '^' => (Some(ESCAPE), 0x14),
        '{' => (Some(ESCAPE), 0x28),
        '}' => (Some(ESCAPE), 0x29),
        '\\' => (Some(ESCAPE), 0x2f),
        '[' => (Some(ESCAPE), 0x3c),
        '~' => (Some(ESCAPE), 0x3d),
        ']' => (Some(ESCAPE), 0x3e),
        '|' => (Some(ESCAPE), 0x40),
        '€' => (Some(ESCAPE), 0x65),
        _ => (None, u8::try_from(GSM7.chars().position(|known| known == c)?).ok()?),
    };
    Some(escape.into_iter().chain([byte]))
}
