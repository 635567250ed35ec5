//! Characters that change how a text is read without being seen.

/// Returns the byte position of the first character that does not belong into a value within a text.
///
/// These are control characters and line breaks, which let a value begin a line of its own, such as a last line that a
/// browser takes for the origin of the code; marks of direction, which reorder what a person reads; and characters without
/// any glyph, which hide differences. Zero-width joiners are kept where scripts and emoji need them: behind a character
/// outside of ASCII.
pub(super) fn find(value: &str) -> Option<usize> {
    let mut before = None;
    for (at, c) in value.char_indices() {
        let is_joiner = matches!(c, '\u{200c}' | '\u{200d}');
        let is_joined = before.is_some_and(|before: char| {
            !before.is_ascii()
                && !before.is_whitespace()
                && !matches!(before, '\u{200c}' | '\u{200d}')
        });
        if is_invisible(c) || (is_joiner && !is_joined) {
            return Some(at);
        }
        before = Some(c);
    }
    None
}

const fn is_invisible(c: char) -> bool {
    matches!(c,
        // C0, DEL and C1, with U+0085; the line and paragraph separators.
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}'
        // Marks, embeddings, overrides and isolates of direction (UAX #9).
        | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        // Soft hyphen, fillers, zero-width spaces, invisible operators, annotations and tags.
        | '\u{ad}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2065}'
        | '\u{206a}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}
