use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::Duration;

use super::client::Client;
use super::event::{Event, EventKind, RefusedReason};
use super::issued::{Challenge, Delivery};
use super::options::{Options, binding_option, message_options};
use super::purpose::Purpose;
use super::sending::{About, Requester};
use super::store_calls::StoreCalls;
use super::token::{ChallengeToken, Handle};
use super::{ChallengeError, ChallengeErrorKind, Challenges, trace};
use crate::message::MessageId;
use crate::otp::fill_random;
use crate::phone::PhoneNumber;
use crate::store::{Mac, ResendRule, Resent, Salt};
use crate::telemetry;

/// A request to send a code again. Set options, then await it.
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
    /// Sends the code of a challenge again, to the number that the challenge was issued for.
    ///
    /// It sends the same code by default, or a new code if the policy [rotates
    /// codes](super::Policy::with_rotation). A resend does not extend the challenge's lifetime.
    ///
    /// # Errors
    ///
    /// Returns a [`ChallengeError`] if no message was sent. The code that was sent before stays
    /// valid, with two exceptions: the challenge is [`Gone`](ChallengeErrorKind::Gone), or codes
    /// rotate and the new one was not sent. Issue another challenge then.
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
        let rule = self.rule(&handle)?;
        let to = Some(&handle.recipient).filter(|_| !handle.is_decoy);
        // Check before the store counts: a text that cannot be sent must not use up a permit.
        challenges.check_message(About::new(&handle.recipient, self.purpose, &self.options))?;
        let permit = self.permit(&handle, &rule, to).await?;
        let (purpose, client) = (self.purpose, &self.client);
        let requester = Requester { purpose, to, client, calls: &self.calls };
        challenges.guard(requester).await?;
        let delivery = match to {
            None => Delivery::Unneeded,
            Some(to) => self.send(&handle, to, &permit).await?,
        };
        let (token, expires_in) = (self.token.clone(), permit.expires_in);
        Ok(challenges.challenge(token, &handle, expires_in, permit.resend_in, delivery))
    }

    fn rule(&self, handle: &Handle) -> Result<ResendRule, ChallengeError> {
        let (inner, id) = (&*self.challenges.0, &handle.id);
        let binding = inner.keys.binding(id, self.options.binding).ok_or_else(gone)?;
        let rule = inner.policy.resend_rule().with_binding(binding);
        if !inner.policy.rotates {
            return Ok(rule);
        }
        let (_, salt) = self.challenges.draw()?;
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
        Err(challenges.refuse(kind, why, wait, purpose, to))
    }

    async fn send(
        &self,
        handle: &Handle,
        to: &PhoneNumber,
        permit: &ResendPermit,
    ) -> Result<Delivery, ChallengeError> {
        let code = self.challenges.code(&handle.id, &permit.salt, to).ok_or_else(gone)?;
        let about = About::new(to, self.purpose, &self.options);
        let id = MessageId::random()?;
        let message = self.challenges.message(about, &code, permit.expires_in, id)?;
        self.challenges.deliver(&handle.id, &message, self.purpose).await
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
