use core::fmt;

/// Two different issuers in one URI: in the label, and in the parameter. They should be equal.
///
/// # Examples
///
/// ```
/// use otpost::otp::KeyUri;
///
/// let key = KeyUri::parse("otpauth://totp/Bank:bob?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Evil")?;
/// let mismatch = key.issuer_mismatch().ok_or("the same")?;
/// assert_eq!((mismatch.label, mismatch.parameter), ("Bank", "Evil"));
///
/// // The choice is the application's, or its user's.
/// let chosen = mismatch.label.to_owned();
/// let key = key.with_issuer(&chosen)?;
/// assert!(key.issuer_mismatch().is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct IssuerMismatch<'a> {
    /// The issuer before the colon of the label.
    pub label: &'a str,
    /// The issuer in the parameter `issuer`.
    pub parameter: &'a str,
}

impl fmt::Debug for IssuerMismatch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuerMismatch").finish_non_exhaustive()
    }
}
