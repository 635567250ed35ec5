//! Reserves the places of a message under all limits, and settles them.

use std::time::Duration;

use super::Challenges;
use super::assurance::{Assurance, Paid};
use super::client::Client;
use super::error::{ChallengeError, ChallengeErrorKind};
use super::event::{Event, EventKind, RefusedReason};
use super::limits::{HOUR, REFILL};
use super::purpose::Purpose;
use super::store_calls::StoreCalls;
use crate::phone::{PhoneNumber, Region};
use crate::store::{Give, GiveKind, Limit, Reserved, Settlement};

const DAY: Duration = Duration::from_secs(86_400);
/// The time for which a number is known after a success.
pub(super) const KNOWN: Duration = Duration::from_secs(180 * 86_400);
/// The number of messages without a success that strangers may cause within a day before the marker
/// of a known number no longer helps them.
const SUSPENDED: u16 = 5;

/// A request for a message, for the rate limits.
pub(super) struct Requester<'a> {
    pub(super) purpose: Purpose<'a>,
    pub(super) to: &'a PhoneNumber,
    /// `true` if a message is sent. Decoys and test numbers get none.
    pub(super) is_real: bool,
    /// The number that events show, or `None` for a decoy.
    pub(super) shown: Option<&'a PhoneNumber>,
    pub(super) client: &'a Client,
    pub(super) by: Assurance,
    pub(super) calls: &'a StoreCalls<'a>,
}

/// A limit, and the reason that a refusal by it has.
type ReasonedLimit = (RefusedReason, Limit);

impl Challenges {
    /// Takes a place under every limit, the requester's own limits first.
    ///
    /// A refusal by a shared limit gives back the others. If the future is dropped in between, the
    /// places stay taken until they end with time.
    pub(super) async fn reserve(&self, request: &Requester<'_>) -> Result<Paid, ChallengeError> {
        let Requester { purpose, to, by, calls, .. } = *request;
        let mut paid = self.unpaid(request);
        let own = self.own_limits(to, &paid);
        let markers: Vec<_> = self.0.keys.markers(to).collect();
        let reserved = calls.reserve(&limits(&own), &markers).await;
        let (is_known, counts) = match self.stored(purpose, None, reserved)? {
            Reserved::Granted { is_known, counts } => (is_known, counts),
            Reserved::Refused(place, wait) => return Err(self.refused(request, &own, place, wait)),
        };
        // Before any shared limit, which such a message must not use up.
        if request.is_real && !is_known && self.needs_confirmation(to) {
            self.give_back(calls, purpose, to, &paid).await;
            let (kind, why) = (ChallengeErrorKind::Unconfirmed, RefusedReason::Unconfirmed);
            return Err(self.refuse(kind, why, None, purpose, request.shown));
        }
        // A stranger may request messages for a number that is known. Without this, an attacker
        // could send messages to all known numbers outside of the shared limits.
        let daily = own.iter().position(|(reason, _)| *reason == RefusedReason::Daily);
        let unanswered = daily.and_then(|daily| counts.get(daily)).copied().unwrap_or_default();
        let is_trusted = is_known && (!by.is_stranger() || unanswered <= SUSPENDED);
        if is_trusted || !request.is_real || by.device().is_some() {
            return Ok(paid);
        }
        self.watch(request);
        let shared = self.shared_limits(to, by);
        if shared.is_empty() {
            return Ok(paid);
        }
        let reserved = calls.reserve(&limits(&shared), &[]).await;
        let refused = match self.stored(purpose, None, reserved) {
            Ok(Reserved::Granted { .. }) => {
                paid.is_shared = true;
                return Ok(paid);
            }
            Ok(Reserved::Refused(place, wait)) => self.refused(request, &shared, place, wait),
            Err(error) => error,
        };
        self.give_back(calls, purpose, to, &paid).await;
        Err(refused)
    }

    /// Gives back the places of a message that was not sent.
    pub(super) async fn give_back(
        &self,
        calls: &StoreCalls<'_>,
        purpose: Purpose<'_>,
        to: &PhoneNumber,
        paid: &Paid,
    ) {
        // The client pays for asking, also for a message that was not sent.
        let own = self.own_limits(to, paid).into_iter();
        let own = own.filter(|(reason, _)| *reason != RefusedReason::Client);
        let gives = own.chain(self.paid_limits(to, paid));
        let gives = gives.map(|(_, limit)| limit.give(GiveKind::NotSent)).collect();
        // A place that could not be given back ends with time.
        let settled = calls.settle(&Settlement::new(gives, Vec::new())).await;
        let _ = self.stored(purpose, None, settled);
    }

    /// Gives back the places of a challenge whose code was accepted, and marks its number as known.
    pub(super) async fn succeed(
        &self,
        calls: &StoreCalls<'_>,
        purpose: Purpose<'_>,
        to: &PhoneNumber,
        paid: &Paid,
    ) {
        let own = self.own_limits(to, paid).into_iter().filter_map(|(reason, limit)| {
            match reason {
                // Nothing but time and a message that was not sent lowers the total.
                RefusedReason::Total => None,
                _ => Some(limit.give(GiveKind::Success)),
            }
        });
        let shared = self.paid_limits(to, paid).into_iter();
        let shared = shared.map(|(_, limit)| limit.give(GiveKind::Success));
        let gives: Vec<Give> = own.chain(shared).collect();
        let marks = self.0.keys.markers(to).take(1).map(|tag| (tag, KNOWN)).collect();
        // The code is correct even if counting it fails.
        let settled = calls.settle(&Settlement::new(gives, marks)).await;
        let _ = self.stored(purpose, None, settled);
    }

    /// Returns what gives back the messages of a day that strangers and verified humans caused.
    pub(super) fn daily_gives(&self, to: &PhoneNumber) -> Vec<Give> {
        let all = [Assurance::Stranger, Assurance::Human].into_iter();
        all.map(|by| self.daily_limit(to, by).give(GiveKind::All)).collect()
    }

    /// Creates the error of a refusal, and reports it to the observer.
    pub(super) fn refuse(
        &self,
        kind: ChallengeErrorKind,
        why: RefusedReason,
        wait: Option<Duration>,
        purpose: Purpose<'_>,
        to: Option<&PhoneNumber>,
    ) -> ChallengeError {
        let event = Event::new(EventKind::Refused(why), purpose);
        self.tell(match to {
            Some(to) => event.to(to),
            None => event,
        });
        let error = ChallengeError::new(kind);
        match wait {
            Some(wait) => error.with_retry_after(wait),
            None => error,
        }
    }

    fn refused(
        &self,
        request: &Requester<'_>,
        limits: &[ReasonedLimit],
        place: usize,
        wait: Duration,
    ) -> ChallengeError {
        let why = limits.get(place).map_or(RefusedReason::Application, |(reason, _)| *reason);
        let kind = match why {
            RefusedReason::Client | RefusedReason::ClientAndRecipient => {
                ChallengeErrorKind::Limited
            }
            RefusedReason::Total => ChallengeErrorKind::Quota,
            // Only the share of strangers is used up. A human has another one.
            _ if request.by.is_stranger() => ChallengeErrorKind::Contested,
            RefusedReason::Daily => ChallengeErrorKind::Quota,
            _ => ChallengeErrorKind::Limited,
        };
        self.refuse(kind, why, Some(wait), request.purpose, request.shown)
    }

    /// Returns `true` if the region of a number gets codes only for numbers that have verified.
    fn needs_confirmation(&self, to: &PhoneNumber) -> bool {
        let only = &self.0.only_confirmed;
        self.0.regions.region_of(to).is_some_and(|region| only.contains(&region))
    }

    /// Reports a region in which unusually many new numbers are requested, refused ones too.
    fn watch(&self, request: &Requester<'_>) {
        let region = request.to.region();
        let Some(unusual) = self.0.counts.new_number(region, self.0.clock.now()) else { return };
        let event = EventKind::Unusual { messages: unusual.messages, average: unusual.average };
        self.tell(Event::new(event, request.purpose).to(request.to));
    }

    /// Returns what a request will have paid, before any shared limit.
    fn unpaid(&self, request: &Requester<'_>) -> Paid {
        let is_limited =
            self.0.limits.client.is_some() || self.0.limits.client_and_recipient.is_some();
        // A device is a client of its own. Otherwise strangers behind the same address could use up
        // its requests.
        let client = request.by.device().or_else(|| {
            let name = request.client.name()?;
            Some(self.0.keys.counter("client", [name.expose().as_bytes(), b""]))
        });
        Paid { by: request.by, is_shared: false, client: client.filter(|_| is_limited) }
    }

    /// Returns the limits of the requester and the recipient.
    fn own_limits(&self, to: &PhoneNumber, paid: &Paid) -> Vec<ReasonedLimit> {
        let (inner, mut limits) = (&*self.0, Vec::with_capacity(4));
        if let (Some(client), Some(most)) = (paid.client, inner.limits.client) {
            // Kept, so that a client pays for a request that another limit refuses.
            limits.push((RefusedReason::Client, Limit::window(client, most, HOUR).kept()));
        }
        // A device belongs to one recipient, for which it has the limit per hour of the policy.
        if let (Some(client), Some(most), None) =
            (paid.client, inner.limits.client_and_recipient, paid.by.device())
        {
            let tag = inner.keys.counter("pair", [client.as_bytes(), to.e164().as_bytes()]);
            limits.push((RefusedReason::ClientAndRecipient, Limit::window(tag, most, HOUR)));
        }
        limits.push((RefusedReason::Daily, self.daily_limit(to, paid.by)));
        let tag = inner.keys.counter("total", [to.e164().as_bytes(), b""]);
        let most = inner.policy.most_in_total(paid.by);
        limits.push((RefusedReason::Total, Limit::window(tag, most, DAY)));
        limits
    }

    fn daily_limit(&self, to: &PhoneNumber, by: Assurance) -> Limit {
        let device = by.device();
        let name = device.as_ref().map_or(by.name().as_bytes(), |device| device.as_bytes());
        let tag = self.0.keys.counter("day", [name, to.e164().as_bytes()]);
        Limit::window(tag, self.0.policy.daily(by), DAY)
    }

    /// Returns the shared limits under which a message has a place.
    fn paid_limits(&self, to: &PhoneNumber, paid: &Paid) -> Vec<ReasonedLimit> {
        if paid.is_shared { self.shared_limits(to, paid.by) } else { Vec::new() }
    }

    /// Returns the limits that all unknown numbers share, for one kind of requester.
    fn shared_limits(&self, to: &PhoneNumber, by: Assurance) -> Vec<ReasonedLimit> {
        let (inner, by, mut limits) = (&*self.0, by.name().as_bytes(), Vec::with_capacity(3));
        if let Some(capacity) = inner.limits.application {
            let tag = inner.keys.counter("application", [by, b""]);
            let limit = Limit::bucket(tag, capacity, REFILL).with_growth();
            limits.push((RefusedReason::Application, limit));
        }
        if let Some(capacity) = inner.limits.region {
            let region = to.region();
            // Numbers without a region, such as those of satellites, are one region.
            let region = region.as_ref().map_or("", Region::as_str);
            let tag = inner.keys.counter("region", [by, region.as_bytes()]);
            let limit = Limit::bucket(tag, capacity, REFILL).with_growth();
            limits.push((RefusedReason::RegionLimit, limit));
        }
        if let Some(capacity) = inner.limits.range {
            let tag = inner.keys.counter("range", [by, range(to).as_bytes()]);
            limits.push((RefusedReason::Range, Limit::bucket(tag, capacity, HOUR)));
        }
        limits
    }
}

fn limits(named: &[ReasonedLimit]) -> Vec<Limit> {
    named.iter().map(|(_, limit)| *limit).collect()
}

/// Returns the number without its last three digits.
fn range(to: &PhoneNumber) -> &str {
    let digits = to.plain();
    // An attacker uses many consecutive numbers, so a limit per number does not stop it. The digits
    // are ASCII, so the fallback cannot occur.
    digits.get(..digits.len().saturating_sub(3)).unwrap_or(digits)
}
