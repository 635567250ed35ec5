use crate::otp::secret_error::SecretError;
use crate::pasted::CodePoint;

/// The reason why a text is not a key URI, or why one cannot be created. Positions are byte offsets
/// in the given text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyUriError {
    /// The account contains a colon, or the account given to create a URI is empty or contains a
    /// control character. A parsed URI may have no account.
    #[error("invalid account: expected at least one character, no colon and no control characters")]
    Account,
    /// A control character in a name or in an unknown parameter.
    #[error("unexpected character {} at byte {at}: expected no control characters", CodePoint(*character))]
    Character {
        /// The character.
        character: char,
        /// The byte offset.
        at: usize,
    },
    /// The parameter that begins at this position occurs a second time.
    #[error("duplicate parameter at byte {at}: expected each parameter at most once")]
    Duplicate {
        /// The byte offset.
        at: usize,
    },
    /// A percent sign without two hexadecimal digits after it, or percent-encoded bytes that are
    /// not UTF-8.
    #[error("invalid percent-encoding at byte {at}: expected UTF-8, and %25 for a percent sign")]
    Encoding {
        /// The byte offset.
        at: usize,
    },
    /// An unencoded `#`.
    #[error("unexpected # at byte {at}: expected %23")]
    Fragment {
        /// The byte offset.
        at: usize,
    },
    /// The value of this parameter is not accepted.
    #[error("invalid parameter `{0}`: expected {expected}", expected = expected(.0))]
    Invalid(&'static str),
    /// The issuer is empty or contains a control character.
    #[error("invalid issuer: expected at least one character and no control characters")]
    Issuer,
    /// The kind of key after the scheme is not `totp`, `hotp` or `steam`.
    #[error("the kind of key is not supported: expected totp, hotp or steam")]
    Kind,
    /// Something else precedes the URI, such as a quote.
    #[error("unexpected character {} before otpauth://: expected only the URI", CodePoint(*character))]
    Leading {
        /// The first character of the text.
        character: char,
    },
    /// The text is an export of Google Authenticator, which `Migration` parses (feature
    /// `migration`).
    #[error("invalid scheme: expected otpauth://, and `Migration` for an export of several keys")]
    Migration,
    /// This required parameter is missing.
    #[error("the parameter `{0}` is missing")]
    Missing(&'static str),
    /// The parameter cannot be added. Its name is empty, already present, or has its own method, or
    /// it contains a control character.
    #[error("cannot add the parameter: expected a new, unreserved name and no control characters")]
    Parameter,
    /// The text does not contain `otpauth://`.
    #[error("invalid scheme: expected otpauth://")]
    Scheme,
    /// The secret is invalid. [`parse_with_short_secret`](super::KeyUri::parse_with_short_secret)
    /// accepts short secrets.
    #[error("invalid parameter `secret`: {0}")]
    Secret(SecretError),
    /// The URI has more than 4,296 bytes. No QR code holds more characters of any kind, and one
    /// with lower-case letters holds 2,953.
    #[error("URI too long: expected at most 4296 bytes, more than any QR code holds")]
    TooLong,
}

/// Returns the accepted values of a parameter.
fn expected(parameter: &str) -> &'static str {
    match parameter {
        "algorithm" => "SHA1, SHA256 or SHA512 (SHA1 for Steam Guard)",
        "counter" => "a whole number below 2^64",
        "digits" => "6, 7 or 8 (5 for Steam Guard)",
        "encoder" => "`steam`, because the kind of key is steam",
        _ => "a whole number of seconds, at least 1 (30 for Steam Guard)",
    }
}
