use serde::Deserialize;

/// The meaning of a gateway's response.
///
/// # Examples
///
/// ```
/// use otpost::gateway::Outcome;
///
/// assert_eq!(Outcome::NoCredit.to_string(), "no_credit");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// The gateway accepted the message.
    Accepted,
    /// The gateway has blocked the account, the sender or the route.
    Blocked,
    /// The gateway rejects the text of the message.
    Content,
    /// The gateway has accepted a message with this id before. It counts as accepted, and is an
    /// error in a spec without an [`Idempotency`](crate::gateway::Idempotency).
    Duplicate,
    /// The phone number is invalid or cannot receive SMS.
    InvalidRecipient,
    /// The request is invalid for this gateway, for example because of a missing field.
    Misconfigured,
    /// The account has no credit left.
    NoCredit,
    /// A regulation of the destination forbids the message.
    Regulatory,
    /// A rate limit of the gateway was exceeded. The message was not sent.
    Throttled,
    /// The gateway rejected the credentials.
    Unauthorized,
    /// The gateway is temporarily unavailable. The message was not sent.
    Unavailable,
    /// The response does not show whether the gateway accepted the message.
    Unknown,
}

words! {
    Outcome, "outcome":
    Accepted = "accepted",
    Blocked = "blocked",
    Content = "content",
    Duplicate = "duplicate",
    InvalidRecipient = "invalid_recipient",
    Misconfigured = "misconfigured",
    NoCredit = "no_credit",
    Regulatory = "regulatory",
    Throttled = "throttled",
    Unauthorized = "unauthorized",
    Unavailable = "unavailable",
    Unknown = "unknown",
}

display_word!(Outcome);
