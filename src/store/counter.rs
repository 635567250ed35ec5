use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::StoreError;

/// Counts messages by what they have in common besides the recipient: a range of numbers, a client,
/// the application.
///
/// # Contract
///
/// 1. `spend` counts a message under all tags, or refuses it. Of any number of calls at once, no
///    more than [`Spend::most`] are counted in a window.
/// 2. A message that is refused may have been counted under tags that come before the one that
///    refused it, and under no others.
/// 3. `credit` counts a success; an unknown tag gets none.
/// 4. Everything that is kept ends with its window.
#[async_trait]
pub trait CounterStore: fmt::Debug + Send + Sync + 'static {
    /// Counts a message.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; it may then be counted or not.
    async fn spend(&self, spends: &[Spend]) -> Result<Spent, StoreError>;

    /// Counts a success of a message that was counted before.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; it may then be counted or not.
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

/// What is counted together: eight bytes of a keyed digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CounterTag([u8; 8]);

impl CounterTag {
    /// Of these bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// The bytes.
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

/// A message to be counted under a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Spend {
    /// The tag.
    pub tag: CounterTag,
    /// How many messages a window takes.
    pub most: u32,
    /// How long a window is, from its first message.
    pub span: Duration,
    /// From so many messages on, the share of successes counts; never, if it is zero.
    pub judged_from: u32,
    /// The least share of successes, in percent.
    pub least_percent: u8,
}

impl Spend {
    /// At most so many messages in a span.
    #[must_use]
    pub const fn new(tag: CounterTag, most: u32, span: Duration) -> Self {
        Self { tag, most, span, judged_from: 0, least_percent: 0 }
    }

    /// And none, from so many messages on, when fewer than this share of them had a success.
    #[must_use]
    pub const fn with_conversion(mut self, judged_from: u32, least_percent: u8) -> Self {
        self.judged_from = judged_from;
        self.least_percent = least_percent;
        self
    }

    /// Whether one more message may be sent after so many messages and successes.
    #[must_use]
    pub fn allows(&self, sent: u32, succeeded: u32) -> SpendVerdict {
        if sent >= self.most {
            return SpendVerdict::Full;
        }
        let due = u64::from(sent).saturating_mul(u64::from(self.least_percent));
        let is_judged = self.judged_from > 0 && sent >= self.judged_from;
        if is_judged && u64::from(succeeded).saturating_mul(100) < due {
            return SpendVerdict::NoSuccess;
        }
        SpendVerdict::Allowed
    }
}

/// The decision of a window about one more message. These are all there are, so that a store can
/// match them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store has an answer for each of them")]
pub enum SpendVerdict {
    /// It may be sent.
    Allowed,
    /// The window has had all its messages.
    Full,
    /// Too few of those before it had a success.
    NoSuccess,
}

/// Whether a message was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub enum Spent {
    /// It was, under all tags.
    Counted,
    /// The window of the tag at this place has had all its messages, and ends so much later.
    Full(usize, Duration),
    /// Too few messages in the window of the tag at this place had a success; it ends so much
    /// later.
    NoSuccess(usize, Duration),
}
