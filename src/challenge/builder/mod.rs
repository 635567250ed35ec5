mod regions;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::challenges::{BuilderStore, Challenges, ChallengesInner, Deliveries, Listener};
use super::decoy_provider::DecoyProvider;
use super::error::BuildError;
use super::event::Observer;
use super::limits::Limits;
use super::pepper::Pepper;
use super::policy::Policy;
use super::region_warning::{self, SentTexts};
use super::stats::Counts;
use super::test_number::TestNumber;
use crate::clock::{Clock, SystemClock, Timer, default_timer};
use crate::message::{Autofill, MessageTemplates, SegmentPolicy};
use crate::otp::Code;
use crate::phone::{PhoneNumber, Region, RegionPolicy};
use crate::provider::Provider;
use crate::report::DeliveryLog;
use crate::store::{ChallengeStore, LimitStore, OutboxStore, ReportStore};

/// Shorter than a person waits, and longer than a healthy store ever takes.
const STORE_TIMEOUT: Duration = Duration::from_secs(5);

/// A builder for [`Challenges`].
#[derive(Debug)]
pub struct ChallengesBuilder {
    pepper: Pepper,
    provider: Option<Box<dyn Provider>>,
    store: Option<Arc<dyn BuilderStore>>,
    outbox: Option<Arc<dyn OutboxStore>>,
    regions: Option<RegionPolicy>,
    // Setters cannot fail, so an unknown region is kept here until `build` reports it.
    not_a_region: Option<String>,
    only_confirmed: BTreeSet<Region>,
    known_rules: BTreeSet<Region>,
    policy: Policy,
    limits: Limits,
    app: Option<String>,
    texts: Option<MessageTemplates>,
    segments: SegmentPolicy,
    autofill: Option<Autofill>,
    tenant: String,
    clock: Arc<dyn Clock>,
    observer: Option<Listener>,
    test_numbers: Vec<TestNumber>,
    is_one_process: bool,
    timer: Option<Arc<dyn Timer>>,
    store_timeout: Option<Duration>,
    deliveries: Option<Arc<dyn ReportStore>>,
}

impl Challenges {
    /// Creates a builder with the server's secret key.
    #[must_use]
    pub fn builder(pepper: Pepper) -> ChallengesBuilder {
        ChallengesBuilder::new(pepper)
    }
}

impl ChallengesBuilder {
    pub(super) fn new(pepper: Pepper) -> Self {
        Self {
            pepper,
            provider: None,
            store: None,
            outbox: None,
            regions: None,
            not_a_region: None,
            only_confirmed: BTreeSet::new(),
            known_rules: BTreeSet::new(),
            policy: Policy::sms(),
            limits: Limits::standard(),
            app: None,
            texts: None,
            segments: SegmentPolicy::at_most(1),
            autofill: None,
            tenant: String::new(),
            clock: Arc::new(SystemClock),
            observer: None,
            test_numbers: Vec::new(),
            is_one_process: true,
            timer: default_timer(),
            store_timeout: Some(STORE_TIMEOUT),
            deliveries: None,
        }
    }

    /// Sets the provider that sends messages: a gateway, or a wrapper around one or more of them.
    /// Required.
    #[must_use]
    pub fn provider(mut self, provider: impl Provider) -> Self {
        self.provider = Some(Box::new(provider));
        self
    }

    /// Sets the store for challenges and limits. Required, unless an [`outbox`](Self::outbox) is
    /// set. Of several calls of `store` and `outbox`, the last one counts.
    #[must_use]
    pub fn store(mut self, store: impl ChallengeStore + LimitStore) -> Self {
        self.store = Some(Arc::new(store));
        self.outbox = None;
        self
    }

    /// Sets a store for challenges, limits and queued messages, which a [`Worker`](super::Worker)
    /// sends later. It replaces the [`store`](Self::store).
    ///
    /// [`issue`](Challenges::issue) then returns as soon as the challenge and its message are
    /// stored, and no message is lost if a process stops. Use a lifetime of more than one minute: a
    /// worker does not send a code that expires within 60 s. [`resend`](Challenges::resend) queues
    /// its message as well.
    #[doc(alias = "queue")]
    #[doc(alias = "transactional outbox")]
    #[must_use]
    pub fn outbox(mut self, store: impl OutboxStore + LimitStore) -> Self {
        // One store behind two traits: the challenge and its message must be in the same
        // transaction.
        let store = Arc::new(store);
        self.store = Some(store.clone());
        self.outbox = Some(store);
        self
    }

    /// Sets the policy for codes, attempts and messages per recipient. Defaults to [`Policy::sms`].
    #[must_use]
    pub const fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets the rate limits per client, and those that new numbers share. Defaults to
    /// [`Limits::standard`]. The limits per recipient are in the [`policy`](Self::policy).
    #[doc(alias = "rate limit")]
    #[must_use]
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the application's name for the built-in texts; see [`MessageTemplates::builtin`].
    /// Required, unless [`message_templates`](Self::message_templates) is called. The name is then
    /// used only to check that texts name the brand where a region requires it.
    #[must_use]
    pub fn app(mut self, name: impl Into<String>) -> Self {
        self.app = Some(name.into());
        self
    }

    /// Sets the application's own message texts, in place of the built-in ones. A purpose without a
    /// text uses that of [`MessageTemplates::LOGIN`].
    #[must_use]
    pub fn message_templates(mut self, texts: MessageTemplates) -> Self {
        self.texts = Some(texts);
        self
    }

    /// Sets the maximum number of segments per message. Defaults to 1 segment.
    /// [`build`](Self::build) checks all texts.
    #[must_use]
    pub const fn segments(mut self, policy: SegmentPolicy) -> Self {
        self.segments = policy;
        self
    }

    /// Adds a last line to each message, so that browsers and phones can fill in the code. Defaults
    /// to no such line.
    #[must_use]
    pub fn autofill(mut self, autofill: Autofill) -> Self {
        self.autofill = Some(autofill);
        self
    }

    /// Sets the tenant, for an application that serves several customers from one store. Defaults
    /// to the empty name.
    ///
    /// Every key is derived from the pepper and this name, so tenants share nothing. The token of
    /// another tenant is invalid in every call, rate limits and locks count per tenant, and a
    /// [`Worker`](super::Worker) sends the messages of its tenant only. The name can have any
    /// length.
    ///
    /// Changing the name invalidates all pending challenges. All limits and locks start anew, and
    /// messages that are still queued are not sent.
    #[must_use]
    pub fn tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant = tenant.into();
        self
    }

    /// Replaces the clock for [`Challenge::expires_at`](super::Challenge::expires_at),
    /// [`Challenge::resend_at`](super::Challenge::resend_at), the age of device tokens, the expiry
    /// of test numbers, and the hours of [`EventKind::Unusual`](super::EventKind::Unusual).
    /// Defaults to [`SystemClock`]. The store decides about challenges and limits by its own clock.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets the observer that receives all events, in place of an earlier one. Defaults to none.
    #[must_use]
    pub fn observer(mut self, observer: impl Observer) -> Self {
        self.observer = Some(Listener(Box::new(observer)));
        self
    }

    /// Registers a test number with a fixed code, for example for App Store review.
    ///
    /// Until `expires_at`, the number never receives an SMS. From then on, it is a number like any
    /// other and gets random codes, so a forgotten test number does not stay a way in. The limits
    /// of the client and the recipient still apply. Each call adds a number. Of several codes for
    /// one number, the first one that has not expired counts.
    ///
    /// [`build`](Self::build) returns [`BuildError::TestCode`] if the code has another number of
    /// digits than the policy.
    ///
    /// # Security
    ///
    /// Anyone who knows the number and the code can log in, so the account must have no privileges.
    #[must_use]
    pub fn test_number(mut self, number: PhoneNumber, code: Code, expires_at: SystemTime) -> Self {
        self.test_numbers.push(TestNumber { number, code, expires_at });
        self
    }

    /// Declares that the application runs as several processes. [`build`](Self::build) then rejects
    /// a store that they cannot share.
    #[must_use]
    pub const fn many_processes(mut self) -> Self {
        self.is_one_process = false;
        self
    }

    /// Sets the longest time that the store may take for one operation: `issue`, `resend`,
    /// `verify`, `revoke`, `ping` or a [step](super::Worker::step) of a worker. Defaults to 5 s.
    /// `None` waits for as long as the store's own client does.
    ///
    /// After this time the operation returns
    /// [`Unavailable`](super::ChallengeErrorKind::Unavailable), as for any other failure of the
    /// store. Only the time of the store counts, not that of the provider. If only the delivery log
    /// takes too long, the message counts as sent.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::time::{Duration, SystemTime};
    /// # use otpost::challenge::ChallengesBuilder;
    /// fn patient(builder: ChallengesBuilder) -> ChallengesBuilder {
    ///     builder.store_timeout(Duration::from_secs(10))
    /// }
    /// # let _ = patient;
    /// ```
    #[must_use]
    pub fn store_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.store_timeout = limit.into();
        self
    }

    /// Sets the store in which messages are recorded for an hour, so that
    /// [`on_report`](Challenges::on_report) can match delivery reports to challenges. Defaults to
    /// none. It is usually a clone of the [`store`](Self::store).
    ///
    /// Any process with the same store and pepper can receive the reports. Each message costs one
    /// more round trip, after it was sent. If that fails, the message counts as sent all the same,
    /// and the observer gets [`StoreFailed`](super::EventKind::StoreFailed). No phone numbers are
    /// kept, and of the gateway's ids only keyed digests.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::challenge::{ChallengeError, Challenges, ChallengesBuilder};
    /// use otpost::report::{DeliveryReport, ReportStatus};
    /// use otpost::store::{ChallengeId, LimitStore, ReportStore};
    ///
    /// fn with_store(
    ///     builder: ChallengesBuilder,
    ///     store: impl LimitStore + ReportStore + Clone, // such as a `RedisStore`
    /// ) -> ChallengesBuilder {
    ///     builder.store(store.clone()).delivery_log(store)
    /// }
    ///
    /// // In the process that the gateway calls.
    /// async fn on_report(by: &Challenges, report: &DeliveryReport) -> Result<(), ChallengeError> {
    ///     by.on_report(report).await.map(drop)
    /// }
    ///
    /// // In the process that shows the page.
    /// async fn is_delivered(by: &Challenges, id: &ChallengeId) -> Result<bool, ChallengeError> {
    ///     let state = by.delivery_state(id).await?;
    ///     Ok(state.is_some_and(|state| state.status() == Some(ReportStatus::Delivered)))
    /// }
    /// # let _ = (with_store as fn(_, otpost::store::MemoryStore) -> _, on_report, is_delivered);
    /// ```
    #[doc(alias = "dlr")]
    #[must_use]
    pub fn delivery_log(mut self, store: impl ReportStore) -> Self {
        self.deliveries = Some(Arc::new(store));
        self
    }

    /// Sets the timer that measures the [store timeout](Self::store_timeout), and whether a claim
    /// of a [worker](super::Worker::with_lease) is answered too late, for another runtime than
    /// Tokio. Defaults to `TokioTimer` with the feature `reqwest`.
    ///
    /// Without that feature there is no default. For a store that several processes can share, such
    /// as Redis, PostgreSQL or SQLite, set a timer or call `store_timeout(None)`. Otherwise
    /// [`build`](Self::build) returns [`BuildError::NoTimer`]. A
    /// [`MemoryStore`](crate::store::MemoryStore) then has no timeout.
    #[must_use]
    pub fn timer(mut self, timer: impl Timer) -> Self {
        self.timer = Some(Arc::new(timer));
        self
    }

    /// Validates all options and builds the [`Challenges`].
    ///
    /// # Errors
    ///
    /// Returns a [`BuildError`] for the first option that is missing or invalid.
    pub fn build(self) -> Result<Challenges, BuildError> {
        self.policy.check()?;
        self.limits.check()?;
        if let Some(name) = self.not_a_region {
            return Err(BuildError::Region(name));
        }
        let store = self.store.ok_or(BuildError::NoStore)?;
        let log = self.deliveries.as_ref().map(|log| log.is_shared());
        let is_shared = store.is_shared() && log != Some(false);
        if !self.is_one_process && !is_shared {
            return Err(BuildError::NotShared);
        }
        // Without a timer, a store that hangs would block a login forever. So a missing one is an
        // error here, and does not turn the timeout off in silence.
        let store_timeout = match (self.store_timeout, &self.timer) {
            (None, _) => None,
            (Some(limit), Some(_)) => Some(limit),
            // A store of one process answers at once.
            (Some(_), None) if !store.is_shared() && log != Some(true) => None,
            (Some(_), None) => return Err(BuildError::NoTimer),
        };
        let texts = match (self.texts, &self.app) {
            (Some(texts), _) => texts,
            (None, Some(app)) => MessageTemplates::builtin(app)?,
            (None, None) => return Err(BuildError::NoTexts),
        };
        let digits = self.policy.digits;
        // A text can contain the lifetime, so its length depends on it. Check the longest lifetime
        // and the shortest one, which is that of a late resend.
        texts.check(self.segments, digits, self.policy.lifetime(), self.autofill.as_ref())?;
        texts.check(self.segments, digits, Duration::from_secs(60), self.autofill.as_ref())?;
        // `verify` rejects a code with another number of digits as malformed, so such a test number
        // could never log in.
        if self.test_numbers.iter().any(|test| test.code.digits() != digits) {
            return Err(BuildError::TestCode);
        }
        let provider = self.provider.ok_or(BuildError::NoProvider)?;
        let regions = self.regions.ok_or(BuildError::NoRegions)?;
        let sent = SentTexts {
            texts: &texts,
            digits,
            lifetime: self.policy.lifetime(),
            autofill: self.autofill.as_ref(),
            brand: self.app.as_deref(),
        };
        let allowed = regions.regions().filter(|region| !self.known_rules.contains(region));
        let region_warnings = region_warning::find(allowed, &sent);
        region_warning::log(&region_warnings);
        let keys = self.pepper.tenant(&self.tenant);
        let deliveries = self.deliveries.map(|store| Deliveries {
            log: DeliveryLog::with_keys(store.clone(), keys.reports()),
            store,
        });
        Ok(Challenges(Arc::new(ChallengesInner {
            keys,
            decoy_provider: DecoyProvider::of(&*provider),
            provider,
            store,
            outbox: self.outbox,
            timer: self.timer,
            store_timeout,
            regions,
            only_confirmed: self.only_confirmed,
            region_warnings,
            policy: self.policy,
            limits: self.limits,
            texts,
            segments: self.segments,
            autofill: self.autofill,
            clock: self.clock,
            observer: self.observer,
            test_numbers: self.test_numbers,
            counts: Counts::default(),
            deliveries,
        })))
    }
}
