use std::time::Duration;

use super::{Context, Salt};

/// What became of a challenge that was to be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub enum Opened {
    /// The recipient has to wait so long for the next message.
    Cooldown(Duration),
    /// It is there, and a message may be sent.
    #[non_exhaustive]
    Created {
        /// When the next message may be sent.
        resend_in: Duration,
    },
    /// The recipient is locked for so long, after too many wrong guesses.
    Locked(Duration),
    /// The recipient has had all messages that it gets, and gets the next one so much later.
    Quota(Duration),
}

/// What became of a guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub enum Attempt {
    /// It is right, and the challenge used up.
    #[non_exhaustive]
    Accepted {
        /// What the challenge was opened with.
        context: Context,
        /// Whether this is the answer to a guess that was accepted before, and whose answer was lost.
        is_repeated: bool,
    },
    /// There is nothing to guess.
    Gone(GoneReason),
    /// The recipient is locked for so long. Nothing was compared.
    Locked(Duration),
    /// It is wrong.
    #[non_exhaustive]
    Wrong {
        /// How many guesses are left.
        left: u16,
    },
}

/// The reason why a challenge accepts no more guesses. These are all there are, so that a store can match them.
///
/// # Security
///
/// Log it, but do not show it to the person who guesses: it says whether a challenge exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a store writes each of them down")]
pub enum GoneReason {
    /// It never was, or has expired.
    Absent,
    /// All guesses were wrong.
    Exhausted,
    /// It was revoked.
    Revoked,
    /// The code was used.
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

/// What became of a message that was to be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub enum Resent {
    /// The recipient has to wait so long for the next message.
    Cooldown(Duration),
    /// There is no challenge any more.
    Gone(GoneReason),
    /// The recipient is locked for so long.
    Locked(Duration),
    /// The challenge was opened with another [binding](super::NewChallenge::binding). Nothing changed.
    OtherBinding,
    /// It may be sent.
    #[non_exhaustive]
    Permitted {
        /// What the code is made of.
        salt: Salt,
        /// How long the challenge still lives.
        expires_in: Duration,
        /// When the next message may be sent.
        resend_in: Duration,
    },
    /// The recipient has had all messages that it gets, and gets the next one so much later.
    Quota(Duration),
}

impl Opened {
    /// The answer of a store that has created the challenge.
    pub const fn created(resend_in: Duration) -> Self {
        Self::Created { resend_in }
    }
}

impl Attempt {
    /// The answer of a store to a right guess.
    pub const fn accepted(context: Context, is_repeated: bool) -> Self {
        Self::Accepted { context, is_repeated }
    }

    /// The answer of a store to a wrong guess.
    pub const fn wrong(left: u16) -> Self {
        Self::Wrong { left }
    }
}

impl Resent {
    /// The answer of a store that has given a permit.
    pub const fn permitted(salt: Salt, expires_in: Duration, resend_in: Duration) -> Self {
        Self::Permitted { salt, expires_in, resend_in }
    }
}
