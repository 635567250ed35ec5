use super::{Fate, SendError, SendErrorKind};

/// Whether a message of unknown fate may be sent again.
///
/// # Examples
///
/// ```
/// use otpost::provider::Duplicates;
///
/// assert_eq!(Duplicates::default(), Duplicates::Avoid);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it may, or it may not")]
pub enum Duplicates {
    /// Never: rather no code than two. A person who gets none asks for another.
    #[default]
    Avoid,
    /// Rather two messages than none. Both hold the same code, and both are paid for.
    Tolerate,
}

words! {
    Duplicates, "policy for duplicates":
    Avoid = "avoid",
    Tolerate = "tolerate",
}

display_word!(Duplicates);

/// What may follow on a failed send.
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
    /// Whether the same provider may be asked again.
    pub retry_here: bool,
    /// Whether another provider may be asked.
    pub next_provider: bool,
}

impl Decision {
    const STOP: Self = Self { retry_here: false, next_provider: false };
    const ELSEWHERE: Self = Self { retry_here: false, next_provider: true };
    const AGAIN: Self = Self { retry_here: true, next_provider: true };

    /// Decides by fate and kind alone, as the table of [the guide](crate::guide::delivery) says.
    #[must_use]
    pub fn on(error: &SendError, duplicates: Duplicates) -> Self {
        use SendErrorKind::{InvalidRecipient, Regulatory, Throttled, Transport, Unavailable};
        match (error.fate(), error.kind()) {
            // It is wrong everywhere.
            (Fate::NotSent | Fate::Refused, InvalidRecipient | Regulatory) => Self::STOP,
            (Fate::NotSent, Transport | Unavailable | Throttled) => Self::AGAIN,
            (Fate::NotSent | Fate::Refused, _) => Self::ELSEWHERE,
            (Fate::Unknown, _) if duplicates == Duplicates::Tolerate => Self::AGAIN,
            // The same gateway takes the same message once, however often it gets it; another one would take it as well.
            (Fate::Unknown, _) if error.is_deduplicated() => {
                Self { retry_here: true, next_provider: false }
            }
            (Fate::Unknown, _) => Self::STOP,
        }
    }
}
