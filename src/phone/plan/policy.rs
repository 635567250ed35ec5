use alloc::collections::BTreeSet;
use core::fmt;

use super::NumberKind;
use crate::phone::PhoneNumber;

/// The allow-list of the kinds of numbers that messages may be sent to.
///
/// A code that is sent to a premium-rate number pays the owner of the number. One that is sent to a
/// number over the Internet proves little. A fixed line does not show the code, or reads it aloud
/// to anyone.
///
/// # Examples
///
/// ```
/// use otpost::PhoneNumber;
/// use otpost::phone::{KindPolicy, NumberKind};
///
/// let policy = KindPolicy::mobile();
/// assert!(policy.check(&PhoneNumber::parse("+41791234567")?).is_ok());
/// let refused = policy.check(&PhoneNumber::parse("+41900123456")?).unwrap_err();
/// assert_eq!(refused.to_string(), "no messages are sent to premium-rate numbers");
///
/// let premium = PhoneNumber::parse("+41900123456")?;
/// assert!(policy.with_kind(NumberKind::PremiumRate).check(&premium).is_ok());
/// # Ok::<(), otpost::phone::PhoneNumberError>(())
/// ```
#[doc(alias = "allow-list")]
#[doc(alias = "sms pumping")]
#[doc(alias = "landline")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindPolicy {
    allowed: BTreeSet<NumberKind>,
}

impl KindPolicy {
    /// Creates a policy that allows mobile numbers, and numbers of plans that do not distinguish
    /// them from fixed lines.
    #[must_use]
    pub fn mobile() -> Self {
        Self { allowed: [NumberKind::Mobile, NumberKind::FixedLineOrMobile].into() }
    }

    /// Allows numbers of this kind.
    #[must_use]
    pub fn with_kind(mut self, kind: NumberKind) -> Self {
        self.allowed.insert(kind);
        self
    }

    /// Refuses numbers of this kind.
    #[must_use]
    pub fn without_kind(mut self, kind: NumberKind) -> Self {
        self.allowed.remove(&kind);
        self
    }

    /// Checks a number against the policy and returns its kind.
    ///
    /// # Errors
    ///
    /// [`KindRefused`] with the kind, if it is not allowed or if no numbering plan contains the
    /// number.
    pub fn check(&self, number: &PhoneNumber) -> Result<NumberKind, KindRefused> {
        let kind = number.kind();
        let allowed = kind.filter(|kind| self.allowed.contains(kind));
        allowed.ok_or(KindRefused { kind })
    }
}

/// The policy does not allow numbers of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no messages are sent to {}", match kind { Some(kind) => kind as &dyn fmt::Display, None => &"numbers outside all numbering plans" })]
#[non_exhaustive]
pub struct KindRefused {
    /// The kind, or `None` for a number that no numbering plan contains.
    pub kind: Option<NumberKind>,
}

impl fmt::Display for NumberKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FixedLine => "fixed lines",
            Self::FixedLineOrMobile => "fixed lines or mobiles",
            Self::Mobile => "mobiles",
            Self::Pager => "pagers",
            Self::Personal => "personal numbers",
            Self::PremiumRate => "premium-rate numbers",
            Self::SharedCost => "shared-cost numbers",
            Self::TollFree => "toll-free numbers",
            Self::Uan => "company-wide numbers",
            Self::Voicemail => "voice mailboxes",
            Self::Voip => "numbers over the Internet",
        })
    }
}
