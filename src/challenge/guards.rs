use std::time::Duration;

use super::client::Client;
use super::tenant_keys::TenantKeys;
use crate::phone::{PhoneNumber, Region};
use crate::store::{CounterTag, Spend};

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

/// Rate limits across many recipients, against SMS pumping: attackers who request messages to
/// expensive numbers and receive a share of the price.
///
/// The counters are in the store, so all processes that share the store share the limits. Each
/// [tenant](super::ChallengesBuilder::tenant) has its own. All guards together take one store call
/// per message, and each conversion guard takes one more per accepted code. The Redis store makes a
/// round trip for each counter.
///
/// # What is counted
///
/// Each message that an issue or a resend requests is counted, even if it is not sent afterwards,
/// or if the number is a test number. A success does not lower the counts. A decoy is counted for
/// the client and the application only. A guard does not count what it refuses. The order is
/// client, range, conversion of the range, conversion of the region, application. If one of them
/// refuses a message, those before it may have counted it.
///
/// A window begins with its first message and ends after its span. The next message begins another
/// one. The `retry_after` of a refusal is the time until the window ends. A maximum of 0 refuses
/// all messages, and a span of zero refuses none. To leave out one guard, begin with
/// [`none`](Self::none).
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
#[doc(alias = "rate limit")]
#[doc(alias = "sms pumping")]
#[doc(alias = "toll fraud")]
pub struct Guards {
    // The maximum number of messages, and the span in which they count.
    pub(super) prefix: Option<(u32, Duration)>,
    pub(super) client: Option<(u32, Duration)>,
    pub(super) application: Option<(u32, Duration)>,
    // The number of messages from which on a range is judged, and the minimum share of successes in
    // percent.
    pub(super) conversion: Option<(u32, u8)>,
    pub(super) region: Option<(u32, u8)>,
}

/// The guard that a counter belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guard {
    Application,
    Client,
    Conversion,
    Prefix,
}

impl Guards {
    /// Returns the default guards, per range of numbers and per client.
    ///
    /// A range (all numbers that differ in the last three digits only) gets at most 50 messages per
    /// hour. After 50 messages within a day, it gets no more while fewer than 10 % of them have led
    /// to a success; see [`with_conversion`](Self::with_conversion). A client may request at most
    /// 20 messages per hour. There is no limit for regions or the whole application.
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

    /// Returns guards without any limit.
    #[must_use]
    pub const fn none() -> Self {
        Self { prefix: None, client: None, application: None, conversion: None, region: None }
    }

    /// Sets the maximum number of messages per `span` to a range: all numbers that differ in the
    /// last three digits only.
    #[must_use]
    pub const fn with_prefix(mut self, most: u32, span: Duration) -> Self {
        self.prefix = Some((most, span));
        self
    }

    /// Sets the maximum number of messages per `span` that one [client](super::Client) may request.
    /// [`Client::Internal`](super::Client::Internal) has no limit.
    #[must_use]
    pub const fn with_client(mut self, most: u32, span: Duration) -> Self {
        self.client = Some((most, span));
        self
    }

    /// Sets the maximum number of messages per `span` for the whole application, or for the tenant
    /// if one is set. The standard guards do not contain it.
    #[must_use]
    pub const fn with_application(mut self, most: u32, span: Duration) -> Self {
        self.application = Some((most, span));
        self
    }

    /// Refuses messages to a range of numbers if too few of its messages led to a success.
    ///
    /// A range is all numbers that differ in the last three digits only. After `judged_from`
    /// messages within a day, it gets no further message while fewer than `least_percent` percent
    /// of them have led to a success. The day begins with the first message.
    ///
    /// A challenge has at most one success, however many messages it has, and codes that may still
    /// be typed count as messages without a success. A refused range opens again when the day ends,
    /// or earlier if enough of these codes are accepted. A 0 in either argument turns the guard
    /// off. Use a percentage up to 100; more is not rejected.
    #[must_use]
    pub const fn with_conversion(mut self, judged_from: u32, least_percent: u8) -> Self {
        self.conversion = Some((judged_from, least_percent));
        self
    }

    /// Refuses messages to a region if too few of its messages led to a success.
    ///
    /// It works like [`with_conversion`](Self::with_conversion), but for all numbers of a region. A
    /// refused region can stay closed for a day, so choose a high `judged_from`. Numbers without a
    /// region are not limited. The standard guards do not contain it.
    #[must_use]
    pub const fn with_region_conversion(mut self, judged_from: u32, least_percent: u8) -> Self {
        self.region = Some((judged_from, least_percent));
        self
    }

    /// Returns the counters for a message, each with its guard.
    pub(super) fn spends(
        &self,
        keys: &TenantKeys,
        to: Option<&PhoneNumber>,
        client: &Client,
    ) -> Vec<(Guard, Spend)> {
        let mut spends = Vec::new();
        // First: a client over its own limit must not use up the limits that it shares with others.
        // A store may count tags that precede the refusing one.
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
        // Last: a message that another guard refuses must not count against the whole application.
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
    // Not the tag of the prefix limit: the two windows have different lengths and must not share a
    // counter.
    keys.counter("conversion", prefix(to))
}

pub(super) fn region_tag(keys: &TenantKeys, region: Region) -> CounterTag {
    keys.counter("region", region.as_str())
}

/// Returns the number without its last three digits.
fn prefix(to: &PhoneNumber) -> &str {
    let digits = to.plain();
    // An attacker uses many consecutive numbers, so a limit per number does not stop it. The digits
    // are ASCII, so the fallback cannot occur.
    digits.get(..digits.len().saturating_sub(3)).unwrap_or(digits)
}
