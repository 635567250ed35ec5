use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::Duration;

use super::assurance::{Assurance, Paid};
use super::client::Client;
use super::device::DeviceToken;
use super::event::{Event, EventKind, RefusedReason};
use super::intent::Planned;
use super::issued::{Challenge, Delivery};
use super::options::{Options, binding_option, message_options};
use super::purpose::Purpose;
use super::reservation::Requester;
use super::sending::About;
use super::store_calls::StoreCalls;
use super::token::{ChallengeToken, Handle};
use super::{ChallengeError, ChallengeErrorKind, Challenges, trace};
use crate::message::Message;
use crate::otp::fill_random;
use crate::phone::PhoneNumber;
use crate::store::{ChallengeId, Mac, NewChallenge, Opened, OutboxStore, StoreError};
use crate::telemetry;

/// A request to issue a challenge, created by [`Challenges::issue`].
///
/// Nothing happens until it is awaited. It then returns a [`Challenge`] or a [`ChallengeError`].
#[must_use = "nothing is issued until it is awaited"]
pub struct Issue<'a> {
    challenges: &'a Challenges,
    to: &'a PhoneNumber,
    purpose: Purpose<'a>,
    client: Client,
    options: Options<'a>,
    calls: StoreCalls<'a>,
}

/// A challenge and its message, with nothing reserved or stored yet. Every step that can fail
/// without a store has succeeded.
struct Draft {
    new: NewChallenge,
    message: Message,
}

impl Challenges {
    /// Issues a code for a purpose and sends it. Set options on the returned value, then await it
    /// to get the [`Challenge`]. Earlier challenges of the recipient stay pending.
    ///
    /// A message that may have been sent is not an error: [`Challenge::delivery`] is then
    /// [`Delivery::Unknown`]. With an [outbox](super::ChallengesBuilder::outbox) it is
    /// [`Delivery::Queued`], and only the [`Observer`](super::Observer) learns what a worker sent.
    ///
    /// # Limits
    ///
    /// A request counts as one of a stranger unless [`human`](Issue::human) or
    /// [`device`](Issue::device) says otherwise. The limits of the client are checked first, then
    /// those of the recipient per day, those that new numbers share ([`Limits`](super::Limits)),
    /// and last the lock, the messages per hour and the cooldown of the recipient
    /// ([`Policy`](super::Policy)). A refusal takes no place under any of them but the client's. If
    /// the share of strangers is used up, the kind is
    /// [`Contested`](ChallengeErrorKind::Contested): show a CAPTCHA, and issue again with `human`.
    ///
    /// # Errors
    ///
    /// Returns a [`ChallengeError`] if the region policy or a limit refuses the message, if the
    /// message cannot be created, if the store fails, if the message was not sent, or if the
    /// gateway rejected it. A challenge that was already stored is then revoked, or it expires. A
    /// message that was not sent counts for the client only.
    pub fn issue<'a>(
        &'a self,
        to: &'a PhoneNumber,
        purpose: Purpose<'a>,
        client: impl Into<Client>,
    ) -> Issue<'a> {
        Issue::new(self, to, purpose, client.into())
    }
}

impl<'a> Issue<'a> {
    binding_option!();
    message_options!();

    pub(super) fn new(
        challenges: &'a Challenges,
        to: &'a PhoneNumber,
        purpose: Purpose<'a>,
        client: Client,
    ) -> Self {
        let calls = challenges.calls();
        Self { challenges, to, purpose, client, options: Options::default(), calls }
    }

    /// States that the application knows the requester to be a person, for example by a CAPTCHA, a
    /// session or a payment. The request then has the limits of humans, which strangers cannot use
    /// up. With a valid token of a [`device`](Self::device), it does nothing.
    ///
    /// Call it after a refusal with [`ChallengeErrorKind::Contested`], once the CAPTCHA is solved.
    #[doc(alias = "captcha")]
    pub const fn human(mut self) -> Self {
        self.options.is_human = true;
        self
    }

    /// Passes the token of a device on which this number was verified before, from
    /// [`Accepted::device_token`](super::Accepted::device_token). The request then has limits of
    /// its own, also as a client, and the limits that new numbers share do not apply.
    ///
    /// A token that is not valid for this number is ignored, so the cookie of the browser can be
    /// passed as it is.
    #[doc(alias = "device cookie")]
    pub const fn device(mut self, token: &'a DeviceToken) -> Self {
        self.options.device = Some(token);
        self
    }

    /// Revokes an earlier challenge of the same session and purpose when the new one is stored, for
    /// example if the user opens the page a second time. The limits apply as always. A token that
    /// is not valid is ignored.
    pub const fn replaces(mut self, token: &'a ChallengeToken) -> Self {
        self.options.replaces = Some(token);
        self
    }

    /// Issues a decoy if `is_decoy` is set: a challenge for a user who does not exist, so that the
    /// page does not reveal which accounts exist.
    ///
    /// A decoy behaves like a challenge for a number that has verified before: it has the same
    /// limits of the client and the recipient, region rule, hint, delivery, cooldowns, attempts and
    /// locks. No message is sent, and every code is wrong. If the user gives something else than a
    /// phone number, use [`decoy_number`](Challenges::decoy_number).
    ///
    /// # Security
    ///
    /// Sending a message takes time, and a decoy sends none, so the response time can reveal it.
    /// Use an [outbox](super::ChallengesBuilder::outbox), or return the page before the message is
    /// sent. An [observer](super::Observer) gets no event when a decoy is issued, so a slow one
    /// reveals it too.
    #[doc(alias = "user enumeration")]
    pub const fn decoy(mut self, is_decoy: bool) -> Self {
        self.options.is_decoy = is_decoy;
        self
    }

    async fn issue(self) -> Result<Challenge, ChallengeError> {
        self.check_region()?;
        let by = self.assurance();
        // Draft before reserving: a text that cannot be sent must not take a place.
        let draft = self.draft(by)?;
        let request = Requester {
            purpose: self.purpose,
            to: self.to,
            is_real: !self.challenges.is_test(self.to) && !self.options.is_decoy,
            shown: self.shown(),
            client: &self.client,
            by,
            calls: &self.calls,
        };
        let paid = self.challenges.reserve(&request).await?;
        match self.open(&draft, paid).await {
            Ok(opened) => opened.challenge(&self, &draft).await,
            Err(refused) => {
                if !self.may_be_queued(&draft, &refused).await {
                    self.give_back(&paid).await;
                }
                Err(refused)
            }
        }
    }

    fn check_region(&self) -> Result<(), ChallengeError> {
        let Err(refused) = self.challenges.0.regions.check(self.to) else { return Ok(()) };
        let event = Event::new(EventKind::Refused(RefusedReason::Region), self.purpose);
        self.challenges.tell(match self.shown() {
            Some(to) => event.to(to),
            None => event,
        });
        Err(refused.into())
    }

    /// Returns the number that events show, or `None` for a decoy.
    fn shown(&self) -> Option<&'a PhoneNumber> {
        Some(self.to).filter(|_| !self.options.is_decoy)
    }

    fn assurance(&self) -> Assurance {
        let inner = &*self.challenges.0;
        let now = inner.clock.now();
        let device = self.options.device.and_then(|token| token.open(&inner.keys, self.to, now));
        match device {
            Some(device) => {
                let values = [device.as_slice(), self.to.e164().as_bytes()];
                Assurance::Device(inner.keys.counter("device", values))
            }
            None if self.options.is_human => Assurance::Human,
            None => Assurance::Stranger,
        }
    }

    fn draft(&self, by: Assurance) -> Result<Draft, ChallengeError> {
        let inner = &*self.challenges.0;
        let (random, salt) = self.challenges.draw()?;
        let id = inner.keys.identity(self.purpose, self.to, by, random);
        let no_key = || ChallengeError::new(ChallengeErrorKind::Random);
        // A decoy takes the same steps as a real challenge, so that it takes the same time.
        let code = self.challenges.code(&id, &salt, self.to).ok_or_else(no_key)?;
        let about = About::new(self.to, self.purpose, &self.options);
        let (lifetime, name) = (inner.policy.lifetime(), inner.keys.message(&id));
        let message = self.challenges.message(about, &code, lifetime, name)?;
        // The binding is part of the MAC, so `verify` with another binding is a wrong code for the
        // store.
        let mac = inner.keys.mac(&id, self.purpose, self.options.binding, &code);
        let mut unknown = [0; 16];
        fill_random(&mut unknown)?;
        // A decoy has a random MAC, which matches no code.
        let mac = if self.options.is_decoy { Some(Mac::new(unknown)) } else { mac };
        let binding = inner.keys.binding(&id, self.options.binding).ok_or_else(no_key)?;
        let new = NewChallenge::new(id, mac.ok_or_else(no_key)?, salt, inner.policy.attempts);
        Ok(Draft { new: new.with_binding(binding), message })
    }

    /// Stores the challenge, and with an outbox also its message, for a worker to send.
    async fn open(&self, draft: &Draft, paid: Paid) -> Result<Open, ChallengeError> {
        let (inner, id) = (&*self.challenges.0, draft.new.id);
        let handle =
            Handle { id, recipient: self.to.clone(), is_decoy: self.options.is_decoy, paid };
        let no_key = || ChallengeError::new(ChallengeErrorKind::Random);
        let token = ChallengeToken::seal(&handle, &inner.keys, self.purpose)?.ok_or_else(no_key)?;
        // A test number gets no message.
        let is_test = self.challenges.is_test(self.to);
        let outbox = inner.outbox.as_deref().filter(|_| !is_test);
        let opened = match outbox {
            Some(outbox) => self.queue(outbox, draft, paid).await?,
            None => self.calls.open(&draft.new, &inner.policy.open_rule()).await,
        };
        let resend_in = self.opened(&id, paid, opened)?;
        if let Some(older) = self.options.replaces {
            // The new challenge is what counts. An older one that cannot be revoked expires.
            let _ = self.challenges.revoke_with(&self.calls, older, self.purpose).await;
        }
        Ok(Open { handle, token, resend_in, is_queued: outbox.is_some(), is_test })
    }

    /// Stores the challenge and its message in one step.
    async fn queue(
        &self,
        outbox: &dyn OutboxStore,
        draft: &Draft,
        paid: Paid,
    ) -> Result<Result<Opened, StoreError>, ChallengeError> {
        let (inner, id) = (&*self.challenges.0, &draft.new.id);
        // The worker may run in another process. It gets all that the message needs but the code,
        // which it derives from the salt again.
        let planned = Planned {
            to: self.to.clone(),
            purpose: self.purpose.as_str().to_owned(),
            locale: self.options.locale.clone(),
            vars: self.options.vars.clone(),
            paid,
            is_decoy: self.options.is_decoy,
            resend: None,
        };
        let no_key = || ChallengeError::new(ChallengeErrorKind::Random);
        let intent = planned.seal(&inner.keys, id)?.ok_or_else(no_key)?;
        let queue = inner.keys.queue_of(id).ok_or_else(no_key)?;
        let rule = inner.policy.open_rule();
        Ok(self.calls.open_queued(outbox, &draft.new, &rule, &queue, &intent).await)
    }

    /// Revokes a challenge that may be stored although the response of the store was lost, with its
    /// message. Without this, a worker would send a code that belongs to no page.
    ///
    /// Returns `true` if its message may be queued. Then the worker gives back its places, once.
    async fn may_be_queued(&self, draft: &Draft, refused: &ChallengeError) -> bool {
        let is_queue = self.challenges.0.outbox.is_some() && !self.challenges.is_test(self.to);
        is_queue
            && refused.kind() == ChallengeErrorKind::Unavailable
            && !matches!(self.calls.revoke(&draft.new.id).await, Ok(false))
    }

    /// Converts the result of opening the challenge to the time until the next message.
    fn opened(
        &self,
        id: &ChallengeId,
        paid: Paid,
        opened: Result<Opened, StoreError>,
    ) -> Result<Duration, ChallengeError> {
        let purpose = self.purpose;
        let (kind, why, wait) = match self.challenges.stored(purpose, Some(id), opened)? {
            Opened::Created { resend_in } => {
                if let Some(to) = self.shown() {
                    self.challenges.tell(Event::new(EventKind::Issued, purpose).of(id).to(to));
                }
                return Ok(resend_in);
            }
            Opened::Cooldown(wait) => (ChallengeErrorKind::Cooldown, RefusedReason::Cooldown, wait),
            Opened::Locked(wait) => (ChallengeErrorKind::Locked, RefusedReason::Locked, wait),
            Opened::Quota(wait) => (ChallengeErrorKind::Quota, RefusedReason::Quota, wait),
        };
        let kind = contested(kind, paid.by);
        Err(self.challenges.refuse(kind, why, Some(wait), purpose, self.shown()))
    }

    /// Sends the message of a challenge that is open.
    async fn send(&self, draft: &Draft, opened: &Open) -> Result<Delivery, ChallengeError> {
        if opened.is_test {
            return Ok(Delivery::Unneeded);
        }
        if opened.is_queued {
            return Ok(Delivery::Queued);
        }
        let (id, message, is_decoy) = (&draft.new.id, &draft.message, self.options.is_decoy);
        match self.challenges.deliver(&self.calls, id, message, self.purpose, is_decoy).await {
            Ok(delivery) => Ok(delivery),
            Err(error) => {
                // No user has its code. If the store is unavailable, the challenge expires.
                let _ = self.calls.return_permit(id, true).await;
                self.give_back(&opened.handle.paid).await;
                Err(ChallengeError::send(error))
            }
        }
    }

    async fn give_back(&self, paid: &Paid) {
        self.challenges.give_back(&self.calls, self.purpose, self.to, paid).await;
    }
}

/// A challenge that is stored.
struct Open {
    handle: Handle,
    token: ChallengeToken,
    resend_in: Duration,
    is_queued: bool,
    is_test: bool,
}

impl Open {
    async fn challenge(
        self,
        issue: &Issue<'_>,
        draft: &Draft,
    ) -> Result<Challenge, ChallengeError> {
        let delivery = issue.send(draft, &self).await?;
        let challenges = issue.challenges;
        let lifetime = challenges.0.policy.lifetime();
        Ok(challenges.challenge(self.token, &self.handle, lifetime, self.resend_in, delivery))
    }
}

/// Returns the kind of a refusal by a limit of the recipient. Strangers have only used up their own
/// share of it.
pub(super) fn contested(kind: ChallengeErrorKind, by: Assurance) -> ChallengeErrorKind {
    match kind {
        ChallengeErrorKind::Locked | ChallengeErrorKind::Quota if by.is_stranger() => {
            ChallengeErrorKind::Contested
        }
        kind => kind,
    }
}

impl Challenges {
    pub(super) fn challenge(
        &self,
        token: ChallengeToken,
        handle: &Handle,
        expires_in: Duration,
        resend_in: Duration,
        delivery: Delivery,
    ) -> Challenge {
        let now = self.0.clock.now();
        let after = |span| now.checked_add(span).unwrap_or(now);
        let (expires_at, resend_at) = (after(expires_in), after(resend_in));
        let hint = handle.recipient.to_string();
        Challenge { id: handle.id, token, expires_at, resend_at, hint, delivery }
    }
}

impl<'a> IntoFuture for Issue<'a> {
    type Output = Result<Challenge, ChallengeError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        if !telemetry::is_on() {
            return Box::pin(self.issue());
        }
        Box::pin(trace::issue(self.purpose, self.shown(), self.issue()))
    }
}

impl fmt::Debug for Issue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issue")
            .field("to", &self.shown())
            .field("purpose", &self.purpose)
            .finish_non_exhaustive()
    }
}
