use std::sync::Arc;
use std::time::Duration;

use super::error::BuildError;
use super::event::Observer;
use super::guards::Guards;
use super::pepper::Pepper;
use super::policy::Policy;
use super::stats::Counts;
use super::store_calls::StoreTimeout;
use super::{Challenges, ChallengesInner};
use crate::clock::{Clock, SystemClock, Timer, default_timer};
use crate::message::{Autofill, MessageTemplates, SegmentPolicy};
use crate::otp::Code;
use crate::phone::{PhoneNumber, Region, RegionPolicy};
use crate::provider::Provider;
use crate::store::{ChallengeStore, CounterStore, OutboxStore};

/// Shorter than a person waits, and longer than a healthy store ever takes.
const STORE_TIMEOUT: Duration = Duration::from_secs(5);

/// What [`Challenges`] are made of.
#[derive(Debug)]
pub struct ChallengesBuilder {
    pepper: Pepper,
    provider: Option<Box<dyn Provider>>,
    store: Option<Arc<dyn BuilderStore>>,
    outbox: Option<Arc<dyn OutboxStore>>,
    regions: Option<RegionPolicy>,
    not_a_region: Option<String>,
    policy: Policy,
    guards: Guards,
    app: Option<String>,
    texts: Option<MessageTemplates>,
    segments: SegmentPolicy,
    autofill: Option<Autofill>,
    tenant: String,
    clock: Box<dyn Clock>,
    observer: Option<Listener>,
    test_numbers: Vec<(PhoneNumber, Code)>,
    is_one_process: bool,
    timer: Option<Arc<dyn Timer>>,
    store_timeout: Option<Duration>,
}

/// A store of challenges that counts as well.
pub(super) trait BuilderStore: ChallengeStore + CounterStore {}

impl<T: ChallengeStore + CounterStore> BuilderStore for T {}

/// An observer, whose insides nobody prints.
pub(super) struct Listener(pub(super) Box<dyn Observer>);

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Observer")
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
            policy: Policy::sms(),
            guards: Guards::standard(),
            app: None,
            texts: None,
            segments: SegmentPolicy::at_most(1),
            autofill: None,
            tenant: String::new(),
            clock: Box::new(SystemClock),
            observer: None,
            test_numbers: Vec::new(),
            is_one_process: true,
            timer: default_timer(),
            store_timeout: Some(STORE_TIMEOUT),
        }
    }

    /// What sends messages: a gateway, or wrappers around some.
    #[must_use]
    pub fn provider(mut self, provider: impl Provider) -> Self {
        self.provider = Some(Box::new(provider));
        self
    }

    /// What remembers challenges.
    #[must_use]
    pub fn store(mut self, store: impl ChallengeStore + CounterStore) -> Self {
        self.store = Some(Arc::new(store));
        self.outbox = None;
        self
    }

    /// What remembers challenges, and messages that a [`Worker`](super::Worker) sends: an issue is then done when both are stored, and no
    /// message is lost with the process. [`Guards`] count a message before the recipient's own limits may refuse it. [`resend`](Challenges::resend) sends at once as ever, since somebody waits for it.
    #[must_use]
    pub fn outbox(mut self, store: impl OutboxStore + CounterStore) -> Self {
        let store = Arc::new(store);
        self.store = Some(store.clone());
        self.outbox = Some(store);
        self
    }

    /// To which regions messages go, by the two letters of ISO 3166-1. Whoever gets paid for messages chooses an expensive one, so
    /// there is no default.
    #[must_use]
    pub fn regions(mut self, regions: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let mut known = Vec::new();
        for region in regions {
            match Region::parse(region.as_ref()) {
                Ok(region) => known.push(region),
                Err(_) => self.not_a_region = Some(region.as_ref().to_owned()),
            }
        }
        self.regions = Some(RegionPolicy::only(known));
        self
    }

    /// To all regions, at your own expense.
    #[must_use]
    pub fn any_region(mut self) -> Self {
        self.regions = Some(RegionPolicy::all());
        self
    }

    /// By a policy of regions.
    #[must_use]
    pub fn region_policy(mut self, policy: RegionPolicy) -> Self {
        self.regions = Some(policy);
        self
    }

    /// How codes are issued and guessed; [`Policy::sms`] unless said.
    #[must_use]
    pub const fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Limits over many recipients; [`Guards::standard`] unless said.
    #[must_use]
    pub const fn guards(mut self, guards: Guards) -> Self {
        self.guards = guards;
        self
    }

    /// The application's name, for the texts that come with otpost: see [`MessageTemplates::builtin`].
    #[must_use]
    pub fn app(mut self, name: impl Into<String>) -> Self {
        self.app = Some(name.into());
        self
    }

    /// MessageTemplates of your own, in place of those that come with otpost. A purpose without a text gets that of [`MessageTemplates::LOGIN`].
    #[must_use]
    pub fn message_templates(mut self, texts: MessageTemplates) -> Self {
        self.texts = Some(texts);
        self
    }

    /// How many parts a text may take; one unless said. All texts are counted when this is built.
    #[must_use]
    pub const fn segments(mut self, policy: SegmentPolicy) -> Self {
        self.segments = policy;
        self
    }

    /// With a last line by which browsers and phones fill the code in.
    #[must_use]
    pub fn autofill(mut self, autofill: Autofill) -> Self {
        self.autofill = Some(autofill);
        self
    }

    /// Sets the tenant, for an application that serves several customers from one store. Defaults to the empty name.
    ///
    /// Every key is derived from the pepper and this name, so tenants share nothing: the identity of another tenant's
    /// challenge is [`Gone`](super::Verdict::Gone) in every call, limits count per tenant, and a
    /// [`Worker`](super::Worker) sends the messages of its own tenant only. Changing the name invalidates all pending challenges.
    #[must_use]
    pub fn tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant = tenant.into();
        self
    }

    /// Says when a challenge expires. The store's own clock decides it.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Hears what happens.
    #[must_use]
    pub fn observer(mut self, observer: impl Observer) -> Self {
        self.observer = Some(Listener(Box::new(observer)));
        self
    }

    /// Sends nothing to this number, and takes this code from it: for those who review an application in a store of applications. All limits hold.
    ///
    /// # Security
    ///
    /// Whoever knows number and code gets in, so it must be an account that can do nothing.
    #[must_use]
    pub fn test_number(mut self, number: PhoneNumber, code: Code) -> Self {
        self.test_numbers.push((number, code));
        self
    }

    /// Says that the application is many processes, which have to share a store.
    #[must_use]
    pub const fn many_processes(mut self) -> Self {
        self.is_one_process = false;
        self
    }

    /// Sets the longest time that the store may take for one operation: `issue`, `resend`, `verify`, `revoke`, `ping` or a
    /// [step](super::Worker::step) of a worker. Defaults to 5 s. `None` waits for as long as the store's own client does.
    ///
    /// After this time the operation returns [`Unavailable`](super::ChallengeErrorKind::Unavailable), as for any other failure of
    /// the store. Only the time of the store counts, not that of the provider.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::time::Duration;
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

    /// Sets the timer that measures the [store timeout](Self::store_timeout), for another runtime than Tokio. Defaults to
    /// `TokioTimer` with the feature `reqwest`. Without that feature, a store that processes share requires a timer.
    #[must_use]
    pub fn timer(mut self, timer: impl Timer) -> Self {
        self.timer = Some(Arc::new(timer));
        self
    }

    /// Checks all of it.
    ///
    /// # Errors
    ///
    /// [`BuildError`] for the first thing that is missing or wrong.
    pub fn build(self) -> Result<Challenges, BuildError> {
        self.policy.check()?;
        if let Some(name) = self.not_a_region {
            return Err(BuildError::Region(name));
        }
        let store = self.store.ok_or(BuildError::NoStore)?;
        if !self.is_one_process && !store.is_shared() {
            return Err(BuildError::NotShared);
        }
        let store_timeout = match (self.store_timeout, self.timer) {
            (None, _) => None,
            (Some(limit), Some(timer)) => Some(StoreTimeout { timer, limit }),
            // A store of one process answers at once.
            (Some(_), None) if !store.is_shared() => None,
            (Some(_), None) => return Err(BuildError::NoTimer),
        };
        let texts = match (self.texts, self.app) {
            (Some(texts), _) => texts,
            (None, Some(app)) => MessageTemplates::builtin(&app)?,
            (None, None) => return Err(BuildError::NoTexts),
        };
        let digits = self.policy.digits;
        // The shortest lifetime is that of a message that is sent again, and its text is not the longest.
        texts.check(self.segments, digits, self.policy.lifetime(), self.autofill.as_ref())?;
        texts.check(self.segments, digits, Duration::from_secs(60), self.autofill.as_ref())?;
        if self.test_numbers.iter().any(|(_, code)| code.digits() != digits) {
            return Err(BuildError::TestCode);
        }
        Ok(Challenges(Arc::new(ChallengesInner {
            keys: self.pepper.tenant(&self.tenant),
            provider: self.provider.ok_or(BuildError::NoProvider)?,
            store,
            outbox: self.outbox,
            store_timeout,
            regions: self.regions.ok_or(BuildError::NoRegions)?,
            policy: self.policy,
            guards: self.guards,
            texts,
            segments: self.segments,
            autofill: self.autofill,
            clock: self.clock,
            observer: self.observer,
            test_numbers: self.test_numbers,
            counts: Counts::default(),
        })))
    }
}
