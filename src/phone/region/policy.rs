use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::Region;
use crate::phone::{PhoneNumber, Prefix};

/// The allow-list of the regions that messages may be sent to.
///
/// Numbers without a region, such as those of satellite phones, are refused by default. One message
/// to such a number can cost as much as a thousand others.
///
/// Numbers that no numbering plan contains are refused, unless [`with_range`](Self::with_range)
/// adds their range. Networks ignore surplus digits, so such numbers would be other spellings of
/// the same phone.
///
/// Defaults to [`all`](Self::all).
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
    /// Ranges that the table does not contain.
    ranges: Vec<(Prefix, Region)>,
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

    /// Adds a range of numbers to the numbering plan of a region, for this policy.
    ///
    /// Use it for a range that was opened after this version of the library was released.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::PhoneNumber;
    /// use otpost::phone::{Prefix, Region, RegionPolicy};
    ///
    /// let number = PhoneNumber::parse("+41201234567")?;
    /// let policy = RegionPolicy::only([Region::parse("CH")?]);
    /// assert!(policy.check(&number).is_err());
    /// let policy = policy.with_range(Prefix::parse("+4120")?, Region::parse("CH")?);
    /// assert!(policy.check(&number).is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_range(mut self, prefix: Prefix, region: Region) -> Self {
        self.ranges.push((prefix, region));
        self
    }

    /// Returns the allowed regions.
    pub fn regions(&self) -> impl Iterator<Item = Region> {
        Region::all().filter(|region| self.is_allowed(*region))
    }

    /// Returns the region of a number, also of one in an added range.
    pub(crate) fn region_of(&self, number: &PhoneNumber) -> Option<Region> {
        let added = || self.ranges.iter().find(|(prefix, _)| prefix.is_of(number));
        number.region().or_else(|| added().map(|(_, region)| *region))
    }

    fn is_allowed(&self, region: Region) -> bool {
        // A refused region stays refused, even if it is also in the list of allowed ones.
        let is_listed = self.only.as_ref().is_none_or(|only| only.contains(&region));
        is_listed && !self.except.contains(&region)
    }

    /// Checks a number against the policy and returns its region, or `None` for an allowed number
    /// without a region.
    ///
    /// # Errors
    ///
    /// [`RegionRefused`] with the reason.
    pub fn check(&self, number: &PhoneNumber) -> Result<Option<Region>, RegionRefused> {
        let Some(region) = self.region_of(number) else {
            return match number.is_possible() {
                true if self.allow_none => Ok(None),
                true => Err(RegionRefused::NonGeographic),
                false => Err(RegionRefused::Unassigned),
            };
        };
        if self.is_allowed(region) { Ok(Some(region)) } else { Err(RegionRefused::Region(region)) }
    }
}

/// The reason why a policy does not allow a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegionRefused {
    /// The number has no region, such as that of a satellite phone.
    #[error("no messages are sent to numbers without a region")]
    NonGeographic,
    /// The region is not allowed.
    #[error("no messages are sent to {0}")]
    Region(Region),
    /// No numbering plan contains the number.
    #[error("no messages are sent to numbers that no numbering plan contains")]
    Unassigned,
}
