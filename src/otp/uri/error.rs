use crate::otp::secret::SecretError;

/// Why a text is no key URI, or why one cannot be made. Places are bytes of the text that was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyUriError {
    /// The account is empty or has a colon or a control character in it.
    #[error("an account has a character at least, no colon and no control characters")]
    Account,
    /// A `#` that is not encoded, or a control character in the part that begins here.
    #[error("at byte {at} stands a # that has to be %23, or a control character")]
    Character {
        /// Where.
        at: usize,
    },
    /// The parameter that begins here was there before.
    #[error("the parameter at byte {at} stands there for the second time: leave one of them")]
    Duplicate {
        /// Where.
        at: usize,
    },
    /// A percent sign without two hexadecimal digits behind it, or bytes that are not UTF-8.
    #[error("the percent-encoding at byte {at} is broken: a percent sign is %25")]
    Encoding {
        /// Where.
        at: usize,
    },
    /// The value of this parameter is none that is known.
    #[error("the parameter `{0}` is not {expected}", expected = expected(.0))]
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
    #[error(
        "a parameter needs a name that is new, has no method of its own and no control characters"
    )]
    Parameter,
    /// Another scheme than `otpauth:`.
    #[error("does not begin with otpauth://")]
    Scheme,
    /// The secret is none that is taken. Short ones are, where [`parse_with_short_secret`](super::KeyUri::parse_with_short_secret) reads them.
    #[error("the parameter `secret`: {0}")]
    Secret(SecretError),
    /// More than 4,296 bytes, which no QR code holds.
    #[error("has more than 4296 bytes, which no QR code holds")]
    TooLong,
}

/// What can stand in a parameter.
fn expected(parameter: &str) -> &'static str {
    match parameter {
        "algorithm" => "SHA1, SHA256 or SHA512 (SHA1 for Steam Guard)",
        "counter" => "a whole number below 2^64",
        "digits" => "6, 7 or 8 (5 for Steam Guard)",
        "encoder" => "`steam`, as the kind says",
        _ => "a whole number of seconds from 1 on (30 for Steam Guard)",
    }
}
