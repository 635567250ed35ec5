use std::fmt;
use std::time::Duration;

use super::purpose::Purpose;
use crate::phone::{PhoneNumber, Region};
use crate::provider::{Fate, SendErrorKind, Stage};
use crate::store::{ChallengeId, GoneReason, StoreErrorKind};

/// Hears what happens to challenges: for an audit log, metrics, alarms.
///
/// Any function that takes an event is one. It is called within the call that it tells of, so it must not wait.
///
/// # Examples
///
/// ```
/// use otpost::challenge::{Event, EventKind, Observer};
///
/// let observer = |event: &Event<'_>| {
///     if matches!(event.kind(), EventKind::Exhausted | EventKind::Replayed) {
///         eprintln!("{event:?}");
///     }
/// };
/// fn takes(_: impl Observer) {}
/// takes(observer);
/// ```
pub trait Observer: Send + Sync + 'static {
    /// Hears of an event.
    fn observe(&self, event: &Event<'_>);
}

impl<F: Fn(&Event<'_>) + Send + Sync + 'static> Observer for F {
    fn observe(&self, event: &Event<'_>) {
        self(event);
    }
}

/// Something that happened to a challenge.
///
/// # Security
///
/// It holds no code, and of the number its region and a masked form.
#[derive(Clone, Copy)]
pub struct Event<'a> {
    kind: EventKind<'a>,
    purpose: Purpose<'a>,
    id: Option<&'a ChallengeId>,
    to: Option<&'a PhoneNumber>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventKind<'a> {
    /// A guess was right.
    Accepted,
    /// The last guess was wrong.
    Exhausted,
    /// There was nothing to guess or to send again.
    Gone(GoneReason),
    /// A challenge was opened.
    Issued,
    /// A guess was not compared, since the recipient is locked.
    Locked,
    /// What was typed is no code. It did not count as a guess.
    Malformed,
    /// No message is sent.
    Refused(RefusedReason),
    /// A message is sent that may have been sent before: a worker ended without a word.
    Repeated,
    /// A code was right once, and was used before.
    Replayed,
    /// A challenge was revoked.
    Revoked,
    /// A message was not sent, or perhaps not.
    #[non_exhaustive]
    SendFailed {
        /// The name of the provider that failed last.
        provider: &'a str,
        /// The kind of the error.
        kind: SendErrorKind,
        /// The delivery state of the message.
        fate: Fate,
        /// The stage at which the exchange ended; `None` if there was a complete response or no exchange.
        stage: Option<Stage>,
        /// The gateway's own error code.
        gateway_code: Option<&'a str>,
        /// The gateway's own words, with `***` in place of secrets, the code, the number and parts of the text.
        gateway_words: Option<&'a str>,
        /// The number of segments of the text.
        segments: usize,
        /// The time from the first attempt to the last error.
        duration: Duration,
    },
    /// A provider accepted a message.
    #[non_exhaustive]
    Sent {
        /// The name of the provider that accepted it.
        provider: &'a str,
        /// The provider's identity of the message, which its delivery report names. Not every provider gives one.
        message_id: Option<ProviderMessageId<'a>>,
        /// The number of segments of the text.
        segments: usize,
        /// The time from the first attempt to the acceptance.
        duration: Duration,
    },
    /// The store did not answer.
    StoreFailed(StoreErrorKind),
    /// A guess was wrong, and others are left.
    #[non_exhaustive]
    Wrong {
        /// How many.
        left: u16,
    },
}

/// The identity that a provider gave a message.
///
/// # Examples
///
/// ```
/// use otpost::challenge::{Event, EventKind};
///
/// let observer = |event: &Event<'_>| {
///     if let EventKind::Sent { provider, message_id: Some(id), .. } = event.kind() {
///         println!("{provider} accepted {}", id.expose());
///     }
/// };
/// # let _ = observer;
/// ```
///
/// # Security
///
/// `Debug` does not show it, because some gateways derive it from the phone number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ProviderMessageId<'a>(&'a str);

impl<'a> ProviderMessageId<'a> {
    pub(super) const fn new(id: &'a str) -> Self {
        Self(id)
    }

    /// Returns the identity. Keep it to match delivery reports; a log may be the wrong place for it.
    #[must_use]
    pub const fn expose(&self) -> &'a str {
        self.0
    }
}

impl fmt::Debug for ProviderMessageId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderMessageId").finish_non_exhaustive()
    }
}

/// Why no message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusedReason {
    /// The application has sent all that it sends.
    Application,
    /// A resend came with another binding than the challenge was issued with.
    Binding,
    /// The client has asked too often.
    Client,
    /// Too few messages to this range of numbers had a success.
    Conversion,
    /// The last message is too recent.
    Cooldown,
    /// The recipient is locked.
    Locked,
    /// Too many messages to this range of numbers.
    Prefix,
    /// The recipient has had all its messages.
    Quota,
    /// No messages go to the region.
    Region,
}

impl<'a> Event<'a> {
    pub(super) const fn new(kind: EventKind<'a>, purpose: Purpose<'a>) -> Self {
        Self { kind, purpose, id: None, to: None }
    }

    pub(super) const fn of(mut self, id: &'a ChallengeId) -> Self {
        self.id = Some(id);
        self
    }

    pub(super) const fn to(mut self, to: &'a PhoneNumber) -> Self {
        self.to = Some(to);
        self
    }

    /// What happened.
    #[must_use]
    pub const fn kind(&self) -> EventKind<'a> {
        self.kind
    }

    /// Returns the purpose of the challenge.
    #[must_use]
    pub const fn purpose(&self) -> Purpose<'a> {
        self.purpose
    }

    /// The challenge, if there is one.
    #[must_use]
    pub const fn id(&self) -> Option<&'a ChallengeId> {
        self.id
    }

    /// The recipient's number with stars in it, where the event knows it: the number is kept nowhere.
    #[must_use]
    pub fn masked(&self) -> Option<String> {
        self.to.map(PhoneNumber::to_string)
    }

    /// The recipient's region, where the event knows it.
    #[must_use]
    pub fn region(&self) -> Option<Region> {
        self.to.and_then(PhoneNumber::region)
    }
}

impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("kind", &self.kind)
            .field("purpose", &self.purpose)
            .field("id", &self.id)
            .field("to", &self.to)
            .finish()
    }
}
