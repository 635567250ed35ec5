use std::fmt;
use std::time::Duration;

use super::event::{Event, EventKind, RefusedReason};
use super::intent::Planned;
use super::issued::Delivery;
use super::purpose::Purpose;
use super::sending::About;
use super::step::Step;
use super::store_calls::StoreCalls;
use super::{ChallengeError, Challenges, trace};
use crate::clock::Timer;
use crate::message::{Message, MessageId};
use crate::provider::{Decision, Duplicates, SendError};
use crate::store::{Claim, Finish, OutboxStore, Salt, StoreErrorKind};
use crate::telemetry;

/// The default lease. It is longer than a provider takes: a provider's deadline defaults to 45 s.
const LEASE: Duration = Duration::from_secs(60);
/// The minimum remaining lifetime of a code. A message would arrive too late for a code that
/// expires sooner.
const LEAST_LEFT: Duration = Duration::from_secs(60);
/// An answer to a claim is late after a sixth of the lease: by default after 10 s, which leaves the
/// 45 s that a provider may take, and 5 s to finish the claim.
const LATE: u32 = 6;
/// The purpose in events of a message that was not decrypted yet.
const UNKNOWN: Purpose<'static> = Purpose::NONE;
/// The minimum time before a message that was not sent is retried.
const AGAIN: Duration = Duration::from_secs(5);

/// A worker that sends the messages in the [outbox](super::ChallengesBuilder::outbox). Any number
/// of workers can run in any number of processes. Each of them sends one message at a time.
///
/// The queue does not contain codes: the worker derives the code from the salt again. A failed
/// message is retried where the [decision table](crate::guide::delivery) allows it
/// ([`Step::Postponed`]). Otherwise it counts as sent if its fate is unknown ([`Step::Sent`]), and
/// is dropped if it was not sent or was refused ([`Step::Dropped`]). A message whose challenge is
/// no longer pending, or expires within 60 s, is removed and not sent ([`Step::Expired`]). A
/// message that was not sent in the end counts only for the client that requested it.
///
/// If a worker stops before it reports the result, another one takes the message when the lease
/// expires, by default after one minute. If the first worker had already sent it, the message is
/// sent twice, with the same code and the same [id](crate::message::MessageId).
/// [`EventKind::Repeated`] reports it before the second one is sent. If the second worker stops as
/// well, the message is removed, so that a message that stops its workers is not sent over and
/// over.
///
/// # Examples
///
/// ```
/// use otpost::PhoneNumber;
/// use otpost::challenge::{Challenges, Client, Delivery, Pepper, Purpose, Step};
/// use otpost::provider::ConsoleProvider;
/// use otpost::store::MemoryStore;
///
/// const LOGIN: Purpose = Purpose::new("login");
///
/// #[tokio::main]
/// async fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let gateway = ConsoleProvider::new();
///     let challenges = Challenges::builder(Pepper::random()?)
///         .app("Acme")
///         .provider(gateway)
///         .outbox(MemoryStore::new())
///         .regions(["CH"])
///         .build()?;
///     let to = PhoneNumber::parse("+41791234567")?;
///     let challenge = challenges.issue(&to, LOGIN, Client::Internal).await?;
///     assert!(matches!(challenge.delivery(), Delivery::Queued));
///
///     // In a task of its own:
///     // `worker.run(&TokioTimer::new(), Duration::from_millis(200)).await`.
///     let worker = challenges.worker().ok_or("there is no outbox")?;
///     assert_eq!(worker.step().await?, Step::Sent);
///     assert_eq!(worker.step().await?, Step::Idle);
///     Ok(())
/// }
/// ```
#[derive(Clone)]
pub struct Worker {
    challenges: Challenges,
    lease: Duration,
}

impl Challenges {
    /// Returns a worker that sends the messages in the outbox, or `None` if there is no outbox.
    #[must_use]
    pub fn worker(&self) -> Option<Worker> {
        self.0.outbox.is_some().then(|| Worker { challenges: self.clone(), lease: LEASE })
    }
}

impl Worker {
    /// Sets the time for which no other worker takes a claimed message. Defaults to 60 s. The
    /// provider must take at most three quarters of it, and the [store
    /// timeout](super::ChallengesBuilder::store_timeout) must be at most a twelfth of it. Otherwise
    /// another worker can send the message as well. The time of a delivery log does not count: a
    /// message is recorded after its claim is finished.
    ///
    /// If the store takes more than a sixth of the lease to answer a claim, the message is not
    /// sent but [postponed](Step::Postponed): another worker could take it while this one sends.
    /// If the lease is only a few milliseconds, a store over a network is usually too late. The
    /// [timer](super::ChallengesBuilder::timer) measures this; without one, a message is sent
    /// although the answer was late.
    #[doc(alias = "visibility timeout")]
    #[must_use]
    pub const fn with_lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// Sends messages one after the other until the future is dropped. When no message is due, or
    /// after an error of the store, it waits for `poll`. The
    /// [`Observer`](super::Observer) receives the error.
    ///
    /// # Cancel safety
    ///
    /// The same as [`step`](Self::step).
    pub async fn run(&self, timer: &impl Timer, poll: Duration) {
        loop {
            // The observer has already received the error.
            if matches!(self.step().await, Ok(Step::Idle) | Err(_)) {
                timer.sleep(poll).await;
            }
        }
    }

    /// Sends one message, if one is due.
    ///
    /// # Errors
    ///
    /// Returns a [`ChallengeError`] if the store is unavailable. A claimed message becomes due
    /// again when the lease expires, even if it was sent. A failed send is not an error but a
    /// [`Step`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before the message is sent loses nothing. After that, the message may be
    /// sent a second time, or be missing in the delivery log.
    pub async fn step(&self) -> Result<Step, ChallengeError> {
        let inner = &*self.challenges.0;
        let Some(outbox) = &inner.outbox else { return Ok(Step::Idle) };
        let claimed = self.claim(&self.challenges.calls(), &**outbox).await?;
        let Some((claim, is_late)) = claimed else { return Ok(Step::Idle) };
        let planned = Planned::open(&claim.intent, &inner.keys, &claim.id);
        let ClaimOutcome { step, how, sent } = match &planned {
            Some(planned) => self.send(&claim, planned, is_late).await,
            None => {
                // This tenant did not issue it, so it is not sent.
                let event = EventKind::StoreFailed(StoreErrorKind::Corrupt);
                self.challenges.tell(Event::new(event, UNKNOWN).of(&claim.id));
                ClaimOutcome::new(Step::Dropped, Finish::Done)
            }
        };
        telemetry::worker_step(trace::step(step), claim.is_repeated, &claim.id);
        // The calls after the message have a budget of store time of their own. With what a slow claim
        // has left, the claim of a message that was sent could not be finished.
        let calls = self.challenges.calls();
        // Finish after sending. If the worker stops in between, the message is repeated. In the
        // other order it would be lost.
        let finished = calls.finish(&**outbox, &claim, how).await;
        let finished = self.challenges.stored(UNKNOWN, Some(&claim.id), finished);
        // The delivery log comes last. If its store hangs, also without a store timeout, the claim
        // is finished, so no other worker takes it when the lease expires. A message that is
        // missing in the log has a report that is ignored. A second message cannot be taken back.
        if let Some(sent) = sent {
            self.log(&calls, &claim, &sent).await;
        }
        let is_latest = finished?;
        // Of a claim that was taken over, another worker decides what becomes of its message.
        if is_latest && matches!(step, Step::Dropped | Step::Expired) {
            self.settle(&calls, &claim, planned.as_ref()).await?;
        }
        Ok(step)
    }

    /// Revokes the challenge of a message that will not be sent any more, and gives back what the
    /// message has reserved.
    async fn settle(
        &self,
        calls: &StoreCalls<'_>,
        claim: &Claim,
        planned: Option<&Planned>,
    ) -> Result<(), ChallengeError> {
        // A message that may have been sent before keeps its places. The places of this one are not
        // those that `verify` gives back if the challenge was used: `verify` gives back those of the
        // first message, and the code of a first message that was never sent is known to nobody.
        let unsent = planned.filter(|_| !claim.is_repeated);
        // No user will get this code. Without the revocation, the challenge could still be guessed
        // until it expires. With a resend, the user may have the code of the first message.
        let is_resend = planned.is_some_and(|planned| planned.resend.is_some());
        let ended = match unsent {
            Some(_) => calls.return_permit(&claim.id, !is_resend).await,
            None if is_resend => Ok(false),
            None => calls.revoke(&claim.id).await,
        };
        self.challenges.stored(UNKNOWN, Some(&claim.id), ended)?;
        if let Some(Planned { to, purpose, paid, .. }) = unsent {
            self.challenges.give_back(calls, Purpose::new(purpose), to, paid).await;
        }
        Ok(())
    }

    /// Claims a message of this tenant that is due. Also says whether the store's answer was so
    /// late that the rest of the lease may be shorter than the provider takes.
    async fn claim(
        &self,
        calls: &StoreCalls<'_>,
        outbox: &dyn OutboxStore,
    ) -> Result<Option<(Claim, bool)>, ChallengeError> {
        // There is one queue for each key of the pepper, so a rotation loses no queued message.
        for queue in self.challenges.0.keys.queues() {
            // The lease begins when the store makes the claim, which can be at any time of the call.
            let begin = calls.elapsed();
            let claimed = calls.claim(outbox, &queue, self.lease, LEAST_LEFT).await;
            if let Some(claim) = self.challenges.stored(UNKNOWN, None, claimed)? {
                let took = calls.elapsed().saturating_sub(begin);
                return Ok(Some((claim, took.saturating_mul(LATE) > self.lease)));
            }
        }
        Ok(None)
    }

    async fn send<'p>(
        &self,
        claim: &Claim,
        planned: &'p Planned,
        is_late: bool,
    ) -> ClaimOutcome<'p> {
        match &claim.salt {
            // Also for a decoy, so that it gives back its places like a message to a known number.
            None => ClaimOutcome::new(Step::Expired, Finish::Done),
            Some(_) if planned.is_decoy => ClaimOutcome::new(Step::Decoy, Finish::Done),
            Some(_) if is_late => ClaimOutcome::postponed(claim, AGAIN),
            Some(salt) => self.send_in_time(claim, planned, salt).await,
        }
    }

    async fn send_in_time<'p>(
        &self,
        claim: &Claim,
        planned: &'p Planned,
        salt: &Salt,
    ) -> ClaimOutcome<'p> {
        const DROPPED: ClaimOutcome<'_> = ClaimOutcome::new(Step::Dropped, Finish::Done);
        let (challenges, id) = (&self.challenges, &claim.id);
        let (to, purpose) = (&planned.to, Purpose::new(&planned.purpose));
        // The policy may have become stricter since the message was queued.
        if challenges.0.regions.check(to).is_err() {
            let event = EventKind::Refused(RefusedReason::Region);
            challenges.tell(Event::new(event, purpose).of(id).to(to));
            return DROPPED;
        }
        // Report before sending: if this worker stops as well, the possible duplicate is still on
        // record.
        if claim.is_repeated {
            challenges.tell(Event::new(EventKind::Repeated, purpose).of(id).to(to));
        }
        let about = About { to, purpose, locale: planned.locale.as_ref(), vars: &planned.vars };
        let Some(code) = challenges.code(id, salt, to) else { return DROPPED };
        // The id is derived, not random. Both sends of a repeated message have it, so a gateway can
        // drop the second one.
        let name =
            planned.resend.map_or_else(|| challenges.0.keys.message(id), MessageId::from_bytes);
        let Ok(message) = challenges.message(about, &code, claim.expires_in, name) else {
            return DROPPED;
        };
        let delivery = match challenges.deliver_unlogged(id, &message, purpose, false).await {
            Ok(delivery) => delivery,
            Err(error) if may_go_again(&error) => {
                return ClaimOutcome::postponed(claim, wait(&error));
            }
            Err(_) => return DROPPED,
        };
        let (step, how) = match &delivery {
            // Retry an unknown fate only at a gateway that drops duplicates. Otherwise the user
            // would get the code twice.
            Delivery::Unknown(error) if may_go_again(error) => {
                (Step::Postponed, Finish::Unknown(wait(error)))
            }
            _ => (Step::Sent, Finish::Done),
        };
        ClaimOutcome { step, how, sent: Some(SentMessage { message, purpose, delivery }) }
    }

    /// Records a message in the delivery log.
    async fn log(&self, calls: &StoreCalls<'_>, claim: &Claim, sent: &SentMessage<'_>) {
        let SentMessage { message, purpose, delivery } = sent;
        self.challenges.log_delivery(calls, &claim.id, message, *purpose, delivery, false).await;
    }
}

/// The outcome of a claim.
struct ClaimOutcome<'p> {
    step: Step,
    how: Finish,
    sent: Option<SentMessage<'p>>,
}

/// A message that was or may have been sent, and is not recorded in the delivery log yet.
struct SentMessage<'p> {
    message: Message,
    purpose: Purpose<'p>,
    delivery: Delivery,
}

impl ClaimOutcome<'_> {
    const fn new(step: Step, how: Finish) -> Self {
        Self { step, how, sent: None }
    }

    /// This claim has sent nothing, and the message becomes due again after this time.
    const fn postponed(claim: &Claim, wait: Duration) -> Self {
        let how = match claim.is_repeated {
            // The claim before this one may have sent it.
            true => Finish::Unknown(wait),
            false => Finish::Again(wait),
        };
        Self::new(Step::Postponed, how)
    }
}

fn may_go_again(error: &SendError) -> bool {
    Decision::on(error, Duplicates::Avoid).retry_here
}

/// Returns the time until the message is sent again.
fn wait(error: &SendError) -> Duration {
    // A gateway may name no time. The minimum keeps `run` from calling a failing gateway in a tight
    // loop.
    error.retry_after().unwrap_or_default().max(AGAIN)
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("lease", &self.lease).finish_non_exhaustive()
    }
}
