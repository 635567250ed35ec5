//! The response that is wanted for a message.

use otpost::gateway::Outcome;
use serde_json::{Value, json};

use super::fault::FaultKind;

/// All outcomes, in the order of their words.
pub(super) const OUTCOMES: [Outcome; 12] = [
    Outcome::Accepted,
    Outcome::Blocked,
    Outcome::Content,
    Outcome::Duplicate,
    Outcome::InvalidRecipient,
    Outcome::Misconfigured,
    Outcome::NoCredit,
    Outcome::Regulatory,
    Outcome::Throttled,
    Outcome::Unauthorized,
    Outcome::Unavailable,
    Outcome::Unknown,
];

/// The response that is wanted for a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WantedAnswer {
    /// The example of the spec with this index.
    Example(usize),
    Fault(FaultKind),
    Outcome(Outcome),
}

impl WantedAnswer {
    /// The response to a message unless another one is wanted.
    pub(super) const USUAL: Self = Self::Outcome(Outcome::Accepted);

    pub(super) fn to_json(self) -> Value {
        match self {
            Self::Example(index) => json!({ "example": index }),
            Self::Fault(fault) => json!({ "fault": fault.as_str() }),
            Self::Outcome(outcome) => json!({ "outcome": outcome.as_str() }),
        }
    }

    /// Reads an answer of a gateway with this number of examples. An error says what is accepted.
    pub(super) fn from_json(value: &Value, examples: usize) -> Result<Self, String> {
        let form = "answer: expected an object with one of `outcome`, `example` and `fault`";
        let members = value.as_object().filter(|members| members.len() == 1);
        let (name, value) = members.and_then(|members| members.iter().next()).ok_or(form)?;
        match name.as_str() {
            "example" => {
                let index = value.as_u64().and_then(|index| usize::try_from(index).ok());
                let index = index.filter(|index| *index < examples);
                index.map(Self::Example).ok_or_else(|| match examples.checked_sub(1) {
                    Some(last) => format!("answer.example: expected an index from 0 to {last}"),
                    None => "answer.example: the spec has no example".to_owned(),
                })
            }
            "fault" => {
                let fault = value.as_str().and_then(FaultKind::parse);
                fault.map(Self::Fault).ok_or_else(|| {
                    let known = FaultKind::ALL.map(FaultKind::as_str);
                    format!("answer.fault: expected one of {}", known.join(", "))
                })
            }
            "outcome" => {
                let outcome = value.as_str().and_then(|word| word.parse().ok());
                outcome.map(Self::Outcome).ok_or_else(|| {
                    let known = OUTCOMES.map(|outcome| outcome.as_str());
                    format!("answer.outcome: expected one of {}", known.join(", "))
                })
            }
            _ => Err(form.to_owned()),
        }
    }
}
