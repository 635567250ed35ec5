use std::time::SystemTime;

use super::token::ChallengeToken;
use crate::provider::{Receipt, SendError};
use crate::store::ChallengeId;

/// An issued challenge that waits for its code.
#[derive(Clone, Debug)]
pub struct Challenge {
    pub(super) id: ChallengeId,
    pub(super) token: ChallengeToken,
    pub(super) expires_at: SystemTime,
    pub(super) resend_at: SystemTime,
    pub(super) hint: String,
    pub(super) delivery: Delivery,
}

impl Challenge {
    /// Returns the token, which is all that the application has to keep, in a cookie or a session.
    /// A resend does not change it.
    #[must_use]
    pub const fn token(&self) -> &ChallengeToken {
        &self.token
    }

    /// Returns the id, for logs. It cannot be used to verify, resend or revoke.
    #[must_use]
    pub const fn id(&self) -> &ChallengeId {
        &self.id
    }

    /// Returns the time at which the challenge expires, by this process's clock. The store uses its
    /// own clock.
    #[must_use]
    pub const fn expires_at(&self) -> SystemTime {
        self.expires_at
    }

    /// Returns the time from which the next message may be sent, by this process's clock. The store
    /// uses its own clock.
    #[doc(alias = "cooldown")]
    #[must_use]
    pub const fn resend_at(&self) -> SystemTime {
        self.resend_at
    }

    /// Returns the masked phone number to show on the page, such as `+41*****4567`.
    #[must_use]
    pub fn hint(&self) -> &str {
        &self.hint
    }

    /// Returns the delivery state of the message.
    #[must_use]
    pub const fn delivery(&self) -> &Delivery {
        &self.delivery
    }
}

/// The delivery state of a challenge's message.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Delivery {
    /// A provider accepted the message. A decoy looks the same, so that the page cannot reveal it:
    /// its receipt names the provider, and no message was sent.
    Accepted(Receipt),
    /// The message waits for a [`Worker`](super::Worker). A decoy waits as well, and its worker
    /// sends no message.
    Queued,
    /// The message may have been sent. Ask for the code, and offer to send it again.
    Unknown(SendError),
    /// The recipient is a test number. No message is sent or queued.
    Unneeded,
}
