use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::{ChallengeStore, StoreError};

/// A store that also matches delivery reports to messages, for all processes that share it.
///
/// One process sends a message, another one receives its report, and a third one shows the state.
/// The application uses it through
/// [`ChallengesBuilder::delivery_log`](crate::challenge::ChallengesBuilder::delivery_log) or a
/// [`DeliveryLog`](crate::report::DeliveryLog). Nothing of it decides about a challenge.
///
/// # Contract
///
/// 1. Each operation is atomic: concurrent calls have the same results as the same calls in some
///    sequential order.
/// 2. `record_message` makes each name a name of this message, and of no other one. A message
///    that is recorded again with the same first name and note keeps its names, its state and its
///    time. A message whose first name becomes one of another message is forgotten.
/// 3. `apply_report` changes the state of the message that the first known name has, if the status
///    [replaces](StatusRecord::replaces) the stored one. Of concurrent calls with the same status,
///    one returns a change.
/// 4. A report whose names are all unknown is kept under each of them for
///    [`EarlyRule::lifetime`], unless [`EarlyRule::most`] names are kept already. A second report
///    of a kept name changes the kept status by the same rule, and does not extend its time.
/// 5. `record_message` applies the statuses that are kept under its names, in the order of the
///    names, and removes them. It returns the resulting status if they change the state.
/// 6. `read_status` returns the state of the message with this name, and changes nothing.
/// 7. `record_replay` returns `true` once per key and lifetime, also if calls are concurrent.
/// 8. Everything that is stored expires: a message and its names after the retention, which a
///    report does not extend. [`sweep`](ChallengeStore::sweep) removes what has expired.
/// 9. The store's own clock decides.
#[async_trait]
pub trait ReportStore: ChallengeStore {
    /// Records a message that was or may have been sent, under 1 to 16 names, for the time of
    /// `retention`. The note is returned with each change of its state.
    ///
    /// # Errors
    ///
    /// Returns a [`StoreError`] if the operation failed. It is then unknown if the message was
    /// recorded.
    async fn record_message(
        &self,
        names: &[ReportTag],
        note: &str,
        retention: Duration,
    ) -> Result<Option<StatusRecord>, StoreError>;

    /// Applies a report to the message with one of these 1 to 16 names. Returns a change if the
    /// state of the message is now that of the report. Keeps the report if there is no such
    /// message yet.
    ///
    /// # Errors
    ///
    /// Returns a [`StoreError`] if the operation failed. It is then unknown if the report was
    /// applied.
    async fn apply_report(
        &self,
        names: &[ReportTag],
        status: &StatusRecord,
        early: &EarlyRule,
    ) -> Result<Option<StatusChange>, StoreError>;

    /// Returns the state of the message with this name, or `None` if there is no such message. The
    /// state is the [default](StatusRecord) if there was no report.
    ///
    /// # Errors
    ///
    /// Returns a [`StoreError`] if the operation failed.
    async fn read_status(&self, name: &ReportTag) -> Result<Option<StatusRecord>, StoreError>;

    /// Records the replay key of a request with delivery reports, and keeps it for `lifetime`.
    /// Returns `true` if it was not there. A key that is there keeps its time.
    ///
    /// # Errors
    ///
    /// Returns a [`StoreError`] if the operation failed. It is then unknown if the key was
    /// recorded.
    async fn record_replay(&self, key: &ReportTag, lifetime: Duration) -> Result<bool, StoreError>;
}

const _: fn(&dyn ReportStore) = |_| ();

macro_rules! through_a_pointer {
    ($($pointer:ident),*) => {$(
        #[async_trait]
        impl<T: ReportStore + ?Sized> ReportStore for $pointer<T> {
            async fn record_message(
                &self,
                names: &[ReportTag],
                note: &str,
                retention: Duration,
            ) -> Result<Option<StatusRecord>, StoreError> {
                (**self).record_message(names, note, retention).await
            }

            async fn apply_report(
                &self,
                names: &[ReportTag],
                status: &StatusRecord,
                early: &EarlyRule,
            ) -> Result<Option<StatusChange>, StoreError> {
                (**self).apply_report(names, status, early).await
            }

            async fn read_status(
                &self,
                name: &ReportTag,
            ) -> Result<Option<StatusRecord>, StoreError> {
                (**self).read_status(name).await
            }

            async fn record_replay(
                &self,
                key: &ReportTag,
                lifetime: Duration,
            ) -> Result<bool, StoreError> {
                (**self).record_replay(key, lifetime).await
            }
        }
    )*};
}

through_a_pointer!(Arc, Box);

/// A name of a message in reports, or the key of a request: 16 bytes of a keyed digest.
///
/// A message has several names, such as the gateway's id and the application's reference. The
/// digest hides them, because some gateways derive their ids from phone numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReportTag([u8; 16]);

impl ReportTag {
    /// Creates a tag from its bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for ReportTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReportTag(***)")
    }
}

/// The status of a message as a store keeps it.
///
/// The store does not know the statuses. Each is one bit, and brings along the bits of those that
/// it replaces, so that a store in another language compares bits only: see
/// [`follows`](Self::follows).
///
/// # Examples
///
/// ```
/// use otpost::store::StatusRecord;
///
/// let sent = StatusRecord::new(0b001, 0b000, *b"");
/// let delivered = StatusRecord::new(0b010, 0b001, *b"a time and a code");
/// assert!(sent.follows(&StatusRecord::default())); // the first report
/// assert!(delivered.follows(&sent));
/// assert!(!sent.follows(&delivered));
/// assert!(!delivered.follows(&delivered)); // a repetition
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatusRecord {
    /// The bit of the status, or 0 if there was no report.
    pub status: u8,
    /// The bits of the statuses that this one replaces.
    pub replaces: u8,
    /// The time and the gateway's code of the report as opaque bytes, at most 255.
    pub detail: Box<[u8]>,
}

impl StatusRecord {
    /// Creates a status with one bit set, the bits of those that it replaces, and at most 255
    /// bytes of detail. Longer ones are truncated.
    #[must_use]
    pub fn new(status: u8, replaces: u8, detail: impl Into<Vec<u8>>) -> Self {
        let mut detail = detail.into();
        detail.truncate(255);
        Self { status, replaces, detail: detail.into() }
    }

    /// Returns `true` if this status replaces a stored one: if the stored status is 0, or if its
    /// bit is among those that this one replaces.
    #[must_use]
    pub const fn follows(&self, stored: &Self) -> bool {
        stored.status == 0 || stored.status & self.replaces != 0
    }
}

/// A change of the state of a message by a report.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatusChange {
    /// The note of the message.
    pub note: String,
    /// The time since the message was recorded.
    pub elapsed: Duration,
}

impl StatusChange {
    /// Creates a change.
    #[must_use]
    pub const fn new(note: String, elapsed: Duration) -> Self {
        Self { note, elapsed }
    }
}

/// The rule for reports that come before their message is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EarlyRule {
    /// The time for which such a report is kept.
    pub lifetime: Duration,
    /// The maximum number of names under which such reports are kept, of all messages.
    pub most: u32,
}

impl EarlyRule {
    /// Creates a rule.
    #[must_use]
    pub const fn new(lifetime: Duration, most: u32) -> Self {
        Self { lifetime, most }
    }
}
