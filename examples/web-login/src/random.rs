//! Random names for cookies and URLs.

use axum::http::StatusCode;
use data_encoding::BASE64URL_NOPAD;

/// The length of a random text in characters: 128 bits in base64url.
pub(crate) const RANDOM_LENGTH: usize = 22;

/// Returns a text that cannot be guessed, for a cookie or a URL.
pub(crate) fn random_text() -> Result<String, StatusCode> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(BASE64URL_NOPAD.encode(&bytes))
}

/// Returns `true` if a text has the form of [`random_text`].
pub(crate) fn is_random_text(text: &str) -> bool {
    text.len() == RANDOM_LENGTH
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}
