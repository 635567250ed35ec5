//! The numbers to which messages may be sent.

use otpost::PhoneNumber;
use otpost::phone::{KindPolicy, NumberKind, Region, RegionPolicy};

use super::reply::ServeReply;

/// The allow-lists of regions and of kinds of numbers. There is no way to allow all regions: a
/// server that sends everywhere pays for the expensive numbers of attackers.
pub(super) struct Destinations {
    regions: RegionPolicy,
    kinds: KindPolicy,
}

impl Destinations {
    /// Allows mobiles in these regions, and numbers of more kinds.
    pub(super) fn new(regions: &[Region], kinds: &[NumberKind]) -> Self {
        let regions = RegionPolicy::only(regions.iter().copied());
        let kinds = kinds.iter().copied().fold(KindPolicy::mobile(), KindPolicy::with_kind);
        Self { regions, kinds }
    }

    /// Returns the region of a number, or the response if it is not allowed.
    pub(super) fn check(&self, to: &PhoneNumber) -> Result<Option<Region>, ServeReply> {
        let region = self.regions.check(to);
        let region = region.map_err(|error| ServeReply::destination(error.to_string()))?;
        let kind = self.kinds.check(to);
        kind.map_err(|error| ServeReply::destination(error.to_string()))?;
        Ok(region)
    }
}
