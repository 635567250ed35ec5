use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::Duration;

use super::event::{Event, EventKind, RefusedBecause};
use super::guards::ClientKey;
use super::issue::Challenge;
use super::sending::About;
use super::{ChallengeError, ChallengeErrorKind, Challenges};
use crate::message::{Locale, MessageId};
use crate::phone::PhoneNumber;
use crate::store::{ChallengeId, ResendRule, Resent, Salt};

/// A code that is about to be sent again: set options, then await it.
#[must_use = "nothing is sent until it is awaited"]
pub struct Resend<'a> {
    challenges: &'a Challenges,
    id: &'a ChallengeId,
    to: &'a PhoneNumber,
    purpose: &'a str,
    binding: &'a [u8],
    locale: Option<Locale>,
    client: Option<ClientKey>,
    vars: Vec<(String, String)>,
}

/// A permit to send once more.
pub(super) struct Permit {
    pub(super) salt: Salt,
    pub(super) expires_in: Duration,
    pub(super) resend_in: Duration,
}

impl<'a> Resend<'a> {
    pub(super) const fn new(
        challenges: &'a Challenges,
        id: &'a ChallengeId,
        to: &'a PhoneNumber,
        purpose: &'a str,
    ) -> Self {
        Self {
            challenges,
            id,
            to,
            purpose,
            binding: &[],
            locale: None,
            client: None,
            vars: Vec::new(),
        }
    }

    /// Repeats the binding that the challenge was [issued](super::Issue::bind) with. With other bytes, or without this call for a
    /// challenge that has a binding, nothing is sent and the error is
    /// [`ChallengeErrorKind::Binding`](super::ChallengeErrorKind::Binding).
    pub const fn bind(mut self, binding: &'a [u8]) -> Self {
        self.binding = binding;
        self
    }

    /// In this language.
    pub fn locale(mut self, locale: Locale) -> Self {
        self.locale = Some(locale);
        self
    }

    /// For this client, whose messages are counted.
    pub fn client(mut self, client: impl Into<ClientKey>) -> Self {
        self.client = Some(client.into());
        self
    }

    /// Sets the value of a variable of the text.
    ///
    /// With a value that [`TextTemplate::with_var`](crate::message::TextTemplate::with_var) refuses, such as one with a line
    /// break, the call ends with [`ChallengeErrorKind::Message`] and uses no permit.
    pub fn var(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.vars.push((name.into(), value.into()));
        self
    }

    async fn resend(self) -> Result<Challenge, ChallengeError> {
        let (challenges, id, to, purpose) = (self.challenges, self.id, self.to, self.purpose);
        let inner = &*challenges.0;
        let gone = || ChallengeError::new(ChallengeErrorKind::Gone);
        // A code goes to the number that it was issued for, and to no other.
        let recipient = inner.keys.recipient_of(id, purpose, to.e164());
        let recipient = recipient.filter(|tag| *tag == id.recipient() && inner.keys.has_made(id));
        let recipient = recipient.ok_or_else(gone)?;
        let binding = inner.keys.binding(id, self.binding).ok_or_else(gone)?;
        let mut rule = inner.policy.resend_rule().with_binding(binding);
        if inner.policy.rotates {
            let (_, salt) = challenges.draw()?;
            let code = challenges.code(id, &salt, to).ok_or_else(gone)?;
            let mac = inner.keys.mac(id, purpose, &recipient, self.binding, &code);
            rule = rule.with_rotation(salt, mac.ok_or_else(gone)?);
        }
        let about = About { to, purpose, locale: self.locale.as_ref(), vars: &self.vars };
        challenges.check_message(about)?;
        let permit = challenges.permit(id, &rule, purpose, Some(to)).await?;
        challenges.guard(purpose, Some(to), self.client.as_ref()).await?;
        let code = challenges.code(id, &permit.salt, to).ok_or_else(gone)?;
        let message = challenges.message(about, &code, permit.expires_in, MessageId::random()?)?;
        let delivery = challenges.deliver(id, &message, purpose).await?;
        let (expires_in, resend_in) = (permit.expires_in, permit.resend_in);
        Ok(challenges.challenge(*id, to.to_string(), expires_in, resend_in, delivery))
    }
}

impl Challenges {
    /// Takes a permit to send once more.
    pub(super) async fn permit(
        &self,
        id: &ChallengeId,
        rule: &ResendRule,
        purpose: &str,
        to: Option<&PhoneNumber>,
    ) -> Result<Permit, ChallengeError> {
        let resent = self.stored(purpose, Some(id), self.0.store.resend(id, rule).await)?;
        let (kind, why, wait) = match resent {
            Resent::Permitted { salt, expires_in, resend_in } => {
                return Ok(Permit { salt, expires_in, resend_in });
            }
            Resent::Gone(why) => {
                self.tell(Event::new(EventKind::Gone(why), purpose).of(id));
                return Err(ChallengeError::new(ChallengeErrorKind::Gone));
            }
            Resent::OtherBinding => {
                let (kind, why) = (ChallengeErrorKind::Binding, RefusedBecause::Binding);
                return Err(self.refuse(kind, why, None, purpose, to));
            }
            Resent::Cooldown(wait) => {
                (ChallengeErrorKind::Cooldown, RefusedBecause::Cooldown, wait)
            }
            Resent::Locked(wait) => (ChallengeErrorKind::Locked, RefusedBecause::Locked, wait),
            Resent::Quota(wait) => (ChallengeErrorKind::Quota, RefusedBecause::Quota, wait),
        };
        Err(self.refuse(kind, why, Some(wait), purpose, to))
    }
}

impl<'a> IntoFuture for Resend<'a> {
    type Output = Result<Challenge, ChallengeError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.resend())
    }
}

impl fmt::Debug for Resend<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resend")
            .field("id", &self.id)
            .field("to", &self.to)
            .field("purpose", &self.purpose)
            .finish_non_exhaustive()
    }
}
