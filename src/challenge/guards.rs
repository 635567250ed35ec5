use std::time::Duration;

use super::client::Client;
use super::tenant_keys::TenantKeys;
use crate::phone::{PhoneNumber, Region};
use crate::store::{CounterTag, Spend};

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

/// Limits over many recipients, against those who have messages sent to numbers of their own and share what they cost.
///
/// They are counted in the store, so all processes that share it share them. Each message costs one more call of the store where
/// there are any.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use otpost::challenge::Guards;
///
/// let guards = Guards::standard().with_application(10_000, Duration::from_secs(3_600));
/// # let _ = guards;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guards {
    pub(super) prefix: Option<(u32, Duration)>,
    pub(super) client: Option<(u32, Duration)>,
    pub(super) application: Option<(u32, Duration)>,
    pub(super) conversion: Option<(u32, u8)>,
    pub(super) region: Option<(u32, u8)>,
}

/// Which guard a place in a list of counters is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guard {
    Application,
    Client,
    Conversion,
    Prefix,
}

impl Guards {
    /// To numbers that differ in their last three digits alone 50 messages an hour, and none when fewer than 10 in 100 messages of a day had a
    /// success, from the fiftieth on; for one client 20 an hour.
    #[must_use]
    pub const fn standard() -> Self {
        Self {
            prefix: Some((50, HOUR)),
            client: Some((20, HOUR)),
            application: None,
            conversion: Some((50, 10)),
            region: None,
        }
    }

    /// None.
    #[must_use]
    pub const fn none() -> Self {
        Self { prefix: None, client: None, application: None, conversion: None, region: None }
    }

    /// So many messages in a span to numbers that differ in their last three digits alone.
    #[must_use]
    pub const fn with_prefix(mut self, most: u32, span: Duration) -> Self {
        self.prefix = Some((most, span));
        self
    }

    /// Limits the messages that one [client](super::Client) may request in a span of time.
    #[must_use]
    pub const fn with_client(mut self, most: u32, span: Duration) -> Self {
        self.client = Some((most, span));
        self
    }

    /// So many messages in a span in all.
    #[must_use]
    pub const fn with_application(mut self, most: u32, span: Duration) -> Self {
        self.application = Some((most, span));
        self
    }

    /// No messages to numbers that differ in their last three digits alone, when of so many messages in a day fewer than so many in
    /// a hundred had a success.
    #[must_use]
    pub const fn with_conversion(mut self, judged_from: u32, least_percent: u8) -> Self {
        self.conversion = Some((judged_from, least_percent));
        self
    }

    /// The same for all numbers of a region.
    #[must_use]
    pub const fn with_region_conversion(mut self, judged_from: u32, least_percent: u8) -> Self {
        self.region = Some((judged_from, least_percent));
        self
    }

    /// What to count for a message, and which guard each is of.
    pub(super) fn spends(
        &self,
        keys: &TenantKeys,
        to: Option<&PhoneNumber>,
        client: &Client,
    ) -> Vec<(Guard, Spend)> {
        let mut spends = Vec::new();
        if let (Some((most, span)), Some(client)) = (self.client, client.name()) {
            let tag = keys.counter("client", client.expose());
            spends.push((Guard::Client, Spend::new(tag, most, span)));
        }
        if let (Some((most, span)), Some(to)) = (self.prefix, to) {
            let tag = keys.counter("prefix", prefix(to));
            spends.push((Guard::Prefix, Spend::new(tag, most, span)));
        }
        if let (Some((from, percent)), Some(to)) = (self.conversion, to) {
            let spend = Spend::new(conversion_tag(keys, to), u32::MAX, DAY);
            spends.push((Guard::Conversion, spend.with_conversion(from, percent)));
        }
        if let (Some((from, percent)), Some(region)) =
            (self.region, to.and_then(PhoneNumber::region))
        {
            let spend = Spend::new(region_tag(keys, region), u32::MAX, DAY);
            spends.push((Guard::Conversion, spend.with_conversion(from, percent)));
        }
        // Last, so that what the others refuse uses nothing of what is everybody's.
        if let Some((most, span)) = self.application {
            let tag = keys.counter("application", "");
            spends.push((Guard::Application, Spend::new(tag, most, span)));
        }
        spends
    }

    pub(super) const fn judges_prefixes(&self) -> bool {
        self.conversion.is_some()
    }

    pub(super) const fn judges_regions(&self) -> bool {
        self.region.is_some()
    }
}

impl Default for Guards {
    /// Returns [`standard`](Guards::standard) limits.
    fn default() -> Self {
        Self::standard()
    }
}

pub(super) fn conversion_tag(keys: &TenantKeys, to: &PhoneNumber) -> CounterTag {
    keys.counter("conversion", prefix(to))
}

pub(super) fn region_tag(keys: &TenantKeys, region: Region) -> CounterTag {
    keys.counter("region", region.as_str())
}

/// The number without its last three digits.
fn prefix(to: &PhoneNumber) -> &str {
    let digits = to.plain();
    digits.get(..digits.len().saturating_sub(3)).unwrap_or(digits)
}
