use std::time::Duration;

use super::error::BuildError;

pub(super) const HOUR: Duration = Duration::from_secs(3_600);
/// The time in which an empty bucket of a region or the application is refilled: a tenth of its
/// capacity per hour.
pub(super) const REFILL: Duration = Duration::from_secs(36_000);

/// Rate limits on who may request messages, and on messages to numbers that have never verified.
/// They limit SMS pumping: attackers who request messages to expensive numbers and receive a share
/// of the price. The limits per recipient are in the [`Policy`](super::Policy).
///
/// The counters are in the store, so all processes that share the store share the limits. Each
/// [tenant](super::ChallengesBuilder::tenant) has its own.
///
/// # What is counted
///
/// The requester's limits are checked first. A message that any limit refuses takes no place under
/// the others, and a message that was not sent returns its places. Only the client's own count
/// stays: a client pays for each request that its own limit allows, even if another limit refuses
/// it.
///
/// | limit | counts | default | given back by |
/// |---|---|---|---|
/// | client | requests of a client | 30 per hour | a success |
/// | client and recipient | messages that a client requests for a recipient | 3 per hour | a success, or a message that was not sent |
/// | range | messages to numbers that differ in the last three digits | 50 at once, 50 per hour | the same |
/// | region | messages to a region | 100 at once, 10 per hour | the same; a success gives back two |
/// | application | messages of the application or tenant | 500 at once, 50 per hour | the same; a success gives back two |
///
/// The limits of ranges, regions and the application are buckets. They refill steadily and never
/// close for a fixed time. They count only messages to numbers that have not verified here before:
/// a number that has is known for 180 days, also across purposes. Only after five messages that
/// strangers requested for it within a day without a success, theirs count as well. Strangers and
/// [verified humans](super::Issue::human) have separate buckets, and a [known
/// device](super::Issue::device) needs none. The capacity of the buckets of regions and of the
/// application grows by half of the average hourly successes of the last day. Since each success
/// gives back two places, an application of which more than half of the messages lead to a success
/// does not run out of them.
///
/// # Examples
///
/// ```
/// use otpost::challenge::Limits;
///
/// // A launch to new users only, with up to 20,000 messages an hour.
/// let limits = Limits::expecting(20_000);
/// // One client is a company's whole network here.
/// let limits = limits.with_client(200);
/// # let _ = limits;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "rate limit")]
#[doc(alias = "sms pumping")]
#[doc(alias = "toll fraud")]
#[doc(alias = "throttle")]
pub struct Limits {
    pub(super) client: Option<u16>,
    pub(super) client_and_recipient: Option<u16>,
    pub(super) range: Option<u32>,
    pub(super) region: Option<u32>,
    pub(super) application: Option<u32>,
}

impl Limits {
    /// Returns the default limits, which are listed above.
    #[must_use]
    pub const fn standard() -> Self {
        Self {
            client: Some(30),
            client_and_recipient: Some(3),
            range: Some(50),
            region: Some(100),
            application: Some(500),
        }
    }

    /// Returns no limits. The limits of the [`Policy`](super::Policy) per recipient still apply.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            client: None,
            client_and_recipient: None,
            range: None,
            region: None,
            application: None,
        }
    }

    /// Returns [`standard`](Self::standard) limits for an application that expects so many messages
    /// per hour to numbers that have never verified, for example at a launch.
    ///
    /// A region allows a tenth of them at once and the application half of them, if that is more
    /// than the standard. The limits grow with successes by themselves, so this is needed only
    /// where few messages lead to a success, or where many users need a long time to type the code.
    #[must_use]
    pub const fn expecting(messages_per_hour: u32) -> Self {
        let standard = Self::standard();
        let region = if messages_per_hour / 10 > 100 { messages_per_hour / 10 } else { 100 };
        let application = if messages_per_hour / 2 > 500 { messages_per_hour / 2 } else { 500 };
        Self { region: Some(region), application: Some(application), ..standard }
    }

    /// Sets the maximum number of requests per hour of one [client](super::Client). At least 1.
    /// Defaults to 30. [`Client::Internal`](super::Client::Internal) has no limit. A [known
    /// device](super::Issue::device) counts as a client of its own.
    #[must_use]
    pub const fn with_client(mut self, per_hour: u16) -> Self {
        self.client = Some(per_hour);
        self
    }

    /// Sets the maximum number of messages per hour that one [client](super::Client) may request
    /// for one recipient. At least 1. Defaults to 3.
    #[must_use]
    pub const fn with_client_and_recipient(mut self, per_hour: u16) -> Self {
        self.client_and_recipient = Some(per_hour);
        self
    }

    /// Sets the number of messages to a range of numbers at once and per hour. At least 1. Defaults
    /// to 50. A range is all numbers that differ in the last three digits only.
    #[must_use]
    pub const fn with_range(mut self, per_hour: u32) -> Self {
        self.range = Some(per_hour);
        self
    }

    /// Sets the number of messages to a region at once, to which its successes add. At least 1.
    /// Defaults to 100. A tenth of the capacity is refilled per hour.
    #[must_use]
    pub const fn with_region(mut self, capacity: u32) -> Self {
        self.region = Some(capacity);
        self
    }

    /// Sets the number of messages of the whole application or tenant at once, to which its
    /// successes add. At least 1. Defaults to 500. A tenth of the capacity is refilled per hour.
    #[must_use]
    pub const fn with_application(mut self, capacity: u32) -> Self {
        self.application = Some(capacity);
        self
    }

    pub(super) fn check(&self) -> Result<(), BuildError> {
        let small = [self.client, self.client_and_recipient].into_iter().flatten();
        let large = [self.range, self.region, self.application].into_iter().flatten();
        match small.map(u32::from).chain(large).all(|most| most > 0) {
            true => Ok(()),
            false => Err(BuildError::NoMessages),
        }
    }
}

impl Default for Limits {
    /// Returns [`standard`](Limits::standard) limits.
    fn default() -> Self {
        Self::standard()
    }
}
