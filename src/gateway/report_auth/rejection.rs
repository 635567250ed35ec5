use std::fmt;

/// The reason why a delivery report is not accepted as one of the gateway.
///
/// Display prints one line without anything of the request.
///
/// # Examples
///
/// ```
/// use otpost::report::ReportRejection;
///
/// assert_eq!(ReportRejection::Time.as_str(), "time");
/// assert_eq!(
///     ReportRejection::Time.to_string(),
///     "the report was signed more than 300 s ago, or in the future",
/// );
/// ```
///
/// # Security
///
/// Log it, and do not return it to the sender of the request, who may be an attacker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReportRejection {
    /// The algorithm of the signature is not one of those in the spec.
    Algorithm,
    /// A claim of the token is missing, or belongs to another request.
    Claim,
    /// A value that must be there once is there several times.
    Duplicate,
    /// The signature, the token, the time or the body has another form.
    Malformed,
    /// The request has no signature, or a value that is signed is missing.
    Missing,
    /// The signature or the credentials are wrong.
    Signature,
    /// The time of the signature is too far from now, or the token has expired.
    Time,
}

words! {
    ReportRejection, "rejection":
    Algorithm = "algorithm",
    Claim = "claim",
    Duplicate = "duplicate",
    Malformed = "malformed",
    Missing = "missing",
    Signature = "signature",
    Time = "time",
}

impl fmt::Display for ReportRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Algorithm => "the report is signed with an algorithm that is not allowed",
            Self::Claim => "a claim of the report's token is missing or does not match the request",
            Self::Duplicate => "the report has a signed header, parameter or field several times",
            Self::Malformed => "the signature or the body of the report has an unexpected form",
            Self::Missing => "the report has no signature, or a signed value is missing",
            Self::Signature => "the signature of the report is wrong",
            Self::Time => "the report was signed more than 300 s ago, or in the future",
        })
    }
}

impl std::error::Error for ReportRejection {}
