/// Why a text is no OCRA suite that is understood here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OcraSuiteError {
    /// The challenge is missing, or is not `QA`, `QN` or `QH` with a length of 04 to 64.
    #[error("the challenge is not QA, QN or QH with a length of 04 to 64")]
    Challenge,
    /// Other digits than six to eight.
    #[error("codes have 6, 7 or 8 digits")]
    Digits,
    /// Not `HOTP-SHA1`, `HOTP-SHA256` or `HOTP-SHA512` with digits.
    #[error("the function is not HOTP-SHA1, HOTP-SHA256 or HOTP-SHA512 with a number of digits")]
    Function,
    /// Not `PSHA1`, `PSHA256` or `PSHA512`.
    #[error("the hash of the PIN is not PSHA1, PSHA256 or PSHA512")]
    Pin,
    /// Not `S` with a length of 001 to 512.
    #[error("the session is not S with a length of 001 to 512")]
    Session,
    /// Not `T` with 1 to 59 seconds or minutes, or 1 to 48 hours.
    #[error("the time step is not T with 1 to 59 S or M, or 1 to 48 H")]
    Step,
    /// Something more, or something that is not in its place.
    #[error("something stands behind what is known, or not in its place: C, Q, P, S, T")]
    Unknown,
    /// Not `OCRA-1` with two more parts.
    #[error("not OCRA-1 with a function and an input")]
    Version,
}

/// Why an input does not suit a suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OcraInputError {
    /// The challenge is empty, too long, or has characters that its format has not.
    #[error("the challenge is empty, too long, or has a foreign character")]
    Challenge,
    /// The counter is missing, or there is one that the suite does not use.
    #[error("the counter is missing, or the suite has none")]
    Counter,
    /// The PIN is missing, or there is one that the suite does not use.
    #[error("the PIN is missing, or the suite has none")]
    Pin,
    /// The session's information is missing or too long, or there is one that the suite does not use.
    #[error("the session is missing or too long, or the suite has none")]
    Session,
    /// The time is missing, or there is one that the suite does not use.
    #[error("the time is missing, or the suite has none")]
    Time,
}
