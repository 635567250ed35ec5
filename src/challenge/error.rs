use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::message::MessageError;
use crate::otp::RandomError;
use crate::phone::RegionRefused;
use crate::provider::{Fate, SendError};
use crate::store::StoreError;

/// The minimum time before a page should try again after a failure.
const AGAIN: Duration = Duration::from_secs(5);

/// An error of [`Challenges`](super::Challenges) or of a [`Worker`](super::Worker).
///
/// A wrong code is not an error but a [`Verdict`](super::Verdict).
///
/// # Security
///
/// Neither the error nor its [source](Error::source) contains any part of a code or a phone number.
#[derive(Clone)]
pub struct ChallengeError(Box<ChallengeErrorInner>);

#[derive(Clone)]
struct ChallengeErrorInner {
    kind: ChallengeErrorKind,
    retry_after: Option<Duration>,
    // An `Arc`, because the error is `Clone` and its source may not be.
    source: Option<Arc<dyn Error + Send + Sync>>,
    fate: Option<Fate>,
}

/// The kind of a [`ChallengeError`].
///
/// # Order
///
/// If several kinds apply to a message, the first one is returned:
///
/// - `issue`: `Region`, `Message`, `Limited` for the client, `Quota` for the day (`Contested` for a
///   stranger) and for the total, `Unconfirmed`, `Limited` for the application, region and range,
///   `Locked`, `Quota` for the hour (instead of these three, `Contested` for a stranger),
///   `Cooldown`, `Send`.
/// - `resend`: `Gone` for the token, `Message`, the limits as above, `Gone`, `Binding`, `Locked`,
///   `Quota`, `Cooldown`, `Send`.
///
/// A refused message, and one that was not sent, counts for the client only. After `Unavailable`,
/// it may count until its windows end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChallengeErrorKind {
    /// The binding of a resend differs from the one that the challenge was issued with. Nothing was
    /// counted or sent.
    Binding,
    /// Strangers have used up their share of a limit of the recipient, of its region or range of
    /// numbers, or of the application, or their wrong codes have locked it for strangers. Show a
    /// CAPTCHA, and issue again with [`human`](super::Issue::human).
    Contested,
    /// The cooldown after the last message to the recipient for this purpose has not passed.
    Cooldown,
    /// A resend found no pending challenge: it was used, was revoked, is exhausted, has expired or
    /// expires within 60 s, or the token is invalid or belongs to another purpose or tenant.
    /// `verify` returns [`Verdict::Gone`](super::Verdict::Gone) then, and `revoke` returns `false`.
    Gone,
    /// One of the [`Limits`](super::Limits) was reached. Nothing was stored or sent.
    Limited,
    /// The recipient is locked for this purpose and kind of requester after too many wrong codes.
    Locked,
    /// The message could not be created: a variable is missing, unknown or invalid, or the text has
    /// too many segments. Nothing was counted, stored or sent.
    Message,
    /// The maximum number of messages to the recipient was reached, per hour or day
    /// ([`with_sends`](super::Policy::with_sends)) or in total
    /// ([`with_total`](super::Policy::with_total)).
    Quota,
    /// The operating system provided no random bytes.
    Random,
    /// The region policy does not allow messages to the recipient's region. Nothing was counted,
    /// stored or sent.
    Region,
    /// The message was not sent, or the gateway rejected it. A new challenge is revoked. After a
    /// failed resend the challenge stays pending. If codes rotate, the previous code is no longer
    /// valid. The message counts for the client only, and there is no cooldown. The application
    /// may try again at once; a page may do so after `retry_after`.
    Send,
    /// A call of the store failed for any reason, or did not respond within the [store
    /// timeout](super::ChallengesBuilder::store_timeout). The source is the [`StoreError`]. Reject
    /// the user. The call may have taken effect in the store.
    Unavailable,
    /// The number has not verified before, and its region is one of those that get codes only for
    /// numbers that have
    /// ([`only_confirmed_numbers`](super::ChallengesBuilder::only_confirmed_numbers)). Offer
    /// another way, or [mark](super::Challenges::mark_verified) the number once it is confirmed.
    Unconfirmed,
}

impl ChallengeErrorKind {
    /// Returns the HTTP status for a page or an API that reports this error.
    ///
    /// | kind | status |
    /// |---|---|
    /// | `Binding` | 409 Conflict |
    /// | `Contested`, `Cooldown`, `Limited`, `Locked`, `Quota` | 429 Too Many Requests |
    /// | `Gone` | 410 Gone |
    /// | `Message`, `Region`, `Unconfirmed` | 422 Unprocessable Content |
    /// | `Random` | 500 Internal Server Error |
    /// | `Send` | 502 Bad Gateway |
    /// | `Unavailable` | 503 Service Unavailable |
    ///
    /// Send [`retry_after`](ChallengeError::retry_after) as `Retry-After` if there is one. A page
    /// tells `Contested` from the others by its name: it shows a CAPTCHA.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::challenge::ChallengeErrorKind;
    ///
    /// assert_eq!(ChallengeErrorKind::Cooldown.http_status(), 429);
    /// ```
    #[must_use]
    pub const fn http_status(self) -> u16 {
        match self {
            Self::Binding => 409,
            Self::Contested | Self::Cooldown | Self::Limited | Self::Locked | Self::Quota => 429,
            Self::Gone => 410,
            Self::Message | Self::Region | Self::Unconfirmed => 422,
            Self::Random => 500,
            Self::Send => 502,
            Self::Unavailable => 503,
        }
    }
}

words! {
    ChallengeErrorKind, "kind of challenge error":
    Binding = "binding",
    Contested = "contested",
    Cooldown = "cooldown",
    Gone = "gone",
    Limited = "limited",
    Locked = "locked",
    Message = "message",
    Quota = "quota",
    Random = "random",
    Region = "region",
    Send = "send",
    Unavailable = "unavailable",
    Unconfirmed = "unconfirmed",
}

impl ChallengeError {
    pub(super) fn new(kind: ChallengeErrorKind) -> Self {
        Self(Box::new(ChallengeErrorInner { kind, retry_after: None, source: None, fate: None }))
    }

    pub(super) fn with_retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    fn with_source(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.0.source = Some(Arc::new(source));
        self
    }

    /// Creates the error for a message that cannot be created.
    pub(super) fn message(error: impl Error + Send + Sync + 'static) -> Self {
        Self::new(ChallengeErrorKind::Message).with_source(error)
    }

    pub(super) fn send(error: SendError) -> Self {
        let fate = error.fate();
        let wait = error.retry_after().unwrap_or_default().max(AGAIN);
        let mut made = Self::new(ChallengeErrorKind::Send).with_source(error);
        made.0.fate = Some(fate);
        made.with_retry_after(wait)
    }

    /// Returns the kind of the error.
    #[must_use]
    pub const fn kind(&self) -> ChallengeErrorKind {
        self.0.kind
    }

    /// Returns the time to wait before trying again, or `None` for the kinds `Binding`, `Gone`,
    /// `Message`, `Region` and `Unconfirmed`, for which waiting does not help. After this time,
    /// another limit may still apply. For `Random`, `Send` and `Unavailable` it is at least 5 s.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns the fate of the message, `NotSent` or `Refused`, for the kind `Send`, or `None` for
    /// all other kinds. An unknown fate is not an error; see
    /// [`Delivery::Unknown`](super::Delivery::Unknown).
    #[must_use]
    pub const fn fate(&self) -> Option<Fate> {
        self.0.fate
    }
}

impl From<RegionRefused> for ChallengeError {
    fn from(error: RegionRefused) -> Self {
        Self::new(ChallengeErrorKind::Region).with_source(error)
    }
}

impl From<RandomError> for ChallengeError {
    fn from(error: RandomError) -> Self {
        Self::new(ChallengeErrorKind::Random).with_source(error).with_retry_after(AGAIN)
    }
}

impl From<MessageError> for ChallengeError {
    fn from(error: MessageError) -> Self {
        Self::new(ChallengeErrorKind::Message).with_source(error)
    }
}

impl From<StoreError> for ChallengeError {
    fn from(error: StoreError) -> Self {
        Self::new(ChallengeErrorKind::Unavailable).with_source(error).with_retry_after(AGAIN)
    }
}

impl fmt::Display for ChallengeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Binding => {
                "the binding differs from the one that the challenge was issued with; bind the resend to the same bytes"
            }
            Self::Contested => "too many requests by strangers; verify that the requester is human",
            Self::Cooldown => "the last message is too recent",
            Self::Gone => "the challenge has expired, was already used, or does not exist",
            Self::Limited => "a rate limit for messages was reached",
            Self::Locked => "too many wrong codes",
            Self::Message => "the message cannot be created",
            Self::Quota => "the recipient has received the maximum number of messages",
            Self::Random => "no random bytes available",
            Self::Region => "messages to the region of the recipient are not allowed",
            Self::Send => "the message was not sent",
            Self::Unavailable => "the challenge store is unavailable",
            Self::Unconfirmed => {
                "the region of the recipient gets codes only for numbers that have verified before"
            }
        })
    }
}

impl fmt::Display for ChallengeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.kind, f)?;
        match self.0.retry_after {
            // Round up: a user who waits for the printed time must not be refused once more.
            Some(wait) => write!(f, "; try again in {} s", wait.as_millis().div_ceil(1_000)),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for ChallengeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChallengeError")
            .field("kind", &self.0.kind)
            .field("retry_after", &self.0.retry_after)
            .field("fate", &self.0.fate)
            .field("source", &self.0.source)
            .finish()
    }
}

impl Error for ChallengeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

/// An error of building [`Challenges`](super::Challenges).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The lifetime of a code is below one minute or above ten minutes.
    #[error("invalid lifetime of a code: expected 1 to 10 minutes")]
    Lifetime,
    /// The provider is missing.
    #[error("no provider: call `provider`")]
    NoProvider,
    /// The allow-list of regions is missing.
    #[error("no regions: call `regions`, or `any_region` to allow all regions")]
    NoRegions,
    /// The store is missing.
    #[error("no store: call `store` or `outbox`")]
    NoStore,
    /// Several processes can share the store, and the [timer](super::ChallengesBuilder::timer) for
    /// the store timeout is missing.
    #[error(
        "no timer for the store timeout: set `timer`, or turn the timeout off with `store_timeout(None)`"
    )]
    NoTimer,
    /// The message texts and the application's name for the built-in texts are both missing.
    #[error("no message texts: call `app` or `message_templates`")]
    NoTexts,
    /// The store cannot be shared between processes, and the application declared several
    /// processes.
    #[error("several processes cannot share this store: use one in Redis, PostgreSQL or SQLite")]
    NotShared,
    /// A number of the [`Limits`](super::Limits) is zero. To leave out a limit, begin with
    /// [`Limits::none`](super::Limits::none).
    #[error("invalid limits: each must allow at least 1 message")]
    NoMessages,
    /// A number of the policy is zero: the attempts, the messages per hour, per day or in total, or
    /// the wrong codes before a lock.
    #[error("invalid policy: attempts, messages and wrong codes before a lock must be at least 1")]
    Nothing,
    /// A region that was passed to [`regions`](super::ChallengesBuilder::regions) or another method
    /// is unknown, even if a later call replaced the list. The value is the last such text.
    #[error("unknown region `{0}`: expected two letters (ISO 3166-1 alpha-2)")]
    Region(String),
    /// The code of a test number has a different number of digits than the codes of the policy.
    #[error("invalid code of a test number: expected as many digits as in the policy")]
    TestCode,
    /// A message text, also a built-in one, is missing or too long.
    #[error("invalid message texts")]
    MessageTemplates(#[from] crate::message::MessageTemplatesError),
    /// The application's name cannot be used in the built-in texts.
    #[error("invalid application name for the built-in texts")]
    App(#[from] crate::message::TextTemplateError),
    /// The [probability](super::Policy::guess_probability) of guessing a code is above 1 in 10,000.
    #[error(
        "the probability of guessing a code is above 1 in 10,000: use more digits or fewer attempts, or call `with_weak_allowed`"
    )]
    Weak,
}
