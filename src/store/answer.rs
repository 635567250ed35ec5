use std::time::Duration;

use super::Salt;

/// The result of opening a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub enum Opened {
    /// The cooldown after the last message has not passed. The next message may be sent after this
    /// time.
    Cooldown(Duration),
    /// The challenge was opened, and its message may be sent.
    #[non_exhaustive]
    Created {
        /// The time until the next message may be sent.
        resend_in: Duration,
    },
    /// The recipient is locked for this time, after too many wrong guesses.
    Locked(Duration),
    /// The recipient has received the maximum number of messages. The next one may be sent after
    /// this time.
    Quota(Duration),
}

/// The result of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub enum Attempt {
    /// The guess is correct, and the challenge is used now.
    #[non_exhaustive]
    Accepted {
        /// `true` if the same attempt was accepted before and is repeated with its nonce.
        is_repeated: bool,
    },
    /// There is no pending challenge.
    Gone(GoneReason),
    /// The recipient is locked for this time. The guess was not compared.
    Locked(Duration),
    /// The guess is wrong.
    #[non_exhaustive]
    Wrong {
        /// The number of attempts left.
        left: u16,
    },
}

/// The reason why a challenge accepts no more guesses. The list is complete, so that a store can
/// match all variants.
///
/// # Security
///
/// Log the reason, but do not show it to the user: it reveals if a challenge exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a store writes each of them down")]
pub enum GoneReason {
    /// The challenge never existed, or has expired.
    Absent,
    /// All attempts were wrong.
    Exhausted,
    /// The challenge was revoked.
    Revoked,
    /// The code was already used.
    Used,
}

words! {
    GoneReason, "reason":
    Absent = "absent",
    Exhausted = "exhausted",
    Revoked = "revoked",
    Used = "used",
}

display_word!(GoneReason);

/// The result of asking for a permit to send a message again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub enum Resent {
    /// The cooldown after the last message has not passed. The next message may be sent after this
    /// time.
    Cooldown(Duration),
    /// There is no pending challenge.
    Gone(GoneReason),
    /// The recipient is locked for this time, after too many wrong guesses.
    Locked(Duration),
    /// The challenge was opened with another [binding](super::NewChallenge::binding). Nothing
    /// changed.
    OtherBinding,
    /// The message may be sent.
    #[non_exhaustive]
    Permitted {
        /// The salt from which the code is derived.
        salt: Salt,
        /// The remaining lifetime of the challenge.
        expires_in: Duration,
        /// The time until the next message may be sent.
        resend_in: Duration,
    },
    /// The recipient has received the maximum number of messages. The next one may be sent after
    /// this time.
    Quota(Duration),
}

impl Opened {
    /// Creates the result for an opened challenge.
    pub const fn created(resend_in: Duration) -> Self {
        Self::Created { resend_in }
    }
}

impl Attempt {
    /// Creates the result for a correct guess.
    pub const fn accepted(is_repeated: bool) -> Self {
        Self::Accepted { is_repeated }
    }

    /// Creates the result for a wrong guess.
    pub const fn wrong(left: u16) -> Self {
        Self::Wrong { left }
    }
}

impl Resent {
    /// Creates the result for a permit.
    pub const fn permitted(salt: Salt, expires_in: Duration, resend_in: Duration) -> Self {
        Self::Permitted { salt, expires_in, resend_in }
    }
}
