//! Characters that are not visible but change how a text is read.

/// Returns the byte position of the first character that is not allowed in the value of a variable.
///
/// Control characters and line breaks are not allowed: with them, a value could start its own line,
/// such as a last line that a browser reads as the origin of the code. Direction marks are not
/// allowed, because they reorder what a person reads. Characters without a glyph are not allowed,
/// because they hide differences. Zero-width joiners are allowed after a character outside ASCII,
/// where scripts and emoji need them.
pub(super) fn find(value: &str) -> Option<usize> {
    let mut before = None;
    for (at, c) in value.char_indices() {
        let is_joiner = matches!(c, '\u{200c}' | '\u{200d}');
        let is_joined = before.is_some_and(|before: char| {
            !before.is_ascii()
                && !before.is_whitespace()
                // A second joiner in a row changes nothing that a person can see.
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
    // Variation selectors are allowed: emoji and Chinese characters need them.
    matches!(c,
        // C0, DEL and C1, with U+0085; the line and paragraph separators.
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}'
        // Direction marks, embeddings, overrides and isolates (UAX #9).
        | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        // Soft hyphen, fillers, zero-width spaces, invisible operators, annotations and tags.
        | '\u{ad}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2065}'
        | '\u{206a}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}
