//! Faults of a gateway or a network that the sandbox can play.

/// A fault instead of a proper response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FaultKind {
    /// A response with status 500, and no message arrives.
    Error500,
    /// Bytes that are not HTTP, although the message was accepted.
    Garbage,
    /// The connection is closed without a response, and no message arrives.
    Refused,
    /// The connection is reset after the message was accepted.
    Reset,
    /// The message is accepted with the message id of the message before.
    SameId,
    /// The message is accepted, and the response comes late.
    Slow,
    /// The response ends early, although the message was accepted.
    Truncated,
}

impl FaultKind {
    pub(super) const ALL: [Self; 7] = [
        Self::Error500,
        Self::Garbage,
        Self::Refused,
        Self::Reset,
        Self::SameId,
        Self::Slow,
        Self::Truncated,
    ];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Error500 => "error_500",
            Self::Garbage => "garbage",
            Self::Refused => "refused",
            Self::Reset => "reset",
            Self::SameId => "same_id",
            Self::Slow => "slow",
            Self::Truncated => "truncated",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.as_str() == word)
    }

    /// Returns whether the gateway has accepted the message, so that a phone shows it.
    pub(super) const fn delivers(self) -> bool {
        !matches!(self, Self::Error500 | Self::Refused)
    }

    /// Describes a fault after which the client has no response. `None` if it gets one.
    pub(super) const fn lost(self) -> Option<&'static str> {
        match self {
            Self::Garbage => Some(
                "The bytes of the response are not HTTP. The message was accepted, and the client \
                 cannot know it.",
            ),
            Self::Refused => Some(
                "The connection was closed without a response. The message was not accepted, and \
                 the client cannot know it.",
            ),
            Self::Reset => Some(
                "The connection was reset after the request. The message was accepted, and the \
                 client cannot know it.",
            ),
            Self::Truncated => Some(
                "The response ended early. The message was accepted, and the client cannot know \
                 it.",
            ),
            Self::Error500 | Self::SameId | Self::Slow => None,
        }
    }
}
