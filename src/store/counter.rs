use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::StoreError;

/// A store for counters of messages, for rate limits per client, range of numbers, region and
/// application.
///
/// # Contract
///
/// 1. `spend` counts a message under all tags, or refuses it. Of any number of concurrent calls, at
///    most [`Spend::most`] are counted within a window.
/// 2. A refused message may have been counted under tags before the one that refused it, but not
///    under others.
/// 3. `credit` counts a success under a known tag. It does nothing for an unknown tag.
/// 4. Everything that is stored expires with its window.
#[async_trait]
pub trait CounterStore: fmt::Debug + Send + Sync + 'static {
    /// Counts a message under all tags, or refuses it.
    ///
    /// # Errors
    ///
    /// Returns a [`StoreError`] if the operation failed. It is then unknown if the message was
    /// counted.
    async fn spend(&self, spends: &[Spend]) -> Result<Spent, StoreError>;

    /// Counts a success for a message that was counted before.
    ///
    /// # Errors
    ///
    /// Returns a [`StoreError`] if the operation failed. It is then unknown if the success was
    /// counted.
    async fn credit(&self, tag: &CounterTag) -> Result<(), StoreError>;
}

const _: fn(&dyn CounterStore) = |_| ();

#[async_trait]
impl<T: CounterStore + ?Sized> CounterStore for Arc<T> {
    async fn spend(&self, spends: &[Spend]) -> Result<Spent, StoreError> {
        (**self).spend(spends).await
    }

    async fn credit(&self, tag: &CounterTag) -> Result<(), StoreError> {
        (**self).credit(tag).await
    }
}

#[async_trait]
impl<T: CounterStore + ?Sized> CounterStore for Box<T> {
    async fn spend(&self, spends: &[Spend]) -> Result<Spent, StoreError> {
        (**self).spend(spends).await
    }

    async fn credit(&self, tag: &CounterTag) -> Result<(), StoreError> {
        (**self).credit(tag).await
    }
}

/// The name of a counter: eight bytes of a keyed digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CounterTag([u8; 8]);

impl CounterTag {
    /// Creates a tag from its bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }
}

impl fmt::Debug for CounterTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CounterTag(***)")
    }
}

/// A tag under which a message is counted, with its limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Spend {
    /// The tag.
    pub tag: CounterTag,
    /// The maximum number of messages within a window.
    pub most: u32,
    /// The length of a window, which begins with its first message.
    pub span: Duration,
    /// The number of messages from which on the share of successes is checked. 0 disables the
    /// check.
    pub judged_from: u32,
    /// The minimum share of successes, in percent.
    pub least_percent: u8,
}

impl Spend {
    /// Creates a rate limit of `most` messages per `span`, without a check of the successes.
    #[must_use]
    pub const fn new(tag: CounterTag, most: u32, span: Duration) -> Self {
        Self { tag, most, span, judged_from: 0, least_percent: 0 }
    }

    /// Adds a minimum share of successes, which is checked from `judged_from` messages on.
    #[must_use]
    pub const fn with_conversion(mut self, judged_from: u32, least_percent: u8) -> Self {
        self.judged_from = judged_from;
        self.least_percent = least_percent;
        self
    }

    /// Decides if one more message may be sent, given the messages and successes in the current
    /// window.
    #[must_use]
    pub fn allows(&self, sent: u32, succeeded: u32) -> SpendVerdict {
        if sent >= self.most {
            return SpendVerdict::Full;
        }
        // Cross-multiplied in 64 bits: no division, no rounding and no overflow.
        let due = u64::from(sent).saturating_mul(u64::from(self.least_percent));
        let is_judged = self.judged_from > 0 && sent >= self.judged_from;
        if is_judged && u64::from(succeeded).saturating_mul(100) < due {
            return SpendVerdict::NoSuccess;
        }
        SpendVerdict::Allowed
    }
}

/// The decision about one more message in a window. The list is complete, so that a store can match
/// all variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store has an answer for each of them")]
pub enum SpendVerdict {
    /// The message may be sent.
    Allowed,
    /// The window already has the maximum number of messages.
    Full,
    /// Too few messages in the window led to a success.
    NoSuccess,
}

/// The result of counting a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub enum Spent {
    /// The message was counted under all tags.
    Counted,
    /// The window of the tag at this index has the maximum number of messages. It ends after this
    /// time.
    Full(usize, Duration),
    /// Too few messages in the window of the tag at this index led to a success. It ends after this
    /// time.
    NoSuccess(usize, Duration),
}
