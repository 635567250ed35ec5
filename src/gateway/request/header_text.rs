/// Returns whether a text is visible ASCII, spaces and tabs on one line (RFC 9110 §5.5).
pub(in crate::gateway) fn is_header_text(text: &str) -> bool {
    // Other bytes are legal but opaque: each server may read them in another charset.
    text.bytes().all(|b| (b' '..=b'~').contains(&b) || b == b'\t')
}
