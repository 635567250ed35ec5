use otpost::gateway::Outcome;
use serde_json::{Value, json};

/// The response of a gateway in a sandbox to a message.
///
/// # Examples
///
/// ```
/// use otpost::gateway::Outcome;
/// use otpost_testing::{SandboxAnswer, SandboxFault};
///
/// let refused = SandboxAnswer::from(Outcome::InvalidRecipient);
/// let lost = SandboxAnswer::from(SandboxFault::Reset);
/// let third = SandboxAnswer::Example(2);
/// # let _ = (refused, lost, third);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SandboxAnswer {
    /// The `[[example]]` of the spec with this index, from 0.
    Example(usize),
    /// A fault of the gateway or the network.
    Fault(SandboxFault),
    /// A response with this meaning.
    Outcome(Outcome),
}

/// A fault that a sandbox plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SandboxFault {
    /// A response with status 500. No message arrives.
    Error500,
    /// Bytes that are not HTTP. The message arrives.
    Garbage,
    /// A connection that is closed without a response. No message arrives.
    Refused,
    /// A connection that is reset after the request. The message arrives.
    Reset,
    /// An accepting response with the message id of the message before. The message arrives.
    SameId,
    /// An accepting response after the time of `--slow`. The message arrives.
    Slow,
    /// A response that ends early. The message arrives.
    Truncated,
}

impl SandboxAnswer {
    pub(super) fn to_json(self) -> Value {
        match self {
            Self::Example(index) => json!({ "example": index }),
            Self::Fault(fault) => json!({ "fault": fault.word() }),
            Self::Outcome(outcome) => json!({ "outcome": outcome.as_str() }),
        }
    }
}

impl SandboxFault {
    const fn word(self) -> &'static str {
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
}

impl From<Outcome> for SandboxAnswer {
    fn from(outcome: Outcome) -> Self {
        Self::Outcome(outcome)
    }
}

impl From<SandboxFault> for SandboxAnswer {
    fn from(fault: SandboxFault) -> Self {
        Self::Fault(fault)
    }
}
