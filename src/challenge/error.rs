use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::message::MessageError;
use crate::otp::RandomError;
use crate::phone::RegionRefused;
use crate::provider::{Fate, SendError};
use crate::store::StoreError;

/// Why there is no challenge, no further message, or no verdict. A wrong code is none of these: see
/// [`Verdict`](super::Verdict).
///
/// # Security
///
/// It holds nothing of a code or a number, and in its [source](Error::source) nothing either.
#[derive(Clone)]
pub struct ChallengeError(Box<ChallengeErrorInner>);

#[derive(Clone)]
struct ChallengeErrorInner {
    kind: ChallengeErrorKind,
    retry_after: Option<Duration>,
    source: Option<Arc<dyn Error + Send + Sync>>,
    fate: Option<Fate>,
}

/// What kept a challenge from being issued, sent or checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChallengeErrorKind {
    /// A resend came with another binding than the challenge was issued with. Nothing was sent.
    Binding,
    /// The last message is too recent.
    Cooldown,
    /// There is no such challenge any more: it was used, has expired, or is another recipient's.
    Gone,
    /// Too many messages to the same range of numbers, of the same client, or in all; or too few of them had a success.
    Guarded,
    /// Too many wrong guesses.
    Locked,
    /// The message could not be made.
    Message,
    /// The recipient has had all messages that it gets for now.
    Quota,
    /// The operating system gave no randomness.
    Random,
    /// Messages do not go to the recipient's region.
    Region,
    /// The message was not sent, or refused. The challenge is revoked.
    Send,
    /// The store did not answer, so nothing was sent and nobody is let in.
    Unavailable,
}

impl ChallengeErrorKind {
    /// Returns the HTTP status for a page or an API that reports this error.
    ///
    /// | kind | status |
    /// |---|---|
    /// | `Binding` | 409 Conflict |
    /// | `Cooldown`, `Guarded`, `Locked`, `Quota` | 429 Too Many Requests, with [`retry_after`](ChallengeError::retry_after) as `Retry-After` |
    /// | `Gone` | 410 Gone |
    /// | `Message`, `Region` | 422 Unprocessable Content |
    /// | `Random` | 500 Internal Server Error |
    /// | `Send` | 502 Bad Gateway |
    /// | `Unavailable` | 503 Service Unavailable |
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
            Self::Cooldown | Self::Guarded | Self::Locked | Self::Quota => 429,
            Self::Gone => 410,
            Self::Message | Self::Region => 422,
            Self::Random => 500,
            Self::Send => 502,
            Self::Unavailable => 503,
        }
    }
}

words! {
    ChallengeErrorKind, "kind of challenge error":
    Binding = "binding",
    Cooldown = "cooldown",
    Gone = "gone",
    Guarded = "guarded",
    Locked = "locked",
    Message = "message",
    Quota = "quota",
    Random = "random",
    Region = "region",
    Send = "send",
    Unavailable = "unavailable",
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

    /// Of a message that cannot be made.
    pub(super) fn message(error: impl Error + Send + Sync + 'static) -> Self {
        Self::new(ChallengeErrorKind::Message).with_source(error)
    }

    pub(super) fn send(error: SendError) -> Self {
        let fate = error.fate();
        let mut made = Self::new(ChallengeErrorKind::Send).with_source(error);
        made.0.fate = Some(fate);
        made
    }

    /// What kept it.
    #[must_use]
    pub const fn kind(&self) -> ChallengeErrorKind {
        self.0.kind
    }

    /// When it is worth trying again, if that is known.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// What became of the message; `None` when there was none to send.
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
        Self::new(ChallengeErrorKind::Random).with_source(error)
    }
}

impl From<MessageError> for ChallengeError {
    fn from(error: MessageError) -> Self {
        Self::new(ChallengeErrorKind::Message).with_source(error)
    }
}

impl From<StoreError> for ChallengeError {
    fn from(error: StoreError) -> Self {
        Self::new(ChallengeErrorKind::Unavailable).with_source(error)
    }
}

impl fmt::Display for ChallengeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Binding => {
                "the binding differs from the one that the challenge was issued with; bind the resend to the same bytes"
            }
            Self::Cooldown => "the last message is too recent",
            Self::Gone => "there is no such challenge any more",
            Self::Guarded => "too many messages",
            Self::Locked => "too many wrong codes",
            Self::Message => "the message cannot be made",
            Self::Quota => "the recipient has had all its messages for now",
            Self::Random => "there is no randomness",
            Self::Region => "no messages go to this region",
            Self::Send => "the message was not sent",
            Self::Unavailable => "the store of challenges does not answer",
        })
    }
}

impl fmt::Display for ChallengeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.kind, f)?;
        match self.0.retry_after {
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

/// Why there are no [`Challenges`](super::Challenges).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A lifetime below one minute or above ten.
    #[error("a code lives from one to ten minutes")]
    Lifetime,
    /// No provider.
    #[error("nothing sends messages: give a provider")]
    NoProvider,
    /// No regions.
    #[error("no message goes anywhere: say `regions`, or `any_region` at your own expense")]
    NoRegions,
    /// No store.
    #[error("nothing remembers challenges: give a store")]
    NoStore,
    /// A store that processes share, and no timer for the [store timeout](super::ChallengesBuilder::store_timeout).
    #[error(
        "no timer for the store timeout: set `timer`, or turn the timeout off with `store_timeout(None)`"
    )]
    NoTimer,
    /// Neither texts nor the application's name.
    #[error("there is no text: say `app`, or give `texts`")]
    NoTexts,
    /// A store of one process for many.
    #[error("the store is one process's, and there are many: use one that all share")]
    NotShared,
    /// A count of zero.
    #[error("attempts, messages and failures are at least one")]
    Nothing,
    /// Not a region.
    #[error("`{0}` is no region: regions are the two letters of ISO 3166-1")]
    Region(String),
    /// A fixed code of another length than the policy's.
    #[error("the code of a test number has as many digits as the policy says")]
    TestCode,
    /// A text that cannot be sent.
    #[error("a text is not fit to be sent")]
    MessageTemplates(#[from] crate::message::MessageTemplatesError),
    /// The built-in texts take no such name.
    #[error("the texts take no such name")]
    App(#[from] crate::message::TextTemplateError),
    /// A guess succeeds once in ten thousand times or more often.
    #[error(
        "a code is guessed more often than once in 10,000 times: more digits, fewer attempts, or `allow_weak`"
    )]
    Weak,
}
