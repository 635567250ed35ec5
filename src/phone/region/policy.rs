use alloc::collections::BTreeSet;

use super::Region;
use crate::phone::PhoneNumber;

/// The allow-list of the regions that messages may be sent to.
///
/// Numbers without a region, such as those of satellite phones, are refused by default. One message
/// to such a number can cost as much as a thousand others.
///
/// # Examples
///
/// ```
/// use otpost::PhoneNumber;
/// use otpost::phone::{Region, RegionPolicy};
///
/// let policy = RegionPolicy::only([Region::parse("US")?, Region::parse("CA")?]);
/// assert!(policy.check(&PhoneNumber::parse("+12025550123")?).is_ok());
///
/// // This number begins with +1 as well, but belongs to the Bahamas.
/// let refused = policy.check(&PhoneNumber::parse("+12423591234")?).unwrap_err();
/// assert_eq!(refused.to_string(), "no messages are sent to BS");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "allow-list")]
#[doc(alias = "sms pumping")]
#[doc(alias = "toll fraud")]
#[doc(alias = "country")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegionPolicy {
    /// The allowed regions. `None` allows all.
    only: Option<BTreeSet<Region>>,
    except: BTreeSet<Region>,
    allow_none: bool,
}

impl RegionPolicy {
    /// Creates a policy that allows these regions and no others.
    pub fn only(regions: impl IntoIterator<Item = Region>) -> Self {
        Self { only: Some(regions.into_iter().collect()), ..Self::default() }
    }

    /// Creates a policy that allows all regions.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// Refuses this region.
    #[must_use]
    pub fn without_region(mut self, region: Region) -> Self {
        self.except.insert(region);
        self
    }

    /// Allows numbers without a region.
    #[must_use]
    pub const fn with_non_geographic(mut self) -> Self {
        self.allow_none = true;
        self
    }

    /// Checks a number against the policy and returns its region, or `None` for an allowed number
    /// without a region.
    ///
    /// # Errors
    ///
    /// [`RegionRefused`] with the region, if it is not allowed.
    pub fn check(&self, number: &PhoneNumber) -> Result<Option<Region>, RegionRefused> {
        let Some(region) = number.region() else {
            return if self.allow_none { Ok(None) } else { Err(RegionRefused { region: None }) };
        };
        // A refused region stays refused, even if it is also in the list of allowed ones.
        let is_listed = self.only.as_ref().is_none_or(|only| only.contains(&region));
        if is_listed && !self.except.contains(&region) {
            Ok(Some(region))
        } else {
            Err(RegionRefused { region: Some(region) })
        }
    }
}

/// The policy does not allow the region of the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no messages are sent to {}", match region { Some(region) => region.as_str(), None => "numbers without a region" })]
#[non_exhaustive]
pub struct RegionRefused {
    /// The region, or `None` for a number without one.
    pub region: Option<Region>,
}
