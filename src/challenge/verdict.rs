use std::fmt;
use std::time::Duration;

use super::device::DeviceToken;
use crate::phone::PhoneNumber;
use crate::store::ChallengeId;

/// The result of verifying a code.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "ignoring the verdict lets every user in"]
#[non_exhaustive]
pub enum Verdict {
    /// The code is correct. It cannot be used again, except to repeat this attempt with the same
    /// [nonce](super::Verify::nonce).
    Accepted(Accepted),
    /// The token belongs to no pending challenge. The challenge was used, has expired, was revoked,
    /// has no attempts left, belongs to another purpose or tenant, or never existed, or its key is
    /// no longer in the [`Pepper`](super::Pepper).
    Gone,
    /// The recipient is locked after too many wrong codes, for this purpose and the kind of
    /// requester of this challenge. The code was not compared and uses no attempt. The wrong code
    /// that starts a lock is still reported as [`Wrong`](Self::Wrong).
    #[non_exhaustive]
    Locked {
        /// The time until the lock ends.
        retry_after: Duration,
    },
    /// The input is not a code: it has another number of digits than the policy's codes, or
    /// [`Code::parse`](crate::Code::parse) refuses it. It uses no attempt.
    Malformed,
    /// The code is wrong, or the [binding](super::Verify::bind) differs from that of the issue.
    #[non_exhaustive]
    Wrong {
        /// The number of attempts left. At 0 the challenge is exhausted.
        attempts_left: u16,
    },
}

/// An accepted code and the phone number that it verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    pub(super) challenge_id: ChallengeId,
    pub(super) recipient: PhoneNumber,
    pub(super) is_repeated: bool,
    pub(super) device_token: Option<DeviceToken>,
}

impl Accepted {
    /// Returns the phone number that was verified. Use it instead of a number from a form, which
    /// may differ.
    #[must_use]
    pub const fn recipient(&self) -> &PhoneNumber {
        &self.recipient
    }

    /// Returns the id of the challenge.
    #[must_use]
    pub const fn challenge_id(&self) -> &ChallengeId {
        &self.challenge_id
    }

    /// Returns the token of this device, for a cookie that lasts 180 days. Pass it to
    /// [`Issue::device`](super::Issue::device) next time, so that strangers cannot lock the user
    /// out. Each acceptance has another one; the older ones stay valid.
    ///
    /// It is `None` for a repeated attempt, whose device may be another one.
    #[must_use]
    pub const fn device_token(&self) -> Option<&DeviceToken> {
        self.device_token.as_ref()
    }

    /// Returns `true` if the attempt was accepted before and is now repeated with the same
    /// [nonce](super::Verify::nonce).
    ///
    /// For an action that must happen exactly once, such as a payment, use the challenge's id as
    /// its idempotency key. An action that is performed only if this is `false` happens at most
    /// once: it is lost if the process stops after the verdict.
    #[must_use]
    pub const fn is_repeated(&self) -> bool {
        self.is_repeated
    }
}

impl Verdict {
    /// Returns `true` if the code is correct.
    #[must_use]
    pub const fn is_accepted(&self) -> bool {
        matches!(self, Self::Accepted(_))
    }

    /// Returns the time until the lock ends, or `None` if the verdict is not
    /// [`Locked`](Self::Locked). Rounded up to seconds, it is the value of the header
    /// `Retry-After`.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Locked { retry_after } => Some(*retry_after),
            _ => None,
        }
    }

    /// Returns a stable identifier for logs, metrics and translations: `accepted`, `gone`,
    /// `locked`, `malformed` or `wrong`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Accepted(_) => "accepted",
            Self::Gone => "gone",
            Self::Locked { .. } => "locked",
            Self::Malformed => "malformed",
            Self::Wrong { .. } => "wrong",
        }
    }
}

impl Verdict {
    /// Returns the HTTP status for a page or an API that reports this verdict.
    ///
    /// | verdict | status |
    /// |---|---|
    /// | `Accepted` | 200 OK |
    /// | `Gone` | 410 Gone |
    /// | `Locked` | 429 Too Many Requests, with `retry_after` as `Retry-After` |
    /// | `Malformed` | 422 Unprocessable Content |
    /// | `Wrong` | 403 Forbidden |
    ///
    /// A wrong code is not 401: that status promises a `WWW-Authenticate` header (RFC 9110
    /// §15.5.2).
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::challenge::Verdict;
    ///
    /// assert_eq!(Verdict::Gone.http_status(), 410);
    /// ```
    #[must_use]
    pub const fn http_status(&self) -> u16 {
        match self {
            Self::Accepted(_) => 200,
            Self::Gone => 410,
            Self::Locked { .. } => 429,
            Self::Malformed => 422,
            Self::Wrong { .. } => 403,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted(_) => f.write_str("the code is correct"),
            Self::Gone => f.write_str("the code has expired or was already used"),
            Self::Locked { retry_after } => {
                let seconds = retry_after.as_millis().div_ceil(1_000);
                write!(f, "too many wrong codes; try again in {seconds} s")
            }
            Self::Malformed => f.write_str("the input is not a code"),
            Self::Wrong { attempts_left: 1 } => f.write_str("the code is wrong; 1 attempt left"),
            Self::Wrong { attempts_left } => {
                write!(f, "the code is wrong; {attempts_left} attempts left")
            }
        }
    }
}
