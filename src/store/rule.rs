use std::time::Duration;

use super::{Binding, Mac, Salt};

/// The rule for [`open`](super::ChallengeStore::open): lifetime, cooldown and send window.
///
/// Durations are truncated to whole milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenRule {
    /// The lifetime of a challenge.
    pub lifetime: Duration,
    /// The cooldown after the first message. It doubles with each further message within the
    /// [`window`](Self::window).
    pub cooldown: Duration,
    /// The maximum of the doubled cooldown.
    pub longest_cooldown: Duration,
    /// The limit on messages per recipient.
    pub window: SendWindow,
}

impl OpenRule {
    /// Creates a rule.
    #[must_use]
    pub const fn new(
        lifetime: Duration,
        cooldown: Duration,
        longest_cooldown: Duration,
        window: SendWindow,
    ) -> Self {
        Self { lifetime, cooldown, longest_cooldown, window }
    }
}

/// A limit on messages within a window of time, which begins with the first message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SendWindow {
    /// The maximum number of messages. 0 allows none.
    pub most: u16,
    /// The length of the window.
    pub span: Duration,
}

impl SendWindow {
    /// Creates a limit of `most` messages per `span`.
    #[must_use]
    pub const fn new(most: u16, span: Duration) -> Self {
        Self { most, span }
    }
}

/// The rule for [`attempt`](super::ChallengeStore::attempt): the lock after wrong guesses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttemptRule {
    /// The number of wrong guesses after which a recipient is locked, across all challenges with
    /// the same [tag](super::ChallengeId::recipient). Counting begins again after each lock.
    pub failures: u16,
    /// The duration of the first lock. Each further lock lasts twice as long, until a success or
    /// until the failures expire.
    pub lock: Duration,
    /// The maximum duration of a lock.
    pub longest_lock: Duration,
    /// The time after which the failures expire, counted from the last one.
    pub memory: Duration,
}

impl AttemptRule {
    /// Creates a rule.
    #[must_use]
    pub const fn new(
        failures: u16,
        lock: Duration,
        longest_lock: Duration,
        memory: Duration,
    ) -> Self {
        Self { failures, lock, longest_lock, memory }
    }
}

/// The rule for [`resend`](super::ChallengeStore::resend).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ResendRule {
    /// The cooldown and the send window. Its lifetime is ignored.
    pub send: OpenRule,
    /// The minimum remaining lifetime. A challenge with less counts as expired, because its message
    /// would arrive too late.
    pub least_left: Duration,
    /// The digest of the binding that the challenge must have been opened with. Defaults to zeros.
    pub binding: Binding,
    /// The salt and the MAC of a new code that replaces the current one. `None` sends the same code
    /// again.
    pub rotate: Option<(Salt, Mac)>,
}

impl ResendRule {
    /// Creates a rule for sending the same code again.
    #[must_use]
    pub const fn new(send: OpenRule, least_left: Duration) -> Self {
        Self { send, least_left, binding: Binding::new([0; 8]), rotate: None }
    }

    /// Sets the digest of the binding that the challenge must have been opened with. Defaults to
    /// zeros.
    #[must_use]
    pub const fn with_binding(mut self, binding: Binding) -> Self {
        self.binding = binding;
        self
    }

    /// Replaces the current code with a new one.
    #[must_use]
    pub const fn with_rotation(mut self, salt: Salt, mac: Mac) -> Self {
        self.rotate = Some((salt, mac));
        self
    }
}
