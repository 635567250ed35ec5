use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac as _};
use sha2::Sha256;

use super::state::DeliveryState;
use crate::provider::{DeliveryReport, Receipt};
use crate::secret::SecretBytes;
use crate::store::{EarlyRule, ReportStore, ReportTag, StatusChange, StoreError, StoreErrorKind};

/// The minimum length of a key in bytes, which is that of the digests in the store.
const LEAST_KEY: usize = 16;
/// The default time for which a message is kept.
const RETENTION: Duration = Duration::from_secs(3_600);
/// The rule for reports that come before their message is recorded.
const EARLY: EarlyRule = EarlyRule::new(Duration::from_secs(60), 10_000);
/// The time for which a request is known. Vendors repeat requests for 24 hours, and signatures
/// with a time are valid for a few minutes.
const REPLAYS: Duration = Duration::from_secs(24 * 3_600);

/// A log of sent messages in a store, which matches delivery reports to them.
///
/// It is for messages that the application sends itself. The challenge flow has its own log: see
/// `ChallengesBuilder::delivery_log`.
///
/// The process that receives a report need not be the one that has sent the message, and may
/// receive it earlier: gateways send reports while the answer to the message is still on its way.
/// A report that comes before its message is recorded is kept for 60 s. The store keeps at most
/// 10,000 names of such reports, and a report can have several.
/// All processes need the same store and the same key. A store in PostgreSQL or SQLite keeps old
/// messages until its [`sweep`](crate::store::ChallengeStore::sweep) is called: do so every few
/// minutes.
///
/// # Examples
///
/// ```
/// use otpost::provider::Receipt;
/// use otpost::report::{DeliveryLog, DeliveryReport, ReportStatus};
/// use otpost::secret::SecretBytes;
/// use otpost::store::MemoryStore;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let log = DeliveryLog::new(MemoryStore::new(), &SecretBytes::new([7; 32]))?;
/// let receipt = Receipt::new("acme").with_message_id("17"); // from `send`
/// log.sent("order 5", &receipt).await?;
///
/// let report = DeliveryReport::new("acme", ReportStatus::Delivered).with_message_id("17");
/// let change = log.report(&report).await?.ok_or("no such message")?;
/// assert_eq!(change.key(), "order 5");
/// let state = log.state("order 5").await?.ok_or("no such order")?;
/// assert_eq!(state.status(), Some(ReportStatus::Delivered));
/// # Ok(())
/// # }
/// ```
///
/// # Security
///
/// The store keeps the application's names of messages (the `key` of [`sent`](Self::sent)) in
/// clear, so they must not be phone numbers. Of the gateway's ids and references it keeps digests
/// with the secret key only.
#[derive(Clone)]
pub struct DeliveryLog {
    store: Arc<dyn ReportStore>,
    /// The current key, and those from before a rotation.
    keys: Arc<[Hmac<Sha256>]>,
    retention: Duration,
}

/// The error of a key for a [`DeliveryLog`] that has fewer than 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key of the delivery log is too short: expected at least 16 random bytes")]
pub struct DeliveryLogKeyError;

/// A change of the state of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryChange {
    key: String,
    state: DeliveryState,
    elapsed: Duration,
}

impl DeliveryChange {
    /// Returns the application's key of the message.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the new state of the message.
    #[must_use]
    pub const fn state(&self) -> &DeliveryState {
        &self.state
    }

    /// Returns the time from the acceptance of the message to the report, by the store's clock. It
    /// is zero for a report that came before the acceptance.
    #[must_use]
    pub const fn elapsed(&self) -> Duration {
        self.elapsed
    }
}

impl DeliveryLog {
    /// Creates a log over a store, with the key of the digests: at least 16 random bytes.
    ///
    /// # Errors
    ///
    /// Returns [`DeliveryLogKeyError`] for a key below 16 bytes.
    pub fn new(store: impl ReportStore, key: &SecretBytes) -> Result<Self, DeliveryLogKeyError> {
        // An HMAC takes a key of any length, also an empty one. Anyone could then compute the
        // digests of ids, some of which are derived from phone numbers.
        let key = Some(key.expose()).filter(|key| key.len() >= LEAST_KEY);
        let key = key.and_then(|key| Hmac::new_from_slice(key).ok()).ok_or(DeliveryLogKeyError)?;
        Ok(Self::with_keys(Arc::new(store), [key]))
    }

    /// Creates a log whose messages are found under several keys, the current one first.
    pub(crate) fn with_keys(
        store: Arc<dyn ReportStore>,
        keys: impl IntoIterator<Item = Hmac<Sha256>>,
    ) -> Self {
        Self { store, keys: keys.into_iter().collect(), retention: RETENTION }
    }

    /// Sets the time for which a message is kept. Defaults to 1 h. Reports that come later are not
    /// matched.
    #[must_use]
    pub const fn with_retention(mut self, retention: Duration) -> Self {
        self.retention = retention;
        self
    }

    /// Records a message that a provider accepted. Returns a change if a report came before.
    ///
    /// `key` is the application's own name of the message, such as the number of an order.
    ///
    /// # Errors
    ///
    /// Returns a [`StoreError`] if the store is unavailable. It is then unknown if the message was
    /// recorded.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future records the message or does not, as for all methods of this type.
    pub async fn sent(
        &self,
        key: &str,
        receipt: &Receipt,
    ) -> Result<Option<DeliveryChange>, StoreError> {
        self.record(key, receipt.provider(), receipt.message_id(), None).await
    }

    /// Records a message that was or may have been sent, by the gateway's id or by the
    /// application's own reference, or by both of them. Returns a change if a report came before.
    ///
    /// # Errors
    ///
    /// Returns a [`StoreError`] if the store is unavailable. It is then unknown if the message was
    /// recorded.
    pub async fn record(
        &self,
        key: &str,
        provider: &str,
        message_id: Option<&str>,
        reference: Option<&str>,
    ) -> Result<Option<DeliveryChange>, StoreError> {
        self.record_noted(key, key, provider, message_id, reference).await
    }

    /// Records a message whose changes have a note in place of the key.
    pub(crate) async fn record_noted(
        &self,
        key: &str,
        note: &str,
        provider: &str,
        message_id: Option<&str>,
        reference: Option<&str>,
    ) -> Result<Option<DeliveryChange>, StoreError> {
        let current = self.keys.first().ok_or_else(|| StoreError::new(StoreErrorKind::Corrupt))?;
        let mut names: Vec<_> = tags(current, provider, message_id, reference).collect();
        // The reference comes first: a message that is sent again has the same reference, and may
        // have another id.
        names.reverse();
        // Under all keys: during a rotation, another process may have recorded the message before
        // this one under another current key.
        names.extend(self.keys.iter().map(|by| key_tag(by, key)));
        let Some(early) = self.store.record_message(&names, note, self.retention).await? else {
            return Ok(None);
        };
        let state = DeliveryState::from_record(&early)?;
        Ok(Some(DeliveryChange { key: note.to_owned(), state, elapsed: Duration::ZERO }))
    }

    /// Applies a report. Returns a change if it changes the state of its message. Of concurrent
    /// reports that are the same, one returns a change.
    ///
    /// A report whose message is not recorded yet is kept for 60 s.
    ///
    /// # Errors
    ///
    /// Returns a [`StoreError`] if the store is unavailable. Answer the gateway with an error, so
    /// that it repeats the report.
    pub async fn report(
        &self,
        report: &DeliveryReport,
    ) -> Result<Option<DeliveryChange>, StoreError> {
        let (provider, id) = (report.provider(), report.message_id());
        // Also under the keys from before a rotation. The process that has sent the message may
        // know another current key.
        let names: Vec<_> =
            self.keys.iter().flat_map(|key| tags(key, provider, id, report.reference())).collect();
        if names.is_empty() {
            return Ok(None);
        }
        let mut state = DeliveryState::new();
        state.apply(report);
        let changed = self.store.apply_report(&names, &state.to_record(), &EARLY).await?;
        Ok(changed.map(|StatusChange { note, elapsed, .. }| DeliveryChange {
            key: note,
            state,
            elapsed,
        }))
    }

    /// Returns the state of the latest message with this key, or `None` if the log has no such
    /// message.
    ///
    /// # Errors
    ///
    /// Returns a [`StoreError`] if the store is unavailable.
    pub async fn state(&self, key: &str) -> Result<Option<DeliveryState>, StoreError> {
        for current in &*self.keys {
            if let Some(found) = self.store.read_status(&key_tag(current, key)).await? {
                return DeliveryState::from_record(&found).map(Some);
            }
        }
        Ok(None)
    }

    /// Records the replay key of a request, from `ReceivedReports::replay_key`. Returns `true` if
    /// it is new: no process has recorded it in the last 24 h.
    ///
    /// Most applications do not need it, because a report that comes twice changes nothing. Use
    /// it if each request must be processed once, for example to count them. Record the key after
    /// the reports are applied. Otherwise a request that could not be stored is ignored when the
    /// gateway repeats it.
    ///
    /// # Errors
    ///
    /// Returns a [`StoreError`] if the store is unavailable. It is then unknown if the key was
    /// recorded.
    pub async fn record_replay_key(&self, key: &str) -> Result<bool, StoreError> {
        let mut tags: Vec<_> = self.keys.iter().map(|by| tag(by, "replay", [key, ""])).collect();
        // During a rotation, processes have different current keys. In this order, all of those
        // that have the same keys ask for the same one first, and one of them is told that it is
        // new.
        tags.sort_unstable();
        for tag in tags {
            if !self.store.record_replay(&tag, REPLAYS).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Returns the names of a message in the reports of a provider.
fn tags(
    by: &Hmac<Sha256>,
    provider: &str,
    message_id: Option<&str>,
    reference: Option<&str>,
) -> impl Iterator<Item = ReportTag> {
    let id = message_id.map(|id| tag(by, "id", [provider, id]));
    let reference = reference.map(|reference| tag(by, "reference", [provider, reference]));
    id.into_iter().chain(reference)
}

/// Returns the name of the latest message with this key.
fn key_tag(by: &Hmac<Sha256>, key: &str) -> ReportTag {
    tag(by, "key", [key, ""])
}

fn tag(by: &Hmac<Sha256>, kind: &str, [one, two]: [&str; 2]) -> ReportTag {
    let mut mac = by.clone();
    for field in [kind, one, two] {
        // With its length in front, no two lists of fields are the same bytes.
        mac.update(&u64::try_from(field.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(field.as_bytes());
    }
    let mut bytes = [0; 16];
    let digest = mac.finalize().into_bytes();
    bytes.iter_mut().zip(digest).for_each(|(place, byte)| *place = byte);
    ReportTag::new(bytes)
}

impl fmt::Debug for DeliveryLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeliveryLog").field("store", &self.store).finish_non_exhaustive()
    }
}
