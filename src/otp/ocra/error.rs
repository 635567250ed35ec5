/// The reason why a text is not a supported OCRA suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OcraSuiteError {
    /// The challenge is missing, or is not `QA`, `QN` or `QH` with a length of 04 to 64.
    #[error("invalid challenge format: expected QA, QN or QH with a length of 04 to 64")]
    Challenge,
    /// The number of digits is not six, seven or eight.
    #[error("invalid number of digits: expected 6, 7 or 8")]
    Digits,
    /// The function is not `HOTP-SHA1`, `HOTP-SHA256` or `HOTP-SHA512` with a number of digits.
    #[error(
        "invalid function: expected HOTP-SHA1, HOTP-SHA256 or HOTP-SHA512 with a number of digits"
    )]
    Function,
    /// The hash of the PIN is not `PSHA1`, `PSHA256` or `PSHA512`.
    #[error("invalid PIN hash: expected PSHA1, PSHA256 or PSHA512")]
    Pin,
    /// The session information is not `S` with a length of 001 to 512.
    #[error("invalid session length: expected S with 001 to 512")]
    Session,
    /// The time step is not `T` with 1 to 59 seconds or minutes, or 1 to 48 hours.
    #[error("invalid time step: expected T with 1 to 59 S or M, or 1 to 48 H")]
    Step,
    /// A field is unknown, or not in its place: the order is C, Q, P, S, T.
    #[error("unknown or misplaced field: expected C, Q, P, S, T in this order")]
    Unknown,
    /// The suite is not `OCRA-1` with two more parts.
    #[error("invalid suite: expected OCRA-1 with a function and an input")]
    Version,
}

/// The reason why an input does not fit the suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OcraInputError {
    /// The challenge is empty, too long, or has characters outside its format.
    #[error("invalid challenge: it is empty, too long, or has a character outside its format")]
    Challenge,
    /// The counter is missing, or is present although the suite does not use one.
    #[error("the counter is missing, or the suite does not use one")]
    Counter,
    /// The PIN is missing, or is present although the suite does not use one.
    #[error("the PIN is missing, or the suite does not use one")]
    Pin,
    /// The session information is missing, too long, or present although the suite does not use
    /// any.
    #[error("the session information is missing or too long, or the suite does not use any")]
    Session,
    /// The time is missing, or is present although the suite does not use one.
    #[error("the time is missing, or the suite does not use one")]
    Time,
}
