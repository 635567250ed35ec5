//! Numbers that always get the same response.

use otpost::gateway::Outcome;
use serde_json::{Value, json};

use super::fault::FaultKind;
use super::wanted::WantedAnswer;

/// The last four digits of a number, and the response.
const NUMBERS: [(&str, WantedAnswer); 18] = [
    ("0001", WantedAnswer::Outcome(Outcome::Throttled)),
    ("0002", WantedAnswer::Outcome(Outcome::NoCredit)),
    ("0003", WantedAnswer::Outcome(Outcome::InvalidRecipient)),
    ("0004", WantedAnswer::Outcome(Outcome::Blocked)),
    ("0005", WantedAnswer::Outcome(Outcome::Content)),
    ("0006", WantedAnswer::Outcome(Outcome::Duplicate)),
    ("0007", WantedAnswer::Outcome(Outcome::Misconfigured)),
    ("0008", WantedAnswer::Outcome(Outcome::Regulatory)),
    ("0009", WantedAnswer::Outcome(Outcome::Unauthorized)),
    ("0010", WantedAnswer::Outcome(Outcome::Unavailable)),
    ("0011", WantedAnswer::Outcome(Outcome::Unknown)),
    ("0021", WantedAnswer::Fault(FaultKind::Slow)),
    ("0022", WantedAnswer::Fault(FaultKind::Refused)),
    ("0023", WantedAnswer::Fault(FaultKind::Reset)),
    ("0024", WantedAnswer::Fault(FaultKind::Truncated)),
    ("0025", WantedAnswer::Fault(FaultKind::Error500)),
    ("0026", WantedAnswer::Fault(FaultKind::Garbage)),
    ("0027", WantedAnswer::Fault(FaultKind::SameId)),
];

/// Returns the response to messages to a number. `None` if it is an ordinary number.
pub(super) fn magic_answer(e164: &str) -> Option<WantedAnswer> {
    let found = NUMBERS.iter().find(|(end, _)| e164.ends_with(end));
    found.map(|(_, answer)| *answer)
}

/// Returns the table as JSON.
pub(super) fn magic_json() -> Value {
    let row = |(end, answer): (&str, WantedAnswer)| {
        let mut row = json!({ "ends_with": end });
        if let (Some(row), Value::Object(answer)) = (row.as_object_mut(), answer.to_json()) {
            row.extend(answer);
        }
        row
    };
    NUMBERS.into_iter().map(row).collect()
}

/// Returns the table for `--help`.
pub(crate) fn magic_help() -> String {
    let mut help = "Magic numbers, by their last four digits:\n".to_owned();
    for (end, answer) in NUMBERS {
        let word = match answer {
            WantedAnswer::Example(_) => continue,
            WantedAnswer::Fault(fault) => fault.as_str(),
            WantedAnswer::Outcome(outcome) => outcome.as_str(),
        };
        help.push_str(&format!("  {end}  {word}\n"));
    }
    help
}
