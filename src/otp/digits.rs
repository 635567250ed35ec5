use super::ct_div::By;

/// The number of digits of a code. Defaults to six.
///
/// RFC 4226 §5.3 requires at least six digits. Shorter codes are not offered: five guesses at a
/// code of four digits succeed once in 2,000 times.
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
    /// Six digits, which gives 1,000,000 codes. People expect to type this length.
    #[default]
    Six,
    /// Seven digits, which gives 10,000,000 codes.
    Seven,
    /// Eight digits, which gives 100,000,000 codes.
    Eight,
}

impl Digits {
    /// Returns the number of digits.
    #[must_use]
    pub const fn count(self) -> usize {
        match self {
            Self::Six => 6,
            Self::Seven => 7,
            Self::Eight => 8,
        }
    }

    /// Returns the number of different codes: `10^count`.
    #[must_use]
    pub const fn modulus(self) -> u32 {
        match self {
            Self::Six => 1_000_000,
            Self::Seven => 10_000_000,
            Self::Eight => 100_000_000,
        }
    }

    /// Returns the variant for a count of 6, 7 or 8, or `None` for any other count.
    #[must_use]
    pub const fn from_count(count: usize) -> Option<Self> {
        match count {
            6 => Some(Self::Six),
            7 => Some(Self::Seven),
            8 => Some(Self::Eight),
            _ => None,
        }
    }

    /// Maps 32 random bits to a code value, or returns `None` if the draw must be rejected.
    ///
    /// Rejection keeps all codes equally likely. With six digits, each of the 1,000,000 values
    /// comes from exactly 4,294 draws, and the last 967,296 draws are rejected.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::Digits;
    ///
    /// assert_eq!(Digits::Six.reduce(12_345), Some(12_345));
    /// assert_eq!(Digits::Six.reduce(u32::MAX), None);
    /// ```
    #[doc(alias = "rejection sampling")]
    #[must_use]
    pub const fn reduce(self, draw: u32) -> Option<u32> {
        // The limits are the largest multiples of the modulus that fit into 32 bits. Draws above
        // them would make the lowest codes more likely than the others.
        match self {
            Self::Six if draw < 4_294_000_000 => Some(By::<1_000_000>::remainder(draw)),
            Self::Seven if draw < 4_290_000_000 => Some(By::<10_000_000>::remainder(draw)),
            Self::Eight if draw < 4_200_000_000 => Some(By::<100_000_000>::remainder(draw)),
            _ => None,
        }
    }

    /// Returns the code value of a truncated HMAC: its remainder modulo `10^count` (RFC 4226 §5.3).
    pub(super) const fn remainder(self, truncated: u32) -> u32 {
        match self {
            Self::Six => By::<1_000_000>::remainder(truncated),
            Self::Seven => By::<10_000_000>::remainder(truncated),
            Self::Eight => By::<100_000_000>::remainder(truncated),
        }
    }
}
