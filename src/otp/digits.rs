use super::ct_div::By;

/// How many digits a code has.
///
/// RFC 4226 §5.3 asks for at least six. Fewer is not offered: five guesses at four digits succeed
/// once in 2,000 times.
///
/// # Examples
///
/// ```
/// use otpost::Digits;
///
/// assert_eq!(Digits::default().count(), 6);
/// assert_eq!(Digits::Eight.modulus(), 100_000_000);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Digits {
    /// 1,000,000 values: what people expect to type.
    #[default]
    Six,
    /// 10,000,000 values.
    Seven,
    /// 100,000,000 values.
    Eight,
}

impl Digits {
    /// The number of digits.
    #[must_use]
    pub const fn count(self) -> usize {
        match self {
            Self::Six => 6,
            Self::Seven => 7,
            Self::Eight => 8,
        }
    }

    /// The number of codes there are: `10^count`.
    #[must_use]
    pub const fn modulus(self) -> u32 {
        match self {
            Self::Six => 1_000_000,
            Self::Seven => 10_000_000,
            Self::Eight => 100_000_000,
        }
    }

    /// The digits for a count of 6, 7 or 8.
    #[must_use]
    pub const fn from_count(count: usize) -> Option<Self> {
        match count {
            6 => Some(Self::Six),
            7 => Some(Self::Seven),
            8 => Some(Self::Eight),
            _ => None,
        }
    }

    /// Maps 32 random bits to a code value, or refuses them where keeping them would favour some codes.
    ///
    /// With six digits, each of the 1,000,000 values comes from exactly 4,294 draws and the last 967,296
    /// draws are refused.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::Digits;
    ///
    /// assert_eq!(Digits::Six.reduce(12_345), Some(12_345));
    /// assert_eq!(Digits::Six.reduce(u32::MAX), None);
    /// ```
    #[must_use]
    pub const fn reduce(self, draw: u32) -> Option<u32> {
        match self {
            Self::Six if draw < 4_294_000_000 => Some(By::<1_000_000>::remainder(draw)),
            Self::Seven if draw < 4_290_000_000 => Some(By::<10_000_000>::remainder(draw)),
            Self::Eight if draw < 4_200_000_000 => Some(By::<100_000_000>::remainder(draw)),
            _ => None,
        }
    }

    /// The remainder of a truncated HMAC (RFC 4226 §5.3).
    pub(super) const fn remainder(self, truncated: u32) -> u32 {
        match self {
            Self::Six => By::<1_000_000>::remainder(truncated),
            Self::Seven => By::<10_000_000>::remainder(truncated),
            Self::Eight => By::<100_000_000>::remainder(truncated),
        }
    }
}
