use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::StoreError;

/// A store for the rate limits on messages, and for the markers of known numbers.
///
/// A message reserves its place under several limits before it is sent. If it is not sent, or if
/// its code is accepted, the reservation is settled. A reservation that is never settled, for
/// example because a process stopped, ends with time.
///
/// # Contract
///
/// 1. `reserve` takes a place under every limit, or under none: the limits before the one that
///    refuses are unchanged, except those with [`Limit::is_kept`]. Limits after it are unchanged.
/// 2. Of any number of concurrent calls, at most [`LimitRule::Window::most`] are granted within any
///    span, and at most [`LimitRule::Bucket::capacity`] at once, as [`state`](super::state)
///    computes them.
/// 3. A settlement gives back what each [`Give`] says, once per call, and never more than was
///    taken: no count becomes negative, and no bucket holds more than its capacity.
/// 4. Settling under an unknown tag changes nothing, except that a success of a growing bucket is
///    counted.
/// 5. `reserve` returns `is_known` if any of the markers is set and has not expired. A marker that
///    is set again is renewed, and one that is set for zero is removed.
/// 6. Everything that is stored expires: a window when no message in it counts, a bucket when it is
///    full and none of its successes count, a marker after its time.
/// 7. The store's own clock decides.
///
/// A tag is used with one span only, and at most once in a call.
#[async_trait]
pub trait LimitStore: fmt::Debug + Send + Sync + 'static {
    /// Takes a place under each limit for one message, in this order, or refuses the message. In
    /// the same call, it looks up the markers.
    ///
    /// # Errors
    ///
    /// Returns a [`StoreError`] if the operation failed. It is then unknown what was taken.
    async fn reserve(
        &self,
        limits: &[Limit],
        markers: &[CounterTag],
    ) -> Result<Reserved, StoreError>;

    /// Gives back reservations, counts successes, and sets markers.
    ///
    /// # Errors
    ///
    /// Returns a [`StoreError`] if the operation failed. It is then unknown what was given back.
    async fn settle(&self, settlement: &Settlement) -> Result<(), StoreError>;
}

const _: fn(&dyn LimitStore) = |_| ();

macro_rules! through_a_pointer {
    ($($pointer:ident),*) => {$(
        #[async_trait]
        impl<T: LimitStore + ?Sized> LimitStore for $pointer<T> {
            async fn reserve(
                &self,
                limits: &[Limit],
                markers: &[CounterTag],
            ) -> Result<Reserved, StoreError> {
                (**self).reserve(limits, markers).await
            }

            async fn settle(&self, settlement: &Settlement) -> Result<(), StoreError> {
                (**self).settle(settlement).await
            }
        }
    )*};
}

through_a_pointer!(Arc, Box);

/// The name of a counter or a marker: eight bytes of a keyed digest.
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

/// A limit under which a message takes a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limit {
    /// The name of the counter.
    pub tag: CounterTag,
    /// The limit itself.
    pub rule: LimitRule,
    /// `true` if the place stays taken when a later limit of the same call refuses the message.
    /// Defaults to `false`.
    pub is_kept: bool,
}

impl Limit {
    /// Creates a limit of `most` messages within any `span`.
    #[must_use]
    pub const fn window(tag: CounterTag, most: u16, span: Duration) -> Self {
        Self { tag, rule: LimitRule::Window { most, span }, is_kept: false }
    }

    /// Creates a bucket of `capacity` messages, which is refilled completely in `refill`.
    #[must_use]
    pub const fn bucket(tag: CounterTag, capacity: u32, refill: Duration) -> Self {
        Self { tag, rule: LimitRule::Bucket { capacity, refill, grows: false }, is_kept: false }
    }

    /// Lets the capacity of a bucket grow with the successes of the last day. Does nothing for a
    /// window.
    #[must_use]
    pub const fn with_growth(mut self) -> Self {
        if let LimitRule::Bucket { capacity, refill, .. } = self.rule {
            self.rule = LimitRule::Bucket { capacity, refill, grows: true };
        }
        self
    }

    /// Keeps the place taken when a later limit of the same call refuses the message.
    #[must_use]
    pub const fn kept(mut self) -> Self {
        self.is_kept = true;
        self
    }

    /// Returns the [`Give`] that settles one place under this limit.
    #[must_use]
    pub const fn give(self, kind: GiveKind) -> Give {
        Give { tag: self.tag, rule: self.rule, kind }
    }
}

/// The two kinds of limit. The list is complete, so that a store can match all variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store has code for each of them")]
pub enum LimitRule {
    /// A bucket that is refilled steadily. It starts full.
    Bucket {
        /// The number of messages that a full bucket allows at once. 0 allows none.
        capacity: u32,
        /// The time in which an empty bucket is refilled completely.
        refill: Duration,
        /// `true` if half of the average hourly successes of the last day are added to the
        /// capacity.
        grows: bool,
    },
    /// A maximum number of messages within any span. It is counted in slots of a sixth of the
    /// span, so a message counts for the span and at most a sixth longer.
    Window {
        /// The maximum number of messages. 0 allows none.
        most: u16,
        /// The span.
        span: Duration,
    },
}

/// The result of reserving a place for a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub enum Reserved {
    /// The message has a place under every limit.
    #[non_exhaustive]
    Granted {
        /// `true` if one of the markers is set.
        is_known: bool,
        /// The number of messages of each window, with this one, in the order of the limits. It is
        /// 0 for a bucket.
        counts: Vec<u16>,
    },
    /// The limit at this index refuses the message. It allows the next one after this time, unless
    /// another message takes its place.
    Refused(usize, Duration),
}

impl Reserved {
    /// Creates the result for a message that has a place under every limit.
    pub const fn granted(is_known: bool, counts: Vec<u16>) -> Self {
        Self::Granted { is_known, counts }
    }
}

/// The places that a message gives back, and the markers to set for its number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settlement {
    /// The places that are given back, one for each limit.
    pub gives: Vec<Give>,
    /// The markers to set, and the time for which they stay. Zero removes a marker.
    pub marks: Vec<(CounterTag, Duration)>,
}

impl Settlement {
    /// Creates a settlement.
    #[must_use]
    pub const fn new(gives: Vec<Give>, marks: Vec<(CounterTag, Duration)>) -> Self {
        Self { gives, marks }
    }
}

/// A place that is given back under one limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Give {
    /// The name of the counter.
    pub tag: CounterTag,
    /// The limit, as it was reserved.
    pub rule: LimitRule,
    /// The reason.
    pub kind: GiveKind,
}

/// The reason for giving back a place. The list is complete, so that a store can match all
/// variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a store has code for each of them")]
pub enum GiveKind {
    /// All places of a window are given back, or a bucket is filled.
    All,
    /// The message was not sent: its place is given back.
    NotSent,
    /// The code was accepted: the place of its message is given back. A growing bucket gets one
    /// more and counts the success.
    Success,
}
