//! Frames of HTTP/2 (RFC 9113).

pub(super) const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
pub(super) const HEAD: &[u8] = &[0, 0, 1, 1, 4, 0, 0, 0, 1, 0x88];
/// RST_STREAM with REFUSED_STREAM.
pub(super) const RESET: &[u8] = &[0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 7];
pub(super) const HEAD_OF_9: &[u8] = &[0, 0, 5, 1, 4, 0, 0, 0, 1, 0x88, 0x0f, 0x0d, 1, b'9'];
/// A byte of the body, and RST_STREAM with NO_ERROR.
pub(super) const CUT: &[u8] =
    &[0, 0, 1, 0, 0, 0, 0, 0, 1, b'{', 0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 0];
pub(super) const GOAWAY: &[u8] = &[0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2];

pub(super) fn frames(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}
