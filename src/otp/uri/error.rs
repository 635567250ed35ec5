use crate::otp::secret::SecretError;

/// Why a text is no key URI, or why one cannot be made. Places are bytes of the text that was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyUriError {
    /// The account is empty or has a colon or a control character in it.
    #[error("an account has a character at least, no colon and no control characters")]
    Account,
    /// A `#` that is not encoded, or a control character in the part that begins here.
    #[error("at byte {at} stands a # that is not encoded, or a control character")]
    Character {
        /// Where.
        at: usize,
    },
    /// The parameter that begins here was there before.
    #[error("the parameter at byte {at} stands there for the second time")]
    Duplicate {
        /// Where.
        at: usize,
    },
    /// A percent sign without two hexadecimal digits behind it, or bytes that are not UTF-8.
    #[error("the percent-encoding at byte {at} is broken")]
    Encoding {
        /// Where.
        at: usize,
    },
    /// The value of this parameter is none that is known.
    #[error("the value of the parameter `{0}` is not valid")]
    Invalid(&'static str),
    /// The issuer is empty or has a colon or a control character in it.
    #[error("an issuer has a character at least, no colon and no control characters")]
    Issuer,
    /// What follows the scheme is not `totp`, `hotp` or `steam`.
    #[error("the kind of key is not totp, hotp or steam")]
    Kind,
    /// This parameter is needed.
    #[error("the parameter `{0}` is missing")]
    Missing(&'static str),
    /// A parameter of this name cannot be added: it has its own method, or it is there.
    #[error("a parameter of this name cannot be added")]
    Parameter,
    /// Another scheme than `otpauth:`.
    #[error("does not begin with otpauth://")]
    Scheme,
    /// The secret is none that is taken. Short ones are, where [`parse_with_short_secret`](super::KeyUri::parse_with_short_secret) reads them.
    #[error("the parameter `secret`: {0}")]
    Secret(SecretError),
    /// More than 4,296 bytes, which no QR code holds.
    #[error("has more than 4296 bytes")]
    TooLong,
}
