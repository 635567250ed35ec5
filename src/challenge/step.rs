/// The result of one step of a [`Worker`](super::Worker).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Step {
    /// A message cannot be sent. It was removed, and its challenge was revoked.
    Dropped,
    /// The outbox has no message that is due.
    Idle,
    /// A message was not sent and is retried later.
    Postponed,
    /// A message was sent, or may have been.
    Sent,
}

words! {
    Step, "step of a worker":
    Dropped = "dropped",
    Idle = "idle",
    Postponed = "postponed",
    Sent = "sent",
}

display_word!(Step);
