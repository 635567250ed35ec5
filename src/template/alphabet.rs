/// The number of septets of the first 256 code points. 0 stands for a character outside the
/// alphabet.
const FIRST: [u8; 256] = first();

const fn first() -> [u8; 256] {
    let mut table = [0; 256];
    let mut code = 0_u8;
    loop {
        #[expect(
            clippy::indexing_slicing,
            reason = "a byte is below 256, and this runs in the compiler"
        )]
        {
            table[code as usize] = match code as char {
                '\n' | '\r' | ' '..='#' | '%'..='?' | 'A'..='Z' | 'a'..='z' => 1,
                '@' | '£' | '$' | '¥' | 'è' | 'é' | 'ù' | 'ì' | 'ò' | 'Ç' | 'Ø' | 'ø' | 'Å'
                | 'å' | '_' => 1,
                'Æ' | 'æ' | 'ß' | 'É' | '¤' | '¡' | 'Ä' | 'Ö' | 'Ñ' | 'Ü' | '§' | '¿' => {
                    1
                }
                'ä' | 'ö' | 'ñ' | 'ü' | 'à' => 1,
                '\u{c}' | '^' | '{' | '}' | '\\' | '[' | '~' | ']' | '|' => 2,
                _ => 0,
            };
        }
        if code == u8::MAX {
            return table;
        }
        code = code.saturating_add(1);
    }
}

/// Returns the number of septets of a character in the GSM 7-bit default alphabet (3GPP TS 23.038
/// §6.2.1): one, or two for the extension table. Returns `None` if the character is in neither. The
/// whole text then becomes UCS-2.
pub(crate) fn gsm7_septets(c: char) -> Option<usize> {
    match u8::try_from(c) {
        Ok(code) => match FIRST.get(usize::from(code)) {
            Some(0) | None => None,
            Some(septets) => Some(usize::from(*septets)),
        },
        Err(_) => match c {
            'Δ' | 'Φ' | 'Γ' | 'Λ' | 'Ω' | 'Π' | 'Ψ' | 'Σ' | 'Θ' | 'Ξ' => Some(1),
            '€' => Some(2),
            _ => None,
        },
    }
}

/// Returns `true` if the character is in ISO-8859-1, the first 256 code points. Browsers use
/// Windows-1252 under this name, which is not meant here.
pub(super) const fn is_latin1(c: char) -> bool {
    (c as u32) < 256
}
