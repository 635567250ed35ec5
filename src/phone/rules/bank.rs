use core::fmt;

/// A rule of a central bank or an association of banks about codes by SMS.
///
/// It concerns banks and other financial institutions only. `Display` prints it in one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BankRule {
    /// The rule, in a few words.
    pub text: &'static str,
    /// The day from which it applies (ISO 8601), if it is known.
    pub from: Option<&'static str>,
    /// `true` if the circular itself was read. A rule that only vendors or the press report is
    /// `false`: ask the regulator.
    pub is_verified: bool,
}

impl fmt::Display for BankRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)?;
        if let Some(from) = self.from {
            write!(f, ", from {from}")?;
        }
        f.write_str(if self.is_verified { "" } else { " (unverified)" })
    }
}
