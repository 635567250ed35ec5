//! What every store of challenges has to do, as a suite that any store can be run through.

#[macro_use]
mod macros;

mod attempts;
mod counters;
mod locks;
mod outbox;
mod races;
mod run;
mod sends;

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use self::run::{Case, CaseOutcome, ConformanceRun, Suite};
use otpost::otp::fill_random;
use otpost::store::{
    Attempt, AttemptRule, ChallengeId, ChallengeStore, Context, CounterStore, CounterTag, Mac,
    NewChallenge, Nonce, OpenRule, OutboxStore, ResendRule, Resent, Salt, SendWindow, StoreError,
};

/// Runs a store through all that the contracts of [`ChallengeStore`] and [`CounterStore`] say.
///
/// # Examples
///
/// ```
/// use otpost::store::MemoryStore;
/// use otpost::testing::ManualClock;
/// use otpost_testing::StoreConformance;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let clock = ManualClock::at(1_700_000_000);
/// let store = MemoryStore::new().with_clock(clock.clone());
/// let violations = StoreConformance::new(store)
///     .passing_time_by(move |time| {
///         clock.advance(time);
///         async {}
///     })
///     .run()
///     .await;
/// assert_eq!(violations, []);
/// # }
/// ```
pub struct StoreConformance(Suite<dyn ConformanceStore>);

/// A store that does all that is asked for.
pub(super) trait ConformanceStore: ChallengeStore + CounterStore {}

impl<T: ChallengeStore + CounterStore> ConformanceStore for T {}

/// A sentence of the contract that a store does not keep.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The case.
    pub case: &'static str,
    /// The number of the sentence, in [`ChallengeStore`], or in [`CounterStore`] for cases that
    /// begin with `counter`.
    pub sentence: u8,
    /// What was seen.
    pub seen: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (sentence {}): {}", self.case, self.sentence, self.seen)
    }
}

impl StoreConformance {
    /// Of this store, which may hold other things as well.
    #[must_use]
    pub fn new(store: impl ChallengeStore + CounterStore) -> Self {
        Self(Suite::new(Arc::new(store)))
    }

    /// Makes time pass for the store; by waiting, unless said. Some ten seconds pass in all, and
    /// more on a slow machine.
    #[must_use]
    pub fn passing_time_by<F>(self, pass: impl Fn(Duration) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self(self.0.passing_time_by(pass))
    }

    /// The names of all cases.
    pub fn cases() -> impl Iterator<Item = &'static str> {
        all().map(|case| case.name)
    }

    /// Runs all cases, and answers those that went wrong. Where the machine was too slow to say so,
    /// because a time of tenths of a second had ended before it was measured, a case is tried again
    /// with up to three seconds.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the run; what the cases have opened ends by itself.
    pub async fn run(&self) -> Vec<Violation> {
        self.0.run(all()).await
    }
}

impl ConformanceRun<'_, dyn ConformanceStore> {
    /// Opens a challenge by a rule; what the right guess is, and the store's answer.
    async fn open_by(
        &self,
        new: &NewChallenge,
        rule: &OpenRule,
    ) -> Result<otpost::store::Opened, String> {
        self.store().open(new, rule).await.map_err(failed)
    }

    /// Opens one that nothing keeps from it.
    async fn opened(&self, attempts: u16) -> Result<NewChallenge, String> {
        let new = challenge(attempts);
        let opened = self.open_by(&new, &free()).await?;
        ensure!(matches!(opened, otpost::store::Opened::Created { .. }), opened);
        Ok(new)
    }

    async fn attempt(&self, id: &ChallengeId, guess: &Mac) -> Result<Attempt, String> {
        self.attempt_by(id, guess, None, &patient()).await
    }

    async fn attempt_by(
        &self,
        id: &ChallengeId,
        guess: &Mac,
        nonce: Option<&Nonce>,
        rule: &AttemptRule,
    ) -> Result<Attempt, String> {
        self.store().attempt(id, guess, nonce, rule).await.map_err(failed)
    }

    async fn resend_by(&self, id: &ChallengeId, rule: &ResendRule) -> Result<Resent, String> {
        self.store().resend(id, rule).await.map_err(failed)
    }
}

impl fmt::Debug for StoreConformance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreConformance").field("store", &self.0.store).finish_non_exhaustive()
    }
}

/// Runs an outbox through all that the contract of [`OutboxStore`] says. Nobody else may claim from
/// it meanwhile.
///
/// # Examples
///
/// ```
/// use otpost::store::MemoryStore;
/// use otpost::testing::ManualClock;
/// use otpost_testing::OutboxConformance;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let clock = ManualClock::at(1_700_000_000);
/// let store = MemoryStore::new().with_clock(clock.clone());
/// let suite = OutboxConformance::new(store).passing_time_by(move |time| {
///     clock.advance(time);
///     async {}
/// });
/// assert_eq!(suite.run().await, []);
/// # }
/// ```
pub struct OutboxConformance(Suite<dyn OutboxStore>);

impl OutboxConformance {
    /// Of this outbox, in which no intent is due.
    #[must_use]
    pub fn new(outbox: impl OutboxStore) -> Self {
        // An intent ends with its challenge.
        Self(Suite::new(Arc::new(outbox) as Arc<dyn OutboxStore>).with_leftovers(MINUTE))
    }

    /// Makes time pass for the store; by waiting, unless said. Some ten seconds pass in all, and
    /// more on a slow machine.
    #[must_use]
    pub fn passing_time_by<F>(self, pass: impl Fn(Duration) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self(self.0.passing_time_by(pass))
    }

    /// Runs all cases, and answers those that went wrong. Where the machine was too slow to say so,
    /// a minute passes before a case is tried again with longer times.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the run; what the cases have queued ends by itself.
    pub async fn run(&self) -> Vec<Violation> {
        self.0.run(outbox::CASES.iter()).await
    }
}

impl fmt::Debug for OutboxConformance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutboxConformance").field("outbox", &self.0.store).finish_non_exhaustive()
    }
}

fn all() -> impl Iterator<Item = &'static Case<dyn ConformanceStore>> {
    [attempts::CASES, sends::CASES, locks::CASES, counters::CASES, races::CASES]
        .into_iter()
        .flatten()
}

fn failed(error: StoreError) -> String {
    format!("{error:?}")
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // Without randomness all cases collide, and say so.
    let _ = fill_random(&mut bytes);
    bytes
}

/// A challenge of a recipient that nobody else has.
fn challenge(attempts: u16) -> NewChallenge {
    challenge_of(random(), attempts)
}

fn challenge_of(recipient: [u8; 8], attempts: u16) -> NewChallenge {
    let id = ChallengeId::new(0, recipient, random());
    let (mac, salt) = (Mac::new(random()), Salt::new(random()));
    NewChallenge::new(id, mac, salt, Context::new(random()), attempts)
}

fn wrong() -> Mac {
    Mac::new(random())
}

fn tag() -> CounterTag {
    CounterTag::new(random())
}

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

/// A rule that keeps nothing from being sent.
fn free() -> OpenRule {
    let windows = [SendWindow::new(u16::MAX, MINUTE), SendWindow::new(u16::MAX, DAY)];
    OpenRule::new(MINUTE, Duration::ZERO, Duration::ZERO, windows)
}

/// A rule by which a challenge expires after `lifetime`.
fn lasting(lifetime: Duration) -> OpenRule {
    let mut rule = free();
    rule.lifetime = lifetime;
    rule
}

/// A rule with a cooldown between messages.
fn waiting(cooldown: Duration, longest: Duration) -> OpenRule {
    let mut rule = free();
    (rule.cooldown, rule.longest_cooldown) = (cooldown, longest);
    rule
}

/// A rule with two windows of messages.
fn limited(short: SendWindow, long: SendWindow) -> OpenRule {
    let mut rule = free();
    rule.windows = [short, long];
    rule
}

fn free_resend() -> ResendRule {
    ResendRule::new(free(), Duration::ZERO)
}

/// A rule by which nobody is locked.
fn patient() -> AttemptRule {
    AttemptRule::new(u16::MAX, Duration::ZERO, Duration::ZERO, DAY)
}
