use std::fmt;
use std::time::Duration;

use super::purpose::Purpose;
use crate::phone::{PhoneNumber, Region};
use crate::provider::{Fate, ReportStatus, SendErrorKind, Stage};
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

/// An event of the challenge flow.
///
/// | kind | [`id`](Self::id) | [`masked`](Self::masked) and [`region`](Self::region) |
/// |---|---|---|
/// | `Issued`, `Repeated`, `SendFailed`, `Sent` | yes | yes |
/// | `Reported` | yes | the region only |
/// | `Unusual` | no | yes, those of the latest message |
/// | `Accepted`, `Exhausted`, `Locked`, `Replayed`, `Revoked`, `Wrong` | yes | no |
/// | `Refused` | if a worker refuses a queued message | yes, but not for a decoy |
/// | `Gone` | if the token is valid | no |
/// | `StoreFailed` | if the call is about one challenge | no |
/// | `Malformed` | no | no |
///
/// # Security
///
/// It does not contain the code or the text, and only the region and a masked form of the phone
/// number. A [`ProviderMessageId`] can contain the number, and is shown by its `expose` only.
#[derive(Clone, Copy)]
pub struct Event<'a> {
    kind: EventKind<'a>,
    purpose: Purpose<'a>,
    id: Option<&'a ChallengeId>,
    // The whole number. Only its masked form and its region leave this type.
    to: Option<&'a PhoneNumber>,
    region: Option<Region>,
}

/// The kind of an [`Event`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventKind<'a> {
    /// A code was accepted for the first time. A repetition with its nonce is not reported.
    Accepted,
    /// A wrong code used the last attempt of its challenge. It is reported in place of `Wrong`. A
    /// repetition with its nonce is reported again.
    Exhausted,
    /// There was no pending challenge to verify or to resend. A code for a used challenge is
    /// reported as `Replayed`. A resend with an invalid token is not reported.
    Gone(GoneReason),
    /// A challenge was stored. Its message is sent next, or was queued with it. `Sent`,
    /// `SendFailed` or `Refused` then reports the message, with these exceptions: a test number
    /// gets no message, the future was dropped, a store call failed (`StoreFailed`), or a
    /// [`Worker`](super::Worker) removed the message without sending it. Decoys are not reported.
    Issued,
    /// A code was not compared, because the recipient is locked. Each such code is reported. The
    /// wrong code that starts a lock is reported as `Wrong` or `Exhausted`.
    Locked,
    /// The input was not a code. It did not count as an attempt.
    Malformed,
    /// A limit, the region policy or the binding refused a request for a message, or a worker
    /// refused a queued message. A message that cannot be created is not reported.
    Refused(RefusedReason),
    /// A worker is about to send a queued message that may have been sent before, because another
    /// worker did not report its result.
    Repeated,
    /// A code, correct or wrong, was submitted for a challenge that was used in the last minute.
    /// Later codes are reported as `Gone`, and so is a resend.
    Replayed,
    /// A delivery report has changed the state of a message. It is reported only with a [delivery
    /// log](super::ChallengesBuilder::delivery_log), and never for a decoy.
    #[non_exhaustive]
    Reported {
        /// The name of the provider of the report.
        provider: &'a str,
        /// The new state of the message.
        status: ReportStatus,
        /// The gateway's own code of the status.
        gateway_code: Option<&'a str>,
        /// The time from the acceptance of the message to the report.
        elapsed: Duration,
    },
    /// [`Challenges::revoke`](super::Challenges::revoke) revoked a challenge. The revocation after
    /// a failed send is not reported.
    Revoked,
    /// A message was not sent, or it is unknown if it was sent. It is reported once for each call
    /// of the provider, which may make several attempts.
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
    /// A provider accepted a message. Failed attempts before it are not reported.
    #[non_exhaustive]
    Sent {
        /// The name of the provider that accepted the message.
        provider: &'a str,
        /// The provider's id of the message, which its delivery report names. Not every provider
        /// gives one.
        message_id: Option<ProviderMessageId<'a>>,
        /// The number of segments of the text.
        segments: usize,
        /// The time from the first attempt to the acceptance.
        duration: Duration,
    },
    /// A call of the store failed, did not respond within the store timeout (`Unavailable`), or
    /// returned invalid data (`Corrupt`). Each failed call is reported, except the revocation after
    /// a failed issue. If the store fails after a correct code, while its success is
    /// counted, this is reported and the code is accepted.
    StoreFailed(StoreErrorKind),
    /// Unusually many messages to new numbers of a region were requested: more than 100 within an
    /// hour, and more than five times the average of the last day. It is reported once an hour for
    /// each region and process. Messages that a limit refused count as well.
    #[non_exhaustive]
    Unusual {
        /// The number of messages in the current hour.
        messages: u32,
        /// The average of the 24 hours before, rounded up.
        average: u32,
    },
    /// A code was wrong, and other attempts are left. A repetition with its nonce is reported
    /// again.
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
            Self::Reported { .. } => "reported",
            Self::Revoked => "revoked",
            Self::SendFailed { .. } => "send_failed",
            Self::Sent { .. } => "sent",
            Self::StoreFailed(_) => "store_failed",
            Self::Unusual { .. } => "unusual",
            Self::Wrong { .. } => "wrong",
        }
    }
}

impl fmt::Display for EventKind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The id that a provider gave a message.
///
/// # Examples
///
/// ```
/// use std::sync::mpsc;
/// use otpost::challenge::{Event, EventKind};
///
/// // Another thread receives the ids and stores them for the delivery reports.
/// let (sender, receiver) = mpsc::channel();
/// let observer = move |event: &Event<'_>| {
///     if let EventKind::Sent { message_id: Some(id), .. } = event.kind() {
///         let _ = sender.send((event.id().copied(), id.expose().to_owned()));
///     }
/// };
/// # let _ = (observer, receiver);
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

    /// Returns the id. Keep it to match delivery reports. Do not log it: it can contain the phone
    /// number.
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
///
/// | reason | kind of the error |
/// |---|---|
/// | `Client`, `ClientAndRecipient` | [`Limited`](super::ChallengeErrorKind::Limited) |
/// | `Application`, `Range`, `RegionLimit` | `Contested` for a stranger, or `Limited` |
/// | `Daily`, `Quota` | `Contested` for a stranger, or `Quota` |
/// | `Locked` | `Contested` for a stranger, or `Locked` |
/// | `Total` | `Quota` |
/// | `Binding`, `Cooldown`, `Region`, `Unconfirmed` | the same name |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusedReason {
    /// The [limit](super::Limits::with_application) of the whole application or tenant was reached.
    Application,
    /// The binding of a resend differs from the one that the challenge was issued with.
    Binding,
    /// The [limit](super::Limits::with_client) of the client, or that of the device, was reached.
    Client,
    /// The [limit](super::Limits::with_client_and_recipient) of the client for this recipient was
    /// reached.
    ClientAndRecipient,
    /// The [cooldown](super::Policy::with_cooldown) after the last message to this recipient for
    /// this purpose has not passed.
    Cooldown,
    /// The [maximum number](super::Policy::with_sends) of messages per day to the recipient, for
    /// this kind of requester, was reached.
    Daily,
    /// The recipient is [locked](super::Policy::with_lock) for this purpose after too many wrong
    /// codes.
    Locked,
    /// The [maximum number](super::Policy::with_sends) of messages per hour to the recipient for
    /// this purpose was reached.
    Quota,
    /// The [limit](super::Limits::with_range) of this range of numbers was reached.
    Range,
    /// The region policy does not allow messages to the recipient's region. `issue` and a worker
    /// check it, but a resend does not.
    Region,
    /// The [limit](super::Limits::with_region) of this region was reached.
    RegionLimit,
    /// The [maximum number](super::Policy::with_total) of messages per day to the recipient was
    /// reached.
    Total,
    /// The number has not verified before, which its region
    /// [requires](super::ChallengesBuilder::only_confirmed_numbers).
    Unconfirmed,
}

words! {
    RefusedReason, "reason":
    Application = "application",
    Binding = "binding",
    Client = "client",
    ClientAndRecipient = "client_and_recipient",
    Cooldown = "cooldown",
    Daily = "daily",
    Locked = "locked",
    Quota = "quota",
    Range = "range",
    Region = "region",
    RegionLimit = "region_limit",
    Total = "total",
    Unconfirmed = "unconfirmed",
}

display_word!(RefusedReason);

impl<'a> Event<'a> {
    pub(super) const fn new(kind: EventKind<'a>, purpose: Purpose<'a>) -> Self {
        Self { kind, purpose, id: None, to: None, region: None }
    }

    pub(super) const fn of(mut self, id: &'a ChallengeId) -> Self {
        self.id = Some(id);
        self
    }

    pub(super) const fn to(mut self, to: &'a PhoneNumber) -> Self {
        self.to = Some(to);
        self
    }

    /// Sets the region of the recipient, for an event without a number.
    pub(super) const fn in_region(mut self, region: Option<Region>) -> Self {
        self.region = region;
        self
    }

    /// Returns the kind of the event.
    #[must_use]
    pub const fn kind(&self) -> EventKind<'a> {
        self.kind
    }

    /// Returns the purpose that the caller passed, or that of the queued message. It is empty if a
    /// store call of `ping`, `sweep` or a worker failed.
    #[must_use]
    pub const fn purpose(&self) -> Purpose<'a> {
        self.purpose
    }

    /// Returns the id of the challenge, or `None` if it is not known; see the table above.
    #[must_use]
    pub const fn id(&self) -> Option<&'a ChallengeId> {
        self.id
    }

    /// Returns the masked phone number of the recipient, such as `+41*****4567`, or `None` if the
    /// event has no number; see the table above.
    #[must_use]
    pub fn masked(&self) -> Option<String> {
        self.to.map(PhoneNumber::to_string)
    }

    /// Returns the region of the recipient, or `None` if the event is not about a recipient or the
    /// number has no region.
    #[must_use]
    pub fn region(&self) -> Option<Region> {
        self.to.and_then(PhoneNumber::region).or(self.region)
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
