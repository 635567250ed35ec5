use alloc::collections::BTreeSet;

use super::Region;
use crate::phone::PhoneNumber;

/// To which regions messages go.
///
/// Numbers of no region, such as those of satellite phones, get none unless that is allowed: a message to one can cost as much
/// as a thousand others.
///
/// # Examples
///
/// ```
/// use otpost::PhoneNumber;
/// use otpost::phone::{Region, RegionPolicy};
///
/// let policy = RegionPolicy::only(["US", "CA"].map(Region::parse).into_iter().collect::<Result<Vec<_>, _>>()?);
/// assert!(policy.check(&PhoneNumber::parse("+12025550123")?).is_ok());
///
/// // It begins with +1 as well, and is of the Bahamas.
/// let refused = policy.check(&PhoneNumber::parse("+12423591234")?).unwrap_err();
/// assert_eq!(refused.to_string(), "no messages are sent to BS");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegionPolicy {
    /// All, if there are none.
    only: Option<BTreeSet<Region>>,
    except: BTreeSet<Region>,
    allow_none: bool,
}

impl RegionPolicy {
    /// To these regions and no others.
    pub fn only(regions: impl IntoIterator<Item = Region>) -> Self {
        Self { only: Some(regions.into_iter().collect()), ..Self::default() }
    }

    /// To all regions.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// But not to this one.
    #[must_use]
    pub fn without(mut self, region: Region) -> Self {
        self.except.insert(region);
        self
    }

    /// Also to numbers of no region.
    #[must_use]
    pub const fn with_non_geographic(mut self) -> Self {
        self.allow_none = true;
        self
    }

    /// Whether a message may go to a number; its region, if it has one.
    ///
    /// # Errors
    ///
    /// [`RegionRefused`] with the region.
    pub fn check(&self, number: &PhoneNumber) -> Result<Option<Region>, RegionRefused> {
        let Some(region) = number.region() else {
            return if self.allow_none { Ok(None) } else { Err(RegionRefused { region: None }) };
        };
        let is_listed = self.only.as_ref().is_none_or(|only| only.contains(&region));
        if is_listed && !self.except.contains(&region) {
            Ok(Some(region))
        } else {
            Err(RegionRefused { region: Some(region) })
        }
    }
}

/// No messages go to the number's region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no messages are sent to {}", match region { Some(region) => region.as_str(), None => "numbers of no region" })]
#[non_exhaustive]
pub struct RegionRefused {
    /// The region; `None` for a number that is of none.
    pub region: Option<Region>,
}
