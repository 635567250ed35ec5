use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::Duration;

use super::assurance::Paid;
use super::client::Client;
use super::event::{Event, EventKind, RefusedReason};
use super::intent::Planned;
use super::issue::contested;
use super::issued::{Challenge, Delivery};
use super::options::{Options, binding_option, message_options};
use super::purpose::Purpose;
use super::reservation::Requester;
use super::sending::About;
use super::store_calls::StoreCalls;
use super::token::{ChallengeToken, Handle};
use super::{ChallengeError, ChallengeErrorKind, Challenges, trace};
use crate::message::MessageId;
use crate::otp::fill_random;
use crate::phone::PhoneNumber;
use crate::store::{Mac, OutboxStore, ResendRule, Resent, Salt};
use crate::telemetry;

/// A request to send a code again, created by [`Challenges::resend`].
///
/// Nothing happens until it is awaited. It then returns a [`Challenge`] or a [`ChallengeError`].
#[doc(alias = "cooldown")]
#[must_use = "nothing is sent until it is awaited"]
pub struct Resend<'a> {
    challenges: &'a Challenges,
    token: &'a ChallengeToken,
    purpose: Purpose<'a>,
    client: Client,
    options: Options<'a>,
    calls: StoreCalls<'a>,
}

/// The store's permit to send the message again.
struct ResendPermit {
    salt: Salt,
    expires_in: Duration,
    resend_in: Duration,
}

impl Challenges {
    /// Sends the code of a challenge again, to the number that the challenge was issued for. Set
    /// options on the returned value, then await it to get the [`Challenge`], which has the same
    /// token and id.
    ///
    /// It sends the same code by default, or a new code if the policy [rotates
    /// codes](super::Policy::with_rotation). A resend does not extend the challenge's lifetime. It
    /// counts for the same kind of requester as its challenge. Language and variables are not
    /// remembered, so set them again, and repeat the binding. The region policy is not checked
    /// again. With an [outbox](super::ChallengesBuilder::outbox) the message is queued, in place of
    /// a first message that still waits.
    ///
    /// A message that may have been sent is not an error: [`Challenge::delivery`] is then
    /// [`Delivery::Unknown`].
    ///
    /// # Errors
    ///
    /// Returns a [`ChallengeError`] if a limit refuses the message, if the binding differs, if the
    /// message cannot be created, if the store fails, if the message was not sent, or if the
    /// gateway rejected it. Unless codes rotate, the code that was sent before stays valid.
    ///
    /// The kind is [`Gone`](ChallengeErrorKind::Gone) if there is no pending challenge, or if it
    /// expires within 60 s. Issue another challenge then, and also if codes rotate and the kind is
    /// `Random`, `Send` or `Unavailable`: the previous code may have been replaced. Issue another
    /// one with [`human`](super::Issue::human) if the kind is `Contested`, after a CAPTCHA.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::net::IpAddr;
    /// use otpost::challenge::{
    ///     Challenge, ChallengeError, ChallengeToken, Challenges, Purpose,
    /// };
    ///
    /// async fn send_again(
    ///     challenges: &Challenges,
    ///     token: &ChallengeToken,
    ///     client: IpAddr,
    /// ) -> Result<Challenge, ChallengeError> {
    ///     // The same purpose and binding as for `issue`.
    ///     challenges.resend(token, Purpose::new("login"), client).bind(b"session").await
    /// }
    /// # let _ = send_again;
    /// ```
    #[doc(alias = "cooldown")]
    pub fn resend<'a>(
        &'a self,
        token: &'a ChallengeToken,
        purpose: Purpose<'a>,
        client: impl Into<Client>,
    ) -> Resend<'a> {
        Resend::new(self, token, purpose, client.into())
    }
}

impl<'a> Resend<'a> {
    binding_option!();
    message_options!();

    pub(super) fn new(
        challenges: &'a Challenges,
        token: &'a ChallengeToken,
        purpose: Purpose<'a>,
        client: Client,
    ) -> Self {
        let calls = challenges.calls();
        Self { challenges, token, purpose, client, options: Options::default(), calls }
    }

    async fn resend(self) -> Result<Challenge, ChallengeError> {
        let challenges = self.challenges;
        let handle = self.token.open(&challenges.0.keys, self.purpose);
        let handle = handle.ok_or_else(gone)?;
        // With rotation, the new code must exist before the store is asked: taking the permit and
        // replacing the code are one atomic step.
        let rule = self.rule(&handle)?;
        let to = Some(&handle.recipient).filter(|_| !handle.is_decoy);
        // Check before the store counts: a text that cannot be sent must not use up a permit.
        challenges.check_message(About::new(&handle.recipient, self.purpose, &self.options))?;
        let request = Requester {
            purpose: self.purpose,
            to: &handle.recipient,
            // In this order, because a decoy takes the same steps.
            is_real: !challenges.is_test(&handle.recipient) && to.is_some(),
            shown: to,
            client: &self.client,
            // The kind of requester is fixed at the issue: it decides which messages and guesses
            // the challenge shares.
            by: handle.paid.by,
            calls: &self.calls,
        };
        let paid = challenges.reserve(&request).await?;
        let sent = match self.permit(&handle, &rule, to).await {
            Ok(permit) => {
                self.send(&handle, &permit, paid).await.map(|delivery| (permit, delivery))
            }
            Err(refused) => Err(refused),
        };
        let (permit, delivery) = match sent {
            Ok(sent) => sent,
            // A worker may send the message. Its places stay taken, and end with time.
            Err(error)
                if error.kind() == ChallengeErrorKind::Unavailable
                    && challenges.0.outbox.is_some() =>
            {
                return Err(error);
            }
            Err(error) => {
                challenges.give_back(&self.calls, self.purpose, &handle.recipient, &paid).await;
                return Err(error);
            }
        };
        let (token, expires_in) = (self.token.clone(), permit.expires_in);
        Ok(challenges.challenge(token, &handle, expires_in, permit.resend_in, delivery))
    }

    fn rule(&self, handle: &Handle) -> Result<ResendRule, ChallengeError> {
        let (inner, id) = (&*self.challenges.0, &handle.id);
        // The token does not contain the binding, so the store compares it. Otherwise the text
        // could show one payment while the code confirms another one.
        let binding = inner.keys.binding(id, self.options.binding).ok_or_else(gone)?;
        let rule = inner.policy.resend_rule().with_binding(binding);
        if !inner.policy.rotates {
            return Ok(rule);
        }
        let (_, salt) = self.challenges.draw()?;
        // No guess may match a decoy, also after a rotation. So its MAC is random again.
        let mac = if handle.is_decoy {
            let mut mac = [0; 16];
            fill_random(&mut mac)?;
            Mac::new(mac)
        } else {
            let code = self.challenges.code(id, &salt, &handle.recipient).ok_or_else(gone)?;
            let mac = inner.keys.mac(id, self.purpose, self.options.binding, &code);
            mac.ok_or_else(gone)?
        };
        Ok(rule.with_rotation(salt, mac))
    }

    /// Takes a permit to send the message again.
    async fn permit(
        &self,
        handle: &Handle,
        rule: &ResendRule,
        to: Option<&PhoneNumber>,
    ) -> Result<ResendPermit, ChallengeError> {
        let (challenges, id, purpose) = (self.challenges, &handle.id, self.purpose);
        let resent = self.calls.resend(id, rule).await;
        let (kind, why, wait) = match challenges.stored(purpose, Some(id), resent)? {
            Resent::Permitted { salt, expires_in, resend_in } => {
                return Ok(ResendPermit { salt, expires_in, resend_in });
            }
            Resent::Gone(why) => {
                challenges.tell(Event::new(EventKind::Gone(why), purpose).of(id));
                return Err(gone());
            }
            Resent::OtherBinding => (ChallengeErrorKind::Binding, RefusedReason::Binding, None),
            Resent::Cooldown(wait) => {
                (ChallengeErrorKind::Cooldown, RefusedReason::Cooldown, Some(wait))
            }
            Resent::Locked(wait) => (ChallengeErrorKind::Locked, RefusedReason::Locked, Some(wait)),
            Resent::Quota(wait) => (ChallengeErrorKind::Quota, RefusedReason::Quota, Some(wait)),
        };
        let kind = contested(kind, handle.paid.by);
        Err(challenges.refuse(kind, why, wait, purpose, to))
    }

    async fn send(
        &self,
        handle: &Handle,
        permit: &ResendPermit,
        paid: Paid,
    ) -> Result<Delivery, ChallengeError> {
        let (challenges, to) = (self.challenges, &handle.recipient);
        if challenges.is_test(to) {
            return Ok(Delivery::Unneeded);
        }
        if let Some(outbox) = &challenges.0.outbox {
            return self.queue(&**outbox, handle, permit, paid).await;
        }
        // The permit has the salt of the code that is valid now: the stored one, or with rotation
        // the new one.
        let code = challenges.code(&handle.id, &permit.salt, to).ok_or_else(gone)?;
        let about = About::new(to, self.purpose, &self.options);
        // A random id, unlike that of the first message. Otherwise a gateway that detects
        // duplicates would drop the resend.
        let id = MessageId::random()?;
        let message = challenges.message(about, &code, permit.expires_in, id)?;
        let (purpose, is_decoy) = (self.purpose, handle.is_decoy);
        match challenges.deliver(&self.calls, &handle.id, &message, purpose, is_decoy).await {
            Ok(delivery) => Ok(delivery),
            Err(error) => {
                // The code that was sent before stays valid.
                let _ = self.calls.return_permit(&handle.id, false).await;
                Err(ChallengeError::send(error))
            }
        }
    }

    /// Queues the message for a worker, in place of a first message that still waits.
    async fn queue(
        &self,
        outbox: &dyn OutboxStore,
        handle: &Handle,
        permit: &ResendPermit,
        paid: Paid,
    ) -> Result<Delivery, ChallengeError> {
        let (inner, id) = (&*self.challenges.0, &handle.id);
        // A random id, unlike that of the first message. Otherwise a gateway that detects duplicates
        // would drop the resend.
        let mut random = [0; 16];
        fill_random(&mut random)?;
        let planned = Planned {
            to: handle.recipient.clone(),
            purpose: self.purpose.as_str().to_owned(),
            locale: self.options.locale.clone(),
            vars: self.options.vars.clone(),
            paid,
            is_decoy: handle.is_decoy,
            resend: Some(random),
        };
        let intent = planned.seal(&inner.keys, id)?.ok_or_else(gone)?;
        let queue = inner.keys.queue_of(id).ok_or_else(gone)?;
        let queued = self.calls.queue(outbox, id, &queue, &intent, permit.expires_in).await;
        let replaced = self.challenges.stored(self.purpose, Some(id), queued)?;
        // Only one of the two messages is sent, so the places of the other one are given back.
        if let Some(older) = replaced.and_then(|older| Planned::open(&older, &inner.keys, id)) {
            let returned = self.calls.return_permit(id, false).await;
            let _ = self.challenges.stored(self.purpose, Some(id), returned);
            let (purpose, paid) = (self.purpose, &older.paid);
            self.challenges.give_back(&self.calls, purpose, &older.to, paid).await;
        }
        Ok(Delivery::Queued)
    }
}

fn gone() -> ChallengeError {
    ChallengeError::new(ChallengeErrorKind::Gone)
}

impl<'a> IntoFuture for Resend<'a> {
    type Output = Result<Challenge, ChallengeError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        if !telemetry::is_on() {
            return Box::pin(self.resend());
        }
        Box::pin(trace::resend(self.purpose, self.resend()))
    }
}

impl fmt::Debug for Resend<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resend").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}
