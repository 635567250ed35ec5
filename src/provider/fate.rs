use std::fmt;

/// The delivery state of a message without a receipt. It decides if sending again is safe.
///
/// # Examples
///
/// ```
/// use otpost::provider::{Fate, SendError, SendErrorKind};
///
/// let error = SendError::new(SendErrorKind::Throttled, Fate::NotSent);
/// // By default, a message of unknown fate is sent again only if the gateway de-duplicates.
/// assert!(error.fate() != Fate::Unknown);
/// ```
#[doc(alias = "delivery state")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "together with a receipt these are all states: a match must handle a new one"
)]
pub enum Fate {
    /// The message was not sent: it did not leave this machine, or the gateway reported that it
    /// accepts nothing at the moment.
    NotSent,
    /// The gateway read the message and refused it.
    Refused,
    /// The message may have been sent.
    Unknown,
}

words! {
    Fate, "fate":
    NotSent = "not_sent",
    Refused = "refused",
    Unknown = "unknown",
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSent => "the message was not sent",
            Self::Refused => "the message was refused",
            Self::Unknown => "the message may have been sent",
        })
    }
}

/// The kind of a [`SendError`](super::SendError): the reason why a message has no receipt.
///
/// # Examples
///
/// ```
/// use otpost::provider::SendErrorKind;
///
/// assert_eq!(SendErrorKind::NoCredit.to_string(), "the account has no credit");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SendErrorKind {
    /// The account, sender or route is blocked.
    Blocked,
    /// The gateway rejects the text of the message, which another gateway would do as well.
    Content,
    /// The phone number cannot receive the message, through this or any other gateway.
    InvalidRecipient,
    /// The spec, the settings of the account or the message is invalid for this gateway.
    Misconfigured,
    /// The account has no credit.
    NoCredit,
    /// A rule of the destination forbids the message.
    Regulatory,
    /// A rate limit is exceeded.
    Throttled,
    /// The gateway was not reached, or its response did not arrive.
    Transport,
    /// The gateway rejected the credentials.
    Unauthorized,
    /// The gateway accepts nothing at the moment.
    Unavailable,
    /// The response of the gateway does not tell what happened: it matches no rule, or one with the
    /// outcome `unknown`.
    Unknown,
}

words! {
    SendErrorKind, "kind of send error":
    Blocked = "blocked",
    Content = "content",
    InvalidRecipient = "invalid_recipient",
    Misconfigured = "misconfigured",
    NoCredit = "no_credit",
    Regulatory = "regulatory",
    Throttled = "throttled",
    Transport = "transport",
    Unauthorized = "unauthorized",
    Unavailable = "unavailable",
    Unknown = "unknown",
}

impl fmt::Display for SendErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blocked => "the account, sender or route is blocked",
            Self::Content => "the text of the message was rejected",
            Self::InvalidRecipient => "the recipient cannot be reached",
            Self::Misconfigured => "the configuration or the message is invalid for this gateway",
            Self::NoCredit => "the account has no credit",
            Self::Regulatory => "a rule of the destination forbids the message",
            Self::Throttled => "a rate limit is exceeded",
            Self::Transport => "no response from the gateway",
            Self::Unauthorized => "the credentials were refused",
            Self::Unavailable => "the gateway accepts nothing at the moment",
            Self::Unknown => "the response of the gateway is not recognized",
        })
    }
}
