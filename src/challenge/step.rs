/// The result of one step of a [`Worker`](super::Worker).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Step {
    /// A decoy, which needs no message, was removed from the outbox. One that is too late is
    /// `Expired`.
    Decoy,
    /// A message cannot be sent: a provider rejected it, another attempt would fail too, its region
    /// is not allowed, or it cannot be created or decrypted. It was removed, its challenge was
    /// revoked, and it counts for the client only.
    Dropped,
    /// A message came too late: its challenge was used, is no longer pending for another reason, or
    /// expires within 60 s. It was removed without being sent, and counts for the client
    /// only.
    Expired,
    /// The outbox has no message that is due.
    Idle,
    /// A message was not sent, or the gateway de-duplicates. It is retried after 5 s, or after the
    /// gateway's `Retry-After` if that is longer. The [decision table](crate::guide::delivery),
    /// column "here", lists when. A message is also postponed, unsent, if the store answered the
    /// claim [too late](super::Worker::with_lease). Another worker may have taken it over by then.
    Postponed,
    /// A message was sent, or may have been. It was removed from the outbox.
    Sent,
}

words! {
    Step, "step of a worker":
    Decoy = "decoy",
    Dropped = "dropped",
    Expired = "expired",
    Idle = "idle",
    Postponed = "postponed",
    Sent = "sent",
}

display_word!(Step);
