use std::fmt;
use std::time::Duration;

use super::purpose::Purpose;
use crate::phone::{PhoneNumber, Region};
use crate::provider::{Fate, SendErrorKind, Stage};
use crate::store::{ChallengeId, GoneReason, StoreErrorKind};

/// A receiver of events about challenges, for an audit log, metrics or alerts.
///
/// It is implemented for every function that takes an event. It is called within the operation that
/// it reports, so it must not block.
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
    /// Receives an event.
    fn observe(&self, event: &Event<'_>);
}

impl<F: Fn(&Event<'_>) + Send + Sync + 'static> Observer for F {
    fn observe(&self, event: &Event<'_>) {
        self(event);
    }
}

/// An event of a challenge.
///
/// # Security
///
/// It does not contain the code, and only the region and a masked form of the phone number.
#[derive(Clone, Copy)]
pub struct Event<'a> {
    kind: EventKind<'a>,
    purpose: Purpose<'a>,
    id: Option<&'a ChallengeId>,
    to: Option<&'a PhoneNumber>,
}

/// The kind of an [`Event`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventKind<'a> {
    /// A code was accepted.
    Accepted,
    /// The last attempt was wrong.
    Exhausted,
    /// There was no pending challenge to verify or to resend.
    Gone(GoneReason),
    /// A challenge was opened.
    Issued,
    /// A code was not compared, because the recipient is locked.
    Locked,
    /// The input was not a code. It did not count as an attempt.
    Malformed,
    /// A request for a message was refused.
    Refused(RefusedReason),
    /// A message is sent that may have been sent before, because a worker stopped before it
    /// reported the result.
    Repeated,
    /// A code was submitted for a challenge that was already used.
    Replayed,
    /// A challenge was revoked.
    Revoked,
    /// A message was not sent, or it is unknown if it was sent.
    #[non_exhaustive]
    SendFailed {
        /// The name of the provider that failed last.
        provider: &'a str,
        /// The kind of the error.
        kind: SendErrorKind,
        /// The fate of the message.
        fate: Fate,
        /// The stage at which the exchange ended; `None` if there was a complete response or no
        /// exchange.
        stage: Option<Stage>,
        /// The gateway's own error code.
        gateway_code: Option<&'a str>,
        /// The gateway's own words, with `***` in place of secrets, the code, the number and parts
        /// of the text.
        gateway_words: Option<&'a str>,
        /// The number of segments of the text.
        segments: usize,
        /// The time from the first attempt to the last error.
        duration: Duration,
    },
    /// A provider accepted a message.
    #[non_exhaustive]
    Sent {
        /// The name of the provider that accepted the message.
        provider: &'a str,
        /// The provider's identity of the message, which its delivery report names. Not every
        /// provider gives one.
        message_id: Option<ProviderMessageId<'a>>,
        /// The number of segments of the text.
        segments: usize,
        /// The time from the first attempt to the acceptance.
        duration: Duration,
    },
    /// A call of the store failed, or the store returned invalid data.
    StoreFailed(StoreErrorKind),
    /// An attempt was wrong, and other attempts are left.
    #[non_exhaustive]
    Wrong {
        /// The number of attempts left.
        left: u16,
    },
}

impl EventKind<'_> {
    /// Returns the stable name of the event for logs and metrics, without what it carries.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::challenge::EventKind;
    /// use otpost::store::GoneReason;
    ///
    /// assert_eq!(EventKind::Gone(GoneReason::Used).name(), "gone");
    /// ```
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Exhausted => "exhausted",
            Self::Gone(_) => "gone",
            Self::Issued => "issued",
            Self::Locked => "locked",
            Self::Malformed => "malformed",
            Self::Refused(_) => "refused",
            Self::Repeated => "repeated",
            Self::Replayed => "replayed",
            Self::Revoked => "revoked",
            Self::SendFailed { .. } => "send_failed",
            Self::Sent { .. } => "sent",
            Self::StoreFailed(_) => "store_failed",
            Self::Wrong { .. } => "wrong",
        }
    }
}

impl fmt::Display for EventKind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
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

    /// Returns the identity. Keep it to match delivery reports; a log may be the wrong place for
    /// it.
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

/// The reason why a message was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusedReason {
    /// The rate limit of the whole application was reached.
    Application,
    /// The binding of a resend differs from the one that the challenge was issued with.
    Binding,
    /// The rate limit of the client was reached.
    Client,
    /// Too few messages to this range of numbers, or to this region, led to a success.
    Conversion,
    /// The cooldown after the last message has not passed.
    Cooldown,
    /// The recipient is locked after too many wrong codes.
    Locked,
    /// The rate limit of this range of numbers was reached.
    Prefix,
    /// The recipient has received the maximum number of messages.
    Quota,
    /// The region policy does not allow messages to the recipient's region.
    Region,
}

words! {
    RefusedReason, "reason":
    Application = "application",
    Binding = "binding",
    Client = "client",
    Conversion = "conversion",
    Cooldown = "cooldown",
    Locked = "locked",
    Prefix = "prefix",
    Quota = "quota",
    Region = "region",
}

display_word!(RefusedReason);

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

    /// Returns the kind of the event.
    #[must_use]
    pub const fn kind(&self) -> EventKind<'a> {
        self.kind
    }

    /// Returns the purpose of the challenge.
    #[must_use]
    pub const fn purpose(&self) -> Purpose<'a> {
        self.purpose
    }

    /// Returns the id of the challenge, or `None` if the event belongs to none.
    #[must_use]
    pub const fn id(&self) -> Option<&'a ChallengeId> {
        self.id
    }

    /// Returns the masked phone number of the recipient, or `None` if the event has no number.
    #[must_use]
    pub fn masked(&self) -> Option<String> {
        self.to.map(PhoneNumber::to_string)
    }

    /// Returns the region of the recipient, or `None` if the event has no number or the number has
    /// no region.
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
