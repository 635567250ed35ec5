//! Regions of phone numbers, which are determined by more than the calling code.

mod policy;
#[rustfmt::skip]
mod table;

use core::fmt;
use core::str::FromStr;

pub use policy::{RegionPolicy, RegionRefused};

use super::PhoneNumber;
use table::{NODES, REGIONS};

/// Entries of the table from this value on refer to another node.
const INNER: u16 = 1_000;

/// A country or territory, identified by its two-letter code of ISO 3166-1.
///
/// # Examples
///
/// ```
/// use otpost::PhoneNumber;
/// use otpost::phone::Region;
///
/// // The United States and the Bahamas share +1, and the Isle of Man is not the United Kingdom.
/// let region = |number| PhoneNumber::parse(number).ok()?.region();
/// assert_eq!(region("+12025550123"), Some(Region::parse("US")?));
/// assert_eq!(region("+12423591234"), Some(Region::parse("BS")?));
/// assert_eq!(region("+447924123456"), Some(Region::parse("IM")?));
///
/// // Satellite phones and similar numbers have no region.
/// assert_eq!(region("+870773111632"), None);
/// # Ok::<(), otpost::phone::RegionError>(())
/// ```
#[doc(alias = "country")]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region([u8; 2]);

impl Region {
    /// Parses a two-letter code, in upper or lower case.
    ///
    /// # Errors
    ///
    /// [`RegionError`] if no phone numbers belong to such a region. The United Kingdom is `GB`.
    pub fn parse(code: &str) -> Result<Self, RegionError> {
        let code = code.to_ascii_uppercase();
        let code: [u8; 2] = code.as_bytes().try_into().map_err(|_| RegionError)?;
        // `001` has three characters, so it never matches and is no region here.
        let is_known = REGIONS.iter().any(|known| known.as_bytes() == code);
        if is_known { Ok(Self(code)) } else { Err(RegionError) }
    }

    /// Returns the two letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Returns all regions that have phone numbers.
    pub fn all() -> impl Iterator<Item = Self> {
        REGIONS.iter().filter_map(|region| Self::parse(region).ok())
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Region({self})")
    }
}

impl FromStr for Region {
    type Err = RegionError;

    fn from_str(code: &str) -> Result<Self, RegionError> {
        Self::parse(code)
    }
}

/// The text is not the code of a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid region: expected two letters of ISO 3166-1, such as CH or GB")]
#[non_exhaustive]
pub struct RegionError;

impl PhoneNumber {
    /// Returns the region of the number, or `None` if it has none.
    ///
    /// The first digits determine the region, because some regions share a calling code. Numbers of
    /// satellite phones have no region, and neither have numbers that are not
    /// [possible](Self::is_possible).
    ///
    /// The region is where the number was assigned. It shows neither where the phone is now nor
    /// whether the number exists.
    #[doc(alias = "country")]
    #[must_use]
    pub fn region(&self) -> Option<Region> {
        if !self.is_possible() {
            return None;
        }
        // A walk through the trie: each digit leads to nothing, to a region, or to another node.
        let mut node = NODES.first()?;
        for digit in self.plain().bytes() {
            match *node.get(usize::from(digit.wrapping_sub(b'0')))? {
                0 => return None,
                // There are fewer than 1,000 regions, so a region and a node never have the same
                // number.
                inner @ INNER.. => node = NODES.get(usize::from(inner.saturating_sub(INNER)))?,
                region => {
                    // For `001`, which stands for satellite phones and the like, the conversion to
                    // two bytes fails. Such numbers have no region.
                    let name = REGIONS.get(usize::from(region.saturating_sub(1)))?;
                    return name.as_bytes().try_into().ok().map(Region);
                }
            }
        }
        None
    }
}
