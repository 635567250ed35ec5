//! What becomes of a challenge and its recipient, for stores that hold both while they decide.

mod challenge;
mod recipient;

pub(super) use challenge::ChallengeState;
pub(super) use recipient::{Denied, RecipientState};

use std::time::Duration;

pub(super) fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
