use std::time::Duration;

use super::{Binding, Mac, Salt};

/// What [`open`](super::ChallengeStore::open) decides by.
///
/// All spans count in whole milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenRule {
    /// How long a challenge lives.
    pub lifetime: Duration,
    /// How long a recipient waits after the first message; twice as long after the second, and so
    /// on, within the first of [`windows`](Self::windows).
    pub cooldown: Duration,
    /// What the doubling ends at.
    pub longest_cooldown: Duration,
    /// How many messages a recipient gets, in a short span and in a long one.
    pub windows: [SendWindow; 2],
}

impl OpenRule {
    /// A rule of these parts.
    #[must_use]
    pub const fn new(
        lifetime: Duration,
        cooldown: Duration,
        longest_cooldown: Duration,
        windows: [SendWindow; 2],
    ) -> Self {
        Self { lifetime, cooldown, longest_cooldown, windows }
    }
}

/// So many messages in a span, which begins with the first of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SendWindow {
    /// How many.
    pub most: u16,
    /// In how long.
    pub span: Duration,
}

impl SendWindow {
    /// At most so many messages in a span.
    #[must_use]
    pub const fn new(most: u16, span: Duration) -> Self {
        Self { most, span }
    }
}

/// What [`attempt`](super::ChallengeStore::attempt) decides by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttemptRule {
    /// After so many wrong guesses, over all of a recipient's challenges for a purpose, it is
    /// locked.
    pub failures: u16,
    /// For how long the first time; twice as long the second time, and so on, until a success or
    /// until nothing is kept of the recipient.
    pub lock: Duration,
    /// What the doubling ends at.
    pub longest_lock: Duration,
    /// How long failures are kept after the last one.
    pub memory: Duration,
}

impl AttemptRule {
    /// A rule of these parts.
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

/// What [`resend`](super::ChallengeStore::resend) decides by.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ResendRule {
    /// Cooldown and windows; the lifetime is that of the challenge.
    pub send: OpenRule,
    /// A challenge that ends sooner counts as ended: a message about it comes too late.
    pub least_left: Duration,
    /// The binding that the challenge must have been opened with. Defaults to zeros.
    pub binding: Binding,
    /// The code that takes the place of the one that was sent.
    pub rotate: Option<(Salt, Mac)>,
}

impl ResendRule {
    /// A rule by which the same code is sent again.
    #[must_use]
    pub const fn new(send: OpenRule, least_left: Duration) -> Self {
        Self { send, least_left, binding: Binding::new([0; 8]), rotate: None }
    }

    /// Sets the binding that the challenge must have been opened with.
    #[must_use]
    pub const fn with_binding(mut self, binding: Binding) -> Self {
        self.binding = binding;
        self
    }

    /// With another code.
    #[must_use]
    pub const fn with_rotation(mut self, salt: Salt, mac: Mac) -> Self {
        self.rotate = Some((salt, mac));
        self
    }
}
