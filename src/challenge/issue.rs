use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::Duration;

use super::client::Client;
use super::event::{Event, EventKind, RefusedReason};
use super::intent::Planned;
use super::issued::{Challenge, Delivery};
use super::options::{Options, binding_option, message_options};
use super::purpose::Purpose;
use super::sending::{About, Requester};
use super::store_calls::StoreCalls;
use super::token::{ChallengeToken, Handle};
use super::{ChallengeError, ChallengeErrorKind, Challenges, decoy, trace};
use crate::message::Message;
use crate::otp::fill_random;
use crate::phone::PhoneNumber;
use crate::store::{
    ChallengeId, Context, Mac, NewChallenge, Opened, OutboxStore, Salt, StoreError,
};
use crate::telemetry;

/// A request to issue a challenge, created by [`Challenges::issue`].
///
/// Nothing happens until it is awaited. It then returns a [`Challenge`] or a [`ChallengeError`].
#[must_use = "nothing is issued until it is awaited"]
pub struct Issue<'a> {
    challenges: &'a Challenges,
    recipient: Recipient<'a>,
    purpose: Purpose<'a>,
    client: Client,
    options: Options<'a>,
    calls: StoreCalls<'a>,
}

/// The recipient of a challenge, as given by the application.
#[derive(Clone, Copy)]
pub(super) enum Recipient<'a> {
    Decoy { subject: &'a str, like: &'a PhoneNumber },
    Number(&'a PhoneNumber),
}

/// A challenge that is complete but not stored yet. Every step that can fail without a store has
/// succeeded.
struct Draft {
    handle: Handle,
    token: ChallengeToken,
    new: NewChallenge,
    /// `None` for a decoy.
    message: Option<Message>,
}

impl Challenges {
    /// Issues a code for a purpose and sends it. Set options on the returned value, then await it
    /// to get the [`Challenge`]. Earlier challenges of the recipient stay pending.
    ///
    /// A message that may have been sent is not an error: [`Challenge::delivery`] is then
    /// [`Delivery::Unknown`]. With an [outbox](super::ChallengesBuilder::outbox) it is
    /// [`Delivery::Queued`], and only the [`Observer`](super::Observer) learns what a worker sent.
    ///
    /// # Errors
    ///
    /// Returns a [`ChallengeError`] if the region policy or a limit refuses the message, if the
    /// message cannot be created, if the store fails, if the message was not sent, or if the
    /// gateway rejected it. A challenge that was already stored is then revoked, or it expires.
    pub fn issue<'a>(
        &'a self,
        to: &'a PhoneNumber,
        purpose: Purpose<'a>,
        client: impl Into<Client>,
    ) -> Issue<'a> {
        Issue::new(self, Recipient::Number(to), purpose, client.into())
    }

    /// Issues a challenge for an unknown user, so that the page does not reveal which accounts
    /// exist. Await the returned value to get the [`Challenge`].
    ///
    /// A decoy has a token, a hint, an expiry time, cooldowns, attempts and locks like a real
    /// challenge, but no message is sent and every code is wrong. Its
    /// [`delivery`](Challenge::delivery) is [`Delivery::Unneeded`], so do not show the delivery on
    /// the page.
    ///
    /// `subject` is the user's input, such as a user name. Cooldowns and counters are kept per
    /// subject, as they are kept per number for a real challenge. The hint is that of `like`, for
    /// example a number of the application's country, with last digits that are derived from the
    /// subject. The token can be passed to [`resend`](Self::resend) and [`verify`](Self::verify)
    /// like any other.
    ///
    /// # Errors
    ///
    /// The same as [`issue`](Self::issue), except that sending cannot fail, and that the region
    /// policy and the [`Guards`](super::Guards) per range and region do not apply.
    ///
    /// # Security
    ///
    /// Sending a message takes time, and a decoy sends none, so the response time can reveal it.
    /// Use an [outbox](super::ChallengesBuilder::outbox), or return the page before the message is
    /// sent.
    #[doc(alias = "user enumeration")]
    pub fn issue_decoy<'a>(
        &'a self,
        subject: &'a str,
        purpose: Purpose<'a>,
        like: &'a PhoneNumber,
        client: impl Into<Client>,
    ) -> Issue<'a> {
        Issue::new(self, Recipient::Decoy { subject, like }, purpose, client.into())
    }
}

impl<'a> Issue<'a> {
    binding_option!();
    message_options!();

    pub(super) fn new(
        challenges: &'a Challenges,
        recipient: Recipient<'a>,
        purpose: Purpose<'a>,
        client: Client,
    ) -> Self {
        let calls = challenges.calls();
        Self { challenges, recipient, purpose, client, options: Options::default(), calls }
    }

    async fn issue(self) -> Result<Challenge, ChallengeError> {
        self.check_region()?;
        // Draft before opening: a text that cannot be sent must not use up a permit.
        let draft = self.draft()?;
        let outbox = self.challenges.0.outbox.as_deref();
        let (resend_in, delivery) = match outbox.filter(|_| self.is_sent(&draft)) {
            Some(outbox) => (self.queue(outbox, &draft).await?, Delivery::Queued),
            None => self.open_and_send(&draft).await?,
        };
        let lifetime = self.challenges.0.policy.lifetime();
        Ok(self.challenges.challenge(draft.token, &draft.handle, lifetime, resend_in, delivery))
    }

    /// Returns the phone number of the recipient, or `None` for a decoy.
    const fn to(&self) -> Option<&'a PhoneNumber> {
        match self.recipient {
            Recipient::Decoy { .. } => None,
            Recipient::Number(to) => Some(to),
        }
    }

    fn check_region(&self) -> Result<(), ChallengeError> {
        let Some(to) = self.to() else { return Ok(()) };
        let Err(refused) = self.challenges.0.regions.check(to) else { return Ok(()) };
        let event = EventKind::Refused(RefusedReason::Region);
        self.challenges.tell(Event::new(event, self.purpose).to(to));
        Err(refused.into())
    }

    fn draft(&self) -> Result<Draft, ChallengeError> {
        let inner = &*self.challenges.0;
        let (random, salt) = self.challenges.draw()?;
        // `tagged` is what the store counts by, and `recipient` is what the token and the hint
        // show.
        let (tagged, recipient) = match self.recipient {
            Recipient::Decoy { subject, like } => {
                (decoy::tagged(subject), decoy::number(&inner.keys, subject, like))
            }
            Recipient::Number(to) => (to.e164().to_owned(), to.clone()),
        };
        let id = inner.keys.identity(self.purpose, &tagged, random);
        let handle = Handle { id, recipient, is_decoy: self.to().is_none() };
        let no_key = || ChallengeError::new(ChallengeErrorKind::Random);
        let token = ChallengeToken::seal(&handle, &inner.keys, self.purpose)?.ok_or_else(no_key)?;
        let (mac, message) = match self.to() {
            None => {
                // Reject a text that a real number would reject too, or the error would reveal the
                // decoy.
                let about = About::new(&handle.recipient, self.purpose, &self.options);
                self.challenges.check_message(about)?;
                // A random MAC, which matches no code.
                let mut mac = [0; 16];
                fill_random(&mut mac)?;
                (Mac::new(mac), None)
            }
            Some(to) => self.message(&id, &salt, to)?,
        };
        // The store returns the context with a success, which a decoy never has.
        let context = self.to().map_or(Context::new([0; 12]), |to| self.challenges.context(to));
        let binding = inner.keys.binding(&id, self.options.binding).ok_or_else(no_key)?;
        let new = NewChallenge::new(id, mac, salt, context, inner.policy.attempts);
        Ok(Draft { handle, token, new: new.with_binding(binding), message })
    }

    /// Creates the message with its code, and the MAC of the code.
    fn message(
        &self,
        id: &ChallengeId,
        salt: &Salt,
        to: &PhoneNumber,
    ) -> Result<(Mac, Option<Message>), ChallengeError> {
        let inner = &*self.challenges.0;
        let no_key = || ChallengeError::new(ChallengeErrorKind::Random);
        let code = self.challenges.code(id, salt, to).ok_or_else(no_key)?;
        let about = About::new(to, self.purpose, &self.options);
        let (lifetime, name) = (inner.policy.lifetime(), inner.keys.message(id));
        let message = self.challenges.message(about, &code, lifetime, name)?;
        // The binding is part of the MAC, so `verify` with another binding is a wrong code for the
        // store.
        let mac = inner.keys.mac(id, self.purpose, self.options.binding, &code);
        Ok((mac.ok_or_else(no_key)?, Some(message)))
    }

    fn is_sent(&self, draft: &Draft) -> bool {
        !draft.handle.is_decoy && !self.challenges.is_test(&draft.handle.recipient)
    }

    fn requester(&self) -> Requester<'_> {
        let (to, client) = (self.to(), &self.client);
        Requester { purpose: self.purpose, to, client, calls: &self.calls }
    }

    /// Stores the challenge and its message in one step, for a worker to send.
    async fn queue(
        &self,
        outbox: &dyn OutboxStore,
        draft: &Draft,
    ) -> Result<Duration, ChallengeError> {
        let (challenges, id) = (self.challenges, &draft.handle.id);
        // Count before queueing: a worker may send the message at once.
        challenges.guard(self.requester()).await?;
        // The worker may run in another process. It gets all that the message needs but the code,
        // which it derives from the salt again.
        let planned = Planned {
            to: draft.handle.recipient.clone(),
            purpose: self.purpose.as_str().to_owned(),
            locale: self.options.locale.clone(),
            vars: self.options.vars.clone(),
        };
        let no_key = || ChallengeError::new(ChallengeErrorKind::Random);
        let intent = planned.seal(&challenges.0.keys, id)?.ok_or_else(no_key)?;
        let queue = challenges.0.keys.queue_of(id).ok_or_else(no_key)?;
        let rule = challenges.0.policy.open_rule();
        let opened = self.calls.open_queued(outbox, &draft.new, &rule, &queue, &intent).await;
        if opened.is_err() {
            // The store may have stored both although its response was lost. Without this, a worker
            // would send a code that belongs to no page.
            let _ = self.calls.revoke(id).await;
        }
        self.opened(draft, opened)
    }

    /// Stores the challenge and sends its message.
    async fn open_and_send(&self, draft: &Draft) -> Result<(Duration, Delivery), ChallengeError> {
        let (challenges, id) = (self.challenges, &draft.handle.id);
        let opened = self.calls.open(&draft.new, &challenges.0.policy.open_rule()).await;
        let resend_in = self.opened(draft, opened)?;
        // Open before counting: a message that the cooldown refuses is not counted against its
        // range or the application.
        let sent = match (challenges.guard(self.requester()).await, &draft.message) {
            (Err(refused), _) => Err(refused),
            (Ok(()), None) => Ok(Delivery::Unneeded),
            (Ok(()), Some(message)) => challenges.deliver(id, message, self.purpose).await,
        };
        match sent {
            Ok(delivery) => Ok((resend_in, delivery)),
            Err(error) => {
                // No user has its code. If the store is unavailable, the challenge expires.
                let _ = self.calls.revoke(id).await;
                Err(error)
            }
        }
    }

    /// Converts the result of opening the challenge to the time until the next message.
    fn opened(
        &self,
        draft: &Draft,
        opened: Result<Opened, StoreError>,
    ) -> Result<Duration, ChallengeError> {
        let (id, purpose) = (&draft.handle.id, self.purpose);
        let (kind, why, wait) = match self.challenges.stored(purpose, Some(id), opened)? {
            Opened::Created { resend_in } => {
                if let Some(to) = self.to() {
                    self.challenges.tell(Event::new(EventKind::Issued, purpose).of(id).to(to));
                }
                return Ok(resend_in);
            }
            Opened::Cooldown(wait) => (ChallengeErrorKind::Cooldown, RefusedReason::Cooldown, wait),
            Opened::Locked(wait) => (ChallengeErrorKind::Locked, RefusedReason::Locked, wait),
            Opened::Quota(wait) => (ChallengeErrorKind::Quota, RefusedReason::Quota, wait),
        };
        Err(self.challenges.refuse(kind, why, Some(wait), purpose, self.to()))
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
        Box::pin(trace::issue(self.purpose, self.to(), self.issue()))
    }
}

impl fmt::Debug for Issue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issue")
            .field("to", &self.to())
            .field("purpose", &self.purpose)
            .finish_non_exhaustive()
    }
}
