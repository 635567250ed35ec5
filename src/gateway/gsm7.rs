/// The GSM 7-bit default alphabet. The index of a character is its code (3GPP TS 23.038 §6.2.1).
/// The escape at 27 is not a character.
const GSM7: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1b}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                    ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// Returns a character as bytes of the GSM 7-bit alphabet, one byte per septet, or `None` if the
/// alphabet does not contain it.
pub(super) fn gsm7_bytes(c: char) -> Option<impl Iterator<Item = u8>> {
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
