use super::{Fate, SendError, SendErrorKind};

/// The policy for a message of unknown fate: a duplicate is avoided or tolerated.
///
/// # Examples
///
/// ```
/// use otpost::provider::Duplicates;
///
/// assert_eq!(Duplicates::default(), Duplicates::Avoid);
/// ```
#[doc(alias = "at-most-once")]
#[doc(alias = "at-least-once")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a duplicate is either avoided or tolerated")]
pub enum Duplicates {
    /// A missing message is better than two. The message is sent again only by a gateway that
    /// documents that it detects duplicates. A person who gets no message can request another one.
    #[default]
    Avoid,
    /// Two messages are better than none. Both contain the same code, and both are charged.
    Tolerate,
}

words! {
    Duplicates, "policy for duplicates":
    Avoid = "avoid",
    Tolerate = "tolerate",
}

display_word!(Duplicates);

/// The steps that are allowed after a failed send.
///
/// # Examples
///
/// ```
/// use otpost::provider::{Decision, Duplicates, Fate, SendError, SendErrorKind};
///
/// let unknown = SendError::new(SendErrorKind::Transport, Fate::Unknown);
/// let decision = Decision::on(&unknown, Duplicates::Avoid);
/// assert!(!decision.retry_here && !decision.next_provider);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decision {
    /// `true` if the same provider may be tried again.
    pub retry_here: bool,
    /// `true` if another provider may be tried.
    pub next_provider: bool,
}

impl Decision {
    const STOP: Self = Self { retry_here: false, next_provider: false };
    const ELSEWHERE: Self = Self { retry_here: false, next_provider: true };
    const AGAIN: Self = Self { retry_here: true, next_provider: true };

    /// Returns the decision for an error. [The guide](crate::guide::delivery) lists the decision
    /// for each fate and kind.
    #[must_use]
    pub fn on(error: &SendError, duplicates: Duplicates) -> Self {
        use SendErrorKind::{
            Content, InvalidRecipient, Regulatory, Throttled, Transport, Unavailable,
        };
        match (error.fate(), error.kind()) {
            // It would fail at every gateway.
            (Fate::NotSent | Fate::Refused, Content | InvalidRecipient | Regulatory) => Self::STOP,
            (Fate::NotSent, Transport | Unavailable | Throttled) => Self::AGAIN,
            // The reason is this gateway's or account's own. It would refuse again, but another one
            // may not.
            (Fate::NotSent | Fate::Refused, _) => Self::ELSEWHERE,
            (Fate::Unknown, _) if duplicates == Duplicates::Tolerate => Self::AGAIN,
            // This gateway sends a message with the same id only once. Another gateway would send
            // it a second time.
            (Fate::Unknown, _) if error.is_deduplicated() => {
                Self { retry_here: true, next_provider: false }
            }
            (Fate::Unknown, _) => Self::STOP,
        }
    }
}
