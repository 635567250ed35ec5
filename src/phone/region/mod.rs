//! Regions of numbers, by more than their calling code.

mod policy;
#[rustfmt::skip]
mod table;

use core::fmt;
use core::str::FromStr;

pub use policy::{RegionPolicy, RegionRefused};

use super::PhoneNumber;
use table::{NODES, REGIONS};

/// What an entry of the table begins with when it is another table.
const INNER: u16 = 1_000;

/// A country or territory, as ISO 3166-1 names it with two letters.
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
/// // Satellite phones and others that are nowhere.
/// assert_eq!(region("+870773111632"), None);
/// # Ok::<(), otpost::phone::RegionError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region([u8; 2]);

impl Region {
    /// Takes two letters, in upper or lower case.
    ///
    /// # Errors
    ///
    /// [`RegionError`] when no number is of such a region; the United Kingdom is `GB`.
    pub fn parse(code: &str) -> Result<Self, RegionError> {
        let code = code.to_ascii_uppercase();
        let code: [u8; 2] = code.as_bytes().try_into().map_err(|_| RegionError)?;
        let is_known = REGIONS.iter().any(|known| known.as_bytes() == code);
        if is_known { Ok(Self(code)) } else { Err(RegionError) }
    }

    /// The two letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// All regions that numbers can be of.
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

/// A text is not the code of a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a region is the two letters of ISO 3166-1, such as CH or GB")]
#[non_exhaustive]
pub struct RegionError;

impl PhoneNumber {
    /// The region that the number is of: by its first digits, of which some regions share a calling code. `None` for a number
    /// of no region, such as a satellite phone's, and for a calling code that nobody has.
    ///
    /// It says where a number was given out, and neither where the phone is now nor whether the number exists.
    #[must_use]
    pub fn region(&self) -> Option<Region> {
        let mut node = NODES.first()?;
        for digit in self.plain().bytes() {
            match *node.get(usize::from(digit.wrapping_sub(b'0')))? {
                0 => return None,
                inner @ INNER.. => node = NODES.get(usize::from(inner.saturating_sub(INNER)))?,
                region => {
                    let name = REGIONS.get(usize::from(region.saturating_sub(1)))?;
                    return name.as_bytes().try_into().ok().map(Region);
                }
            }
        }
        None
    }
}
