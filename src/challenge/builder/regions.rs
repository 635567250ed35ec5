use super::ChallengesBuilder;
use crate::phone::{Region, RegionPolicy};

impl ChallengesBuilder {
    /// Sets the allow-list of destination regions (ISO 3166-1 alpha-2).
    ///
    /// Required, unless [`any_region`](Self::any_region) or [`region_policy`](Self::region_policy)
    /// is called. Without an allow-list, attackers can pump messages to premium destinations.
    /// [`build`](Self::build) returns [`BuildError::Region`] for an unknown region.
    ///
    /// [`BuildError::Region`]: crate::challenge::BuildError::Region
    #[doc(alias = "allow-list")]
    #[doc(alias = "country")]
    #[doc(alias = "sms pumping")]
    #[must_use]
    pub fn regions(mut self, regions: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let known = self.known(regions);
        self.regions = Some(RegionPolicy::only(known));
        self
    }

    /// Allows messages to all regions. Attackers can then pump messages to expensive destinations.
    /// Numbers without a region, such as those of satellite phones, are still refused; see
    /// [`RegionPolicy::with_non_geographic`].
    #[must_use]
    pub fn any_region(mut self) -> Self {
        self.regions = Some(RegionPolicy::all());
        self
    }

    /// Sets a region policy, in place of a simple allow-list. Of several calls of this method,
    /// [`regions`](Self::regions) and [`any_region`](Self::any_region), the last one counts.
    #[must_use]
    pub fn region_policy(mut self, policy: RegionPolicy) -> Self {
        self.regions = Some(policy);
        self
    }

    /// Sends codes to numbers of these regions (ISO 3166-1 alpha-2) only if the number has verified
    /// before. Defaults to no region.
    ///
    /// Use it where a bank rule ends codes by SMS for new customers; see
    /// [`RegionRules::bank_rule`](crate::phone::RegionRules::bank_rule). A number has verified
    /// before if one of its codes was accepted here within 180 days, for any purpose, or if the
    /// application has [marked](crate::challenge::Challenges::mark_verified) it. Other numbers are
    /// refused with [`Unconfirmed`](crate::challenge::ChallengeErrorKind::Unconfirmed), and nothing
    /// is sent. The region must also be allowed. Each call adds regions.
    /// [`build`](Self::build) returns [`BuildError::Region`] for an unknown region.
    ///
    /// [`BuildError::Region`]: crate::challenge::BuildError::Region
    ///
    /// [Test numbers](Self::test_number) are not refused, because they get no message.
    ///
    /// # Security
    ///
    /// A [decoy](crate::challenge::Issue::decoy) behaves like a challenge for a number that has
    /// verified, so it is never refused. A refusal therefore reveals that a number belongs to an
    /// account and is not confirmed. To hide that as well, issue a decoy for such accounts.
    ///
    /// # Examples
    ///
    /// ```
    /// # use otpost::challenge::ChallengesBuilder;
    /// fn emirates(builder: ChallengesBuilder) -> ChallengesBuilder {
    ///     builder.regions(["AE", "CH"]).only_confirmed_numbers(["AE"])
    /// }
    /// # let _ = emirates;
    /// ```
    #[must_use]
    pub fn only_confirmed_numbers(
        mut self,
        regions: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Self {
        let known = self.known(regions);
        self.only_confirmed.extend(known);
        self
    }

    /// States that the application knows the rules of these regions (ISO 3166-1 alpha-2), and
    /// follows them. Their warnings are neither logged nor
    /// [listed](crate::challenge::Challenges::region_warnings). Each call adds regions.
    /// [`build`](Self::build) returns [`BuildError::Region`] for an unknown region.
    ///
    /// [`BuildError::Region`]: crate::challenge::BuildError::Region
    #[must_use]
    pub fn without_region_warnings(
        mut self,
        regions: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Self {
        let known = self.known(regions);
        self.known_rules.extend(known);
        self
    }

    /// Returns the regions, and keeps the last text that is not one.
    fn known(&mut self, regions: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<Region> {
        let mut known = Vec::new();
        for region in regions {
            match Region::parse(region.as_ref()) {
                Ok(region) => known.push(region),
                Err(_) => self.not_a_region = Some(region.as_ref().to_owned()),
            }
        }
        known
    }
}
