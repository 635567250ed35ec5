use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::decoy_provider::DecoyProvider;
use super::error::ChallengeError;
use super::event::{Event, EventKind, Observer};
use super::limits::Limits;
use super::policy::Policy;
use super::purpose::Purpose;
use super::region_warning::RegionWarning;
use super::stats::{Counts, Stats};
use super::tenant_keys::TenantKeys;
use super::test_number::TestNumber;
use super::trace;
use crate::clock::{Clock, Timer};
use crate::message::{Autofill, MessageTemplates, SegmentPolicy};
use crate::phone::{Region, RegionPolicy};
use crate::provider::Provider;
use crate::report::DeliveryLog;
use crate::store::{ChallengeId, ChallengeStore, LimitStore, OutboxStore, ReportStore, StoreError};
use crate::telemetry;

/// Issues one-time codes, sends them, and accepts each of them once.
///
/// Clones share one state. See [the module](super) for an example, and
/// [`ChallengesBuilder`](super::ChallengesBuilder) for all options.
///
/// # Cancel safety
///
/// Each store call takes effect completely or not at all, even if its future is dropped. A dropped
/// `verify` may have counted the attempt, and may have accepted the code. Then it can be repeated
/// with its [`nonce`](super::Verify::nonce) only, and its success may not be counted under the
/// limits. A dropped `issue` or `resend` may have counted the message without sending it; the
/// message then counts until its windows end. A challenge whose token nobody has expires.
#[derive(Clone)]
#[doc(alias = "2fa")]
#[doc(alias = "mfa")]
#[doc(alias = "otp")]
pub struct Challenges(pub(super) Arc<ChallengesInner>);

pub(super) struct ChallengesInner {
    pub(super) keys: TenantKeys,
    pub(super) provider: Box<dyn Provider>,
    pub(super) decoy_provider: DecoyProvider,
    pub(super) store: Arc<dyn BuilderStore>,
    /// The same store as an outbox, if a worker sends the messages.
    pub(super) outbox: Option<Arc<dyn OutboxStore>>,
    /// There is a timer wherever there is a store timeout.
    pub(super) timer: Option<Arc<dyn Timer>>,
    pub(super) store_timeout: Option<Duration>,
    pub(super) regions: RegionPolicy,
    pub(super) only_confirmed: BTreeSet<Region>,
    pub(super) region_warnings: Vec<RegionWarning>,
    pub(super) policy: Policy,
    pub(super) limits: Limits,
    pub(super) texts: MessageTemplates,
    pub(super) segments: SegmentPolicy,
    pub(super) autofill: Option<Autofill>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) observer: Option<Listener>,
    pub(super) test_numbers: Vec<TestNumber>,
    pub(super) counts: Counts,
    /// The messages to which delivery reports are matched, if the application wants it.
    pub(super) deliveries: Option<Deliveries>,
}

impl Challenges {
    /// Removes the expired data of all tenants from the store and from that of the [delivery
    /// log](super::ChallengesBuilder::delivery_log), and returns the number of removed
    /// challenges. Counts of recipients and clients and queued messages are removed, but not
    /// included in the number.
    ///
    /// `PostgresStore` and `SqliteStore` need it: call it every few minutes in a background task,
    /// in one process or in all of them. Without it their tables grow, but expired data is never
    /// used. `RedisStore` removes expired data by itself, and this returns 0.
    /// [`MemoryStore`](crate::store::MemoryStore) removes some with each new challenge, so it does
    /// not need the call.
    ///
    /// The [store timeout](super::ChallengesBuilder::store_timeout) does not apply, since there may
    /// be much to remove.
    ///
    /// # Errors
    ///
    /// Returns [`Unavailable`](super::ChallengeErrorKind::Unavailable) if the store returns an
    /// error. Data that was removed by then stays removed.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the rest for the next call.
    pub async fn sweep(&self) -> Result<u64, ChallengeError> {
        // Not through `calls`, which would apply the store timeout.
        let swept = self.stored(Purpose::NONE, None, self.0.store.sweep().await)?;
        let Some(deliveries) = &self.0.deliveries else { return Ok(swept) };
        // Usually the same store, in which nothing is left to remove.
        let more = self.stored(Purpose::NONE, None, deliveries.store.sweep().await)?;
        Ok(swept.saturating_add(more))
    }

    /// Checks that the store answers, by one round trip, for a health check. Nothing is written.
    ///
    /// # Errors
    ///
    /// Returns [`Unavailable`](super::ChallengeErrorKind::Unavailable) if the store returns an
    /// error or does not answer within the [store
    /// timeout](super::ChallengesBuilder::store_timeout).
    ///
    /// # Examples
    ///
    /// ```
    /// # use otpost::challenge::{ChallengeError, Challenges};
    /// async fn is_ready(challenges: &Challenges) -> u16 {
    ///     match challenges.ping().await {
    ///         Ok(()) => 200,
    ///         Err(error) => error.kind().http_status(), // 503
    ///     }
    /// }
    /// # let _ = is_ready;
    /// ```
    pub async fn ping(&self) -> Result<(), ChallengeError> {
        self.stored(Purpose::NONE, None, self.calls().ping().await)
    }

    /// Returns the counters of this process since it built the `Challenges`.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.0.counts.stats(self.0.policy.digits.modulus())
    }

    /// Returns the rules of the allowed regions that concern the messages, in the order of the
    /// regions. [`build`](super::ChallengesBuilder::build) logs them as the event
    /// `otpost.region_rules`, so this is for an application without `tracing`.
    ///
    /// Regions passed to
    /// [`without_region_warnings`](super::ChallengesBuilder::without_region_warnings) are left out.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::challenge::{Challenges, Pepper};
    /// use otpost::provider::ConsoleProvider;
    /// use otpost::store::MemoryStore;
    ///
    /// let challenges = Challenges::builder(Pepper::random()?)
    ///     .app("Acme")
    ///     .provider(ConsoleProvider::new())
    ///     .store(MemoryStore::new())
    ///     .regions(["AU", "CH"])
    ///     .build()?;
    /// let warnings = challenges.region_warnings();
    /// assert!(warnings[0].to_string().starts_with("AU: names as senders must be registered"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn region_warnings(&self) -> &[RegionWarning] {
        &self.0.region_warnings
    }

    /// Returns the policy for codes and attempts.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.0.policy
    }

    pub(super) fn tell(&self, event: Event<'_>) {
        // Record store failures here: a worker, `revoke`, `ping` and `sweep` have no span whose
        // result would show them.
        if let EventKind::StoreFailed(kind) = event.kind() {
            let challenge = event.id().map(|id| id as _);
            let kind = trace::store_error_kind(kind);
            telemetry::store_failed(event.purpose().as_str(), kind, challenge);
        }
        if let Some(Listener(observer)) = &self.0.observer {
            observer.observe(&event);
        }
    }

    /// Converts the result of a store, and reports an error to the observer.
    pub(super) fn stored<T>(
        &self,
        purpose: Purpose<'_>,
        id: Option<&ChallengeId>,
        answer: Result<T, StoreError>,
    ) -> Result<T, ChallengeError> {
        answer.map_err(|error| {
            let event = Event::new(EventKind::StoreFailed(error.kind()), purpose);
            self.tell(match id {
                Some(id) => event.of(id),
                None => event,
            });
            error.into()
        })
    }
}

impl fmt::Debug for Challenges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Challenges")
            .field("provider", &self.0.provider)
            .field("store", &self.0.store)
            .field("policy", &self.0.policy)
            .finish_non_exhaustive()
    }
}

/// The messages to which delivery reports are matched, and their store.
pub(super) struct Deliveries {
    pub(super) log: DeliveryLog,
    pub(super) store: Arc<dyn ReportStore>,
}

/// A store for challenges and limits.
pub(super) trait BuilderStore: ChallengeStore + LimitStore {}

impl<T: ChallengeStore + LimitStore> BuilderStore for T {}

/// An observer, with a `Debug` that prints its name only.
pub(super) struct Listener(pub(super) Box<dyn Observer>);

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Observer")
    }
}
