use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use super::event::{Event, EventKind, RefusedBecause};
use super::guards::ClientKey;
use super::intent::Planned;
use super::sending::About;
use super::{ChallengeError, ChallengeErrorKind, Challenges};
use crate::message::Locale;
use crate::phone::PhoneNumber;
use crate::provider::{Receipt, SendError};
use crate::store::{ChallengeId, NewChallenge, Opened, StoreError};

/// A challenge that is about to be issued: set options, then await it.
#[must_use = "nothing is issued until it is awaited"]
pub struct Issue<'a> {
    challenges: &'a Challenges,
    to: &'a PhoneNumber,
    purpose: &'a str,
    binding: &'a [u8],
    locale: Option<Locale>,
    client: Option<ClientKey>,
    vars: Vec<(String, String)>,
}

impl<'a> Issue<'a> {
    pub(super) const fn new(
        challenges: &'a Challenges,
        to: &'a PhoneNumber,
        purpose: &'a str,
    ) -> Self {
        Self { challenges, to, purpose, binding: &[], locale: None, client: None, vars: Vec::new() }
    }

    /// For this and nothing else: a digest of amount and payee, or a session. The guess has to come with the same bytes.
    pub const fn bind(mut self, binding: &'a [u8]) -> Self {
        self.binding = binding;
        self
    }

    /// In this language.
    pub fn locale(mut self, locale: Locale) -> Self {
        self.locale = Some(locale);
        self
    }

    /// For this client, whose messages are counted: its address, behind a proxy that is trusted.
    pub fn client(mut self, client: impl Into<ClientKey>) -> Self {
        self.client = Some(client.into());
        self
    }

    /// Sets the value of a variable of the text, such as an amount.
    ///
    /// With a value that [`TextTemplate::with_var`](crate::message::TextTemplate::with_var) refuses, such as one with a line
    /// break, issuing ends with [`ChallengeErrorKind::Message`] before anything is opened or sent.
    pub fn var(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.vars.push((name.into(), value.into()));
        self
    }

    async fn issue(self) -> Result<Challenge, ChallengeError> {
        let (challenges, to, purpose) = (self.challenges, self.to, self.purpose);
        let inner = &*challenges.0;
        if let Err(refused) = inner.regions.check(to) {
            let event = EventKind::Refused(RefusedBecause::Region);
            challenges.tell(Event::new(event, purpose).to(to));
            return Err(refused.into());
        }
        let (random, salt) = challenges.draw()?;
        let id = inner.keys.identity(purpose, to.e164(), random);
        let gone = || ChallengeError::new(ChallengeErrorKind::Random);
        let code = challenges.code(&id, &salt, to).ok_or_else(gone)?;
        let about = About { to, purpose, locale: self.locale.as_ref(), vars: &self.vars };
        // Made before anything is opened: a text that cannot be sent costs nobody a permit.
        let message =
            challenges.message(about, &code, inner.policy.lifetime(), inner.keys.message(&id))?;
        let mac = inner.keys.mac(&id, purpose, &id.recipient(), self.binding, &code);
        let (context, attempts) = (challenges.context(to), inner.policy.attempts);
        let new = NewChallenge::new(id, mac.ok_or_else(gone)?, salt, context, attempts)
            .with_binding(inner.keys.binding(&id, self.binding).ok_or_else(gone)?);
        if let Some(outbox) = inner.outbox.as_ref().filter(|_| !challenges.is_test(to)) {
            // Before it is queued, since a worker may have sent it by then.
            challenges.guard(purpose, Some(to), self.client.as_ref()).await?;
            let (to, purpose) = (to.clone(), purpose.to_owned());
            let planned = Planned { to, purpose, locale: self.locale, vars: self.vars };
            let rule = inner.policy.open_rule();
            let intent = planned.write(&inner.keys, &id).ok_or_else(gone)?;
            let queue = inner.keys.queue_of(&id).ok_or_else(gone)?;
            let opened = outbox.open_queued(&new, &rule, &queue, &intent).await;
            if opened.is_err() {
                // If the answer alone was lost, a worker would send a code of which nobody knows.
                let _ = inner.store.revoke(&id).await;
            }
            let (to, purpose) = (&planned.to, planned.purpose.as_str());
            let resend_in = challenges.opened(&new, opened, purpose, Some(to))?;
            challenges.tell(Event::new(EventKind::Issued, purpose).of(&id).to(to));
            let (hint, lifetime) = (to.to_string(), inner.policy.lifetime());
            return Ok(challenges.challenge(id, hint, lifetime, resend_in, Delivery::Queued));
        }
        let resend_in = challenges.open(&new, purpose, Some(to)).await?;
        challenges.tell(Event::new(EventKind::Issued, purpose).of(&id).to(to));
        let sent = match challenges.guard(purpose, Some(to), self.client.as_ref()).await {
            Ok(()) => challenges.deliver(&id, &message, purpose).await,
            Err(error) => Err(error),
        };
        match sent {
            Ok(delivery) => {
                let lifetime = inner.policy.lifetime();
                Ok(challenges.challenge(id, to.to_string(), lifetime, resend_in, delivery))
            }
            Err(error) => {
                // Nobody has its code. If the store does not answer it ends by itself.
                let _ = inner.store.revoke(&id).await;
                Err(error)
            }
        }
    }
}

impl Challenges {
    /// Opens a challenge; when the next message may be sent.
    pub(super) async fn open(
        &self,
        new: &NewChallenge,
        purpose: &str,
        to: Option<&PhoneNumber>,
    ) -> Result<Duration, ChallengeError> {
        let opened = self.0.store.open(new, &self.0.policy.open_rule()).await;
        self.opened(new, opened, purpose, to)
    }

    /// What opening a challenge has come to.
    fn opened(
        &self,
        new: &NewChallenge,
        opened: Result<Opened, StoreError>,
        purpose: &str,
        to: Option<&PhoneNumber>,
    ) -> Result<Duration, ChallengeError> {
        let (kind, why, wait) = match self.stored(purpose, Some(&new.id), opened)? {
            Opened::Created { resend_in } => return Ok(resend_in),
            Opened::Cooldown(wait) => {
                (ChallengeErrorKind::Cooldown, RefusedBecause::Cooldown, wait)
            }
            Opened::Locked(wait) => (ChallengeErrorKind::Locked, RefusedBecause::Locked, wait),
            Opened::Quota(wait) => (ChallengeErrorKind::Quota, RefusedBecause::Quota, wait),
        };
        Err(self.refuse(kind, why, Some(wait), purpose, to))
    }

    pub(super) fn challenge(
        &self,
        id: ChallengeId,
        hint: String,
        expires_in: Duration,
        resend_in: Duration,
        delivery: Delivery,
    ) -> Challenge {
        let now = self.0.clock.now();
        let after = |span| now.checked_add(span).unwrap_or(now);
        let (expires_at, resend_at) = (after(expires_in), after(resend_in));
        Challenge { id, expires_at, resend_at, hint, delivery }
    }
}

impl<'a> IntoFuture for Issue<'a> {
    type Output = Result<Challenge, ChallengeError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.issue())
    }
}

impl fmt::Debug for Issue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issue")
            .field("to", &self.to)
            .field("purpose", &self.purpose)
            .finish_non_exhaustive()
    }
}

/// A code that waits to be typed in.
#[derive(Debug)]
pub struct Challenge {
    id: ChallengeId,
    expires_at: SystemTime,
    resend_at: SystemTime,
    hint: String,
    delivery: Delivery,
}

impl Challenge {
    /// Its identity, for the page that asks for the code.
    #[must_use]
    pub const fn id(&self) -> &ChallengeId {
        &self.id
    }

    /// When it ends, by this process's clock. The store's own decides it.
    #[must_use]
    pub const fn expires_at(&self) -> SystemTime {
        self.expires_at
    }

    /// When the next message may be sent, likewise.
    #[must_use]
    pub const fn resend_at(&self) -> SystemTime {
        self.resend_at
    }

    /// The number with stars in it, for the page.
    #[must_use]
    pub fn hint(&self) -> &str {
        &self.hint
    }

    /// What became of the message.
    #[must_use]
    pub const fn delivery(&self) -> &Delivery {
        &self.delivery
    }
}

/// What became of the message of a challenge.
#[derive(Debug)]
#[non_exhaustive]
pub enum Delivery {
    /// A provider has accepted it.
    Accepted(Receipt),
    /// It waits for a [`Worker`](super::Worker).
    Queued,
    /// It may have been sent. Ask for the code, and offer to send it again.
    Unknown(SendError),
    /// There is none: the number is one for tests, or nobody's.
    Unneeded,
}
