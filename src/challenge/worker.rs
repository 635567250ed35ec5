use std::fmt;
use std::time::Duration;

use super::event::{Event, EventKind, RefusedReason};
use super::intent::Planned;
use super::issue::Delivery;
use super::purpose::Purpose;
use super::sending::About;
use super::{ChallengeError, Challenges, trace};
use crate::clock::Timer;
use crate::provider::{Decision, Duplicates, SendError};
use crate::store::{Claim, OutboxStore, Settle, StoreErrorKind};
use crate::telemetry;

/// Longer than any provider takes: its deadline is below a code's lifetime, and 45 s unless said.
const LEASE: Duration = Duration::from_secs(60);
/// A message about a code that ends sooner comes too late.
const LEAST_LEFT: Duration = Duration::from_secs(60);
/// The purpose in events of a message that has not been read yet.
const UNKNOWN: Purpose<'static> = Purpose::new("");
/// When a message of which nothing was sent is tried again.
const AGAIN: Duration = Duration::from_secs(5);

/// Sends what was issued by [`Challenges`] with an [outbox](super::ChallengesBuilder::outbox): any number of them, in any number of processes.
///
/// The code is in no queue: it is made anew from the salt. A message that was not sent is tried again every few seconds, as long as its code
/// is worth something; later it is dropped. When a worker ends between two steps, another one takes its message after a minute.
/// If that happened after it was sent, the message is sent twice, with the same code and the same
/// [identity](crate::message::MessageId), and [`EventKind::Repeated`] says so before; never three times.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "testing")]
/// # mod shown {
/// use otpost::PhoneNumber;
/// use otpost::challenge::{Challenges, Client, Delivery, Pepper, Purpose, Step};
/// use otpost::store::MemoryStore;
/// use otpost::testing::RecordingProvider;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # pub async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let phone = RecordingProvider::new();
/// # let gateway = phone.clone();
/// let challenges = Challenges::builder(Pepper::random()?)
///     .app("Acme")
///     .provider(gateway)
///     .outbox(MemoryStore::new())
///     .regions(["CH"])
///     .build()?;
/// const LOGIN: Purpose = Purpose::new("login");
/// let to = PhoneNumber::parse("+41791234567")?;
/// let challenge = challenges.issue(&to, LOGIN, Client::Internal).await?;
/// assert!(matches!(challenge.delivery(), Delivery::Queued));
///
/// // In a task of its own: `worker.run(&TokioTimer::new(), Duration::from_millis(200)).await`.
/// let worker = challenges.worker().ok_or("there is no outbox")?;
/// assert_eq!(worker.step().await?, Step::Sent);
/// assert_eq!(worker.step().await?, Step::Idle);
/// # assert_eq!(phone.messages().len(), 1);
/// # Ok(())
/// # }
/// # }
/// # #[cfg(feature = "testing")]
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// #     shown::main()
/// # }
/// # #[cfg(not(feature = "testing"))]
/// # fn main() {}
/// ```
#[derive(Clone)]
pub struct Worker {
    challenges: Challenges,
    lease: Duration,
}

/// What a worker has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Step {
    /// A message cannot be sent, and its challenge is revoked.
    Dropped,
    /// Nothing is due.
    Idle,
    /// Nothing was sent, and the message is due again.
    Postponed,
    /// A message was sent, or may have been.
    Sent,
}

impl Challenges {
    /// What sends messages that wait in the outbox; `None` without one.
    #[must_use]
    pub fn worker(&self) -> Option<Worker> {
        self.0.outbox.is_some().then(|| Worker { challenges: self.clone(), lease: LEASE })
    }
}

impl Worker {
    /// How long a message is this worker's: longer than its provider takes; 60 s unless said.
    #[must_use]
    pub const fn with_lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// Works until the future is dropped, and looks for messages that often where there are none.
    ///
    /// # Cancel safety
    ///
    /// As [`step`](Self::step).
    pub async fn run(&self, timer: &impl Timer, poll: Duration) {
        loop {
            // What went wrong was told to the observer.
            if matches!(self.step().await, Ok(Step::Idle) | Err(_)) {
                timer.sleep(poll).await;
            }
        }
    }

    /// Sends one message, if one is due.
    ///
    /// # Errors
    ///
    /// [`ChallengeError`] when the store does not answer. What was claimed comes again after the lease.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before the message is sent loses nothing; after that the message may be sent once more.
    pub async fn step(&self) -> Result<Step, ChallengeError> {
        let inner = &*self.challenges.0;
        let Some(outbox) = &inner.outbox else { return Ok(Step::Idle) };
        let Some(claim) = self.claim(&**outbox).await? else { return Ok(Step::Idle) };
        let (step, how) = self.send(&claim).await;
        telemetry::worker_step(trace::step(step), claim.is_repeated, &claim.id);
        let settled = outbox.settle(&claim, how).await;
        self.challenges.stored(UNKNOWN, Some(&claim.id), settled)?;
        if step == Step::Dropped {
            let revoked = inner.store.revoke(&claim.id).await;
            self.challenges.stored(UNKNOWN, Some(&claim.id), revoked)?;
        }
        Ok(step)
    }

    /// Takes a message of this tenant that is due.
    async fn claim(&self, outbox: &dyn OutboxStore) -> Result<Option<Claim>, ChallengeError> {
        for queue in self.challenges.0.keys.queues() {
            let claimed = outbox.claim(&queue, self.lease, LEAST_LEFT).await;
            if let Some(claim) = self.challenges.stored(UNKNOWN, None, claimed)? {
                return Ok(Some(claim));
            }
        }
        Ok(None)
    }

    async fn send(&self, claim: &Claim) -> (Step, Settle) {
        const DROPPED: (Step, Settle) = (Step::Dropped, Settle::Done);
        let (challenges, id) = (&self.challenges, &claim.id);
        let Some(planned) = Planned::open(&claim.intent, &challenges.0.keys, id) else {
            // Nobody has issued it here, so it is not sent.
            let event = EventKind::StoreFailed(StoreErrorKind::Corrupt);
            challenges.tell(Event::new(event, UNKNOWN).of(id));
            return DROPPED;
        };
        let (to, purpose) = (&planned.to, Purpose::new(&planned.purpose));
        if challenges.0.regions.check(to).is_err() {
            let event = EventKind::Refused(RefusedReason::Region);
            challenges.tell(Event::new(event, purpose).of(id).to(to));
            return DROPPED;
        }
        if claim.is_repeated {
            challenges.tell(Event::new(EventKind::Repeated, purpose).of(id).to(to));
        }
        let about = About { to, purpose, locale: planned.locale.as_ref(), vars: &planned.vars };
        let Some(code) = challenges.code(id, &claim.salt, to) else { return DROPPED };
        let name = challenges.0.keys.message(id);
        let Ok(message) = challenges.message(about, &code, claim.expires_in, name) else {
            return DROPPED;
        };
        match challenges.try_deliver(id, &message, purpose).await {
            Ok(Delivery::Unknown(error)) if may_go_again(&error) => again(&error),
            Ok(_) => (Step::Sent, Settle::Done),
            Err(error) if may_go_again(&error) => again(&error),
            Err(_) => DROPPED,
        }
    }
}

fn may_go_again(error: &SendError) -> bool {
    Decision::on(error, Duplicates::Avoid).retry_here
}

fn again(error: &SendError) -> (Step, Settle) {
    let wait = error.retry_after().unwrap_or_default().max(AGAIN);
    (Step::Postponed, Settle::Again(wait))
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("lease", &self.lease).finish_non_exhaustive()
    }
}
