use alloc::collections::BTreeSet;
use core::fmt;

use super::NumberKind;
use crate::phone::PhoneNumber;

/// To which kinds of numbers messages go.
///
/// A code that goes to a premium number pays its owner; one that goes to a number over the Internet proves little; and a
/// fixed line shows it to nobody, or reads it to everybody.
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
/// assert!(policy.with(NumberKind::PremiumRate).check(&PhoneNumber::parse("+41900123456")?).is_ok());
/// # Ok::<(), otpost::phone::PhoneNumberError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindPolicy {
    allowed: BTreeSet<NumberKind>,
}

impl KindPolicy {
    /// To mobile numbers, and to those of plans that do not tell them from fixed lines.
    #[must_use]
    pub fn mobile() -> Self {
        Self { allowed: [NumberKind::Mobile, NumberKind::FixedLineOrMobile].into() }
    }

    /// Also to numbers of this kind.
    #[must_use]
    pub fn with(mut self, kind: NumberKind) -> Self {
        self.allowed.insert(kind);
        self
    }

    /// But not to those of this kind.
    #[must_use]
    pub fn without(mut self, kind: NumberKind) -> Self {
        self.allowed.remove(&kind);
        self
    }

    /// Whether a message may go to a number; its kind.
    ///
    /// # Errors
    ///
    /// [`KindRefused`] with the kind.
    pub fn check(&self, number: &PhoneNumber) -> Result<NumberKind, KindRefused> {
        let kind = number.kind();
        let allowed = kind.filter(|kind| self.allowed.contains(kind));
        allowed.ok_or(KindRefused { kind })
    }
}

/// No messages go to numbers of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no messages are sent to {}", match kind { Some(kind) => kind as &dyn fmt::Display, None => &"numbers that are of no plan" })]
#[non_exhaustive]
pub struct KindRefused {
    /// The kind; `None` for a number that no plan has.
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
