//! The GSM 7-bit default alphabet and its extension table (3GPP TS 23.038 §6.2.1).

/// The default alphabet. The index of a character is its code. The escape at 27 only announces the
/// extension table.
const ALPHABET: [char; 128] = [
    '@', '£', '$', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', '\n', 'Ø', 'ø', '\r', 'Å', 'å', //
    'Δ', '_', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ', '\u{1b}', 'Æ', 'æ', 'ß', 'É', //
    ' ', '!', '"', '#', '¤', '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/', //
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?', //
    '¡', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', //
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'Ä', 'Ö', 'Ñ', 'Ü', '§', //
    '¿', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', //
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 'ä', 'ö', 'ñ', 'ü', 'à', //
];

/// The extension table, without the euro sign, which is the only one beyond the first 256 code
/// points.
const EXTENSION: [(char, u8); 9] = [
    ('\u{c}', 0x0a),
    ('^', 0x14),
    ('{', 0x28),
    ('}', 0x29),
    ('\\', 0x2f),
    ('[', 0x3c),
    ('~', 0x3d),
    (']', 0x3e),
    ('|', 0x40),
];

const ESCAPE: u8 = 0x1b;
const EURO: u8 = 0x65;

/// Marks a code of the extension table in [`FIRST`].
const EXTENDED: u8 = 0x80;
/// Marks a character in [`FIRST`] that is in neither table.
const ABSENT: u8 = 0xff;

/// The codes of the first 256 code points, made of the two tables above, so that a text is counted
/// without a search.
const FIRST: [u8; 256] = first();

#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "the loops end at the lengths of the tables, and this runs in the compiler"
)]
const fn first() -> [u8; 256] {
    let mut table = [ABSENT; 256];
    let mut code = 0;
    while code < ALPHABET.len() {
        let c = ALPHABET[code] as usize;
        // U+001B itself is not a character of the alphabet: a text that has it becomes UCS-2.
        if c < table.len() && code != ESCAPE as usize {
            table[c] = code as u8;
        }
        code += 1;
    }
    let mut row = 0;
    while row < EXTENSION.len() {
        // 0x7f is not in the extension table, so a marked code never equals `ABSENT`.
        table[EXTENSION[row].0 as usize] = EXTENSION[row].1 | EXTENDED;
        row += 1;
    }
    table
}

/// Returns the code of a character, with the bit [`EXTENDED`] if it is in the extension table.
fn marked_code(c: char) -> Option<u8> {
    if let Ok(latin1) = u8::try_from(c) {
        return FIRST.get(usize::from(latin1)).copied().filter(|code| *code != ABSENT);
    }
    match c {
        // All other characters of the alphabet are Greek capitals, at the beginning of the table.
        // The range also has capitals that are not in the alphabet, such as Ε. The search returns
        // `None` for them.
        'Γ'..='Ω' => u8::try_from(ALPHABET.iter().position(|known| *known == c)?).ok(),
        '€' => Some(EURO | EXTENDED),
        _ => None,
    }
}

/// Returns the number of septets of a character: one in the default alphabet, and two in the
/// extension table. Returns `None` if the character is in neither. The whole text then becomes
/// UCS-2.
pub(crate) fn gsm7_septets(c: char) -> Option<usize> {
    Some(if marked_code(c)? & EXTENDED == 0 { 1 } else { 2 })
}

/// Returns a character as bytes of the alphabet, one byte per septet, or `None` if the alphabet
/// does not contain it.
#[cfg(feature = "gateway")]
pub(crate) fn gsm7_bytes(c: char) -> Option<impl Iterator<Item = u8>> {
    let code = marked_code(c)?;
    let escape = (code & EXTENDED != 0).then_some(ESCAPE);
    Some(escape.into_iter().chain([code & !EXTENDED]))
}

/// Returns the text that these bytes of the alphabet encode, one byte per septet, or `None` if a
/// byte has no character.
#[cfg(feature = "gateway")]
pub(crate) fn gsm7_text(bytes: &[u8]) -> Option<alloc::string::String> {
    let mut bytes = bytes.iter().copied();
    core::iter::from_fn(|| {
        let code = bytes.next()?;
        if code != ESCAPE {
            return Some(ALPHABET.get(usize::from(code)).copied());
        }
        let code = bytes.next().unwrap_or(ESCAPE);
        let known = EXTENSION.iter().find(|(_, known)| *known == code).map(|(c, _)| *c);
        Some(known.or((code == EURO).then_some('€')))
    })
    .collect()
}
