use crate::pasted::CodePoint;

/// The reason why bytes or a text are not a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// The text has an impossible length, or leftover bits at the end.
    #[error(
        "invalid base32: the length is impossible or bits are left over: a character is missing or mistyped"
    )]
    Base32,
    /// The text is not base64, or its padding is missing.
    #[error("invalid base64: expected the standard alphabet with padding")]
    Base64,
    /// The text contains a character that base32 does not have.
    #[error(
        "invalid base32: unexpected character {} at position {position}: expected the letters A to Z and the digits 2 to 7",
        CodePoint(*character)
    )]
    Character {
        /// The character.
        character: char,
        /// The position, which counts the characters of the text from 1. In a key URI, the text is
        /// the decoded value of the parameter.
        position: usize,
    },
    /// The secret is empty. Even a short secret has at least one byte.
    #[error("empty secret: expected at least 1 byte")]
    Empty,
    /// The secret has more than 1,024 bytes.
    #[error("secret too long: expected at most 1024 bytes")]
    TooLong,
    /// The secret has fewer than 16 bytes.
    /// [`Secret::from_short_bytes`](super::Secret::from_short_bytes) accepts shorter ones.
    #[error("secret too short: expected at least 16 bytes (128 bits)")]
    TooShort,
}
