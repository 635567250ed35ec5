use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::{ChallengeId, ChallengeStore, NewChallenge, OpenRule, Opened, Salt, StoreError};

/// A store that also keeps a queue of messages, which a worker sends later.
///
/// A queued message is an [`Intent`]. A worker claims it, sends the message, and settles the claim.
///
/// # Contract
///
/// 1. `open_queued` opens the challenge and stores the intent, or does neither.
/// 2. `claim` returns an intent that is due to a single caller until the lease expires. An intent
///    whose lease has expired is due again.
/// 3. An intent that was claimed twice without being settled is not returned again: its message may
///    have been sent twice. [`Settle::Again`] resets the count of claims.
/// 4. An intent whose challenge is no longer pending, or expires sooner than `least_left`, is
///    removed and not returned.
/// 5. `settle` does nothing for a claim that is not the latest one of its intent.
/// 6. No stored value contains a code.
/// 7. `claim` returns only intents of the given queue, and changes no other queue.
#[async_trait]
pub trait OutboxStore: ChallengeStore {
    /// Opens a challenge as [`open`](ChallengeStore::open) does, and stores the intent in the
    /// queue, in one step.
    ///
    /// # Errors
    ///
    /// Returns a [`StoreError`] if the operation failed. It is then unknown if both were stored, or
    /// neither.
    async fn open_queued(
        &self,
        new: &NewChallenge,
        rule: &OpenRule,
        queue: &QueueTag,
        intent: &Intent,
    ) -> Result<Opened, StoreError>;

    /// Claims an intent of this queue that is due, for the duration of `lease`. Returns `None` if
    /// none is due.
    ///
    /// The intent's challenge does not expire within `least_left`.
    ///
    /// # Errors
    ///
    /// Returns a [`StoreError`] if the operation failed. An intent may then be claimed; it is due
    /// again when the lease expires.
    async fn claim(
        &self,
        queue: &QueueTag,
        lease: Duration,
        least_left: Duration,
    ) -> Result<Option<Claim>, StoreError>;

    /// Reports the outcome of a claim. Returns `true` if it was the latest claim of its intent.
    ///
    /// # Errors
    ///
    /// Returns a [`StoreError`] if the operation failed. It is then unknown if the claim was
    /// settled.
    async fn settle(&self, claim: &Claim, how: Settle) -> Result<bool, StoreError>;
}

const _: fn(&dyn OutboxStore) = |_| ();

#[async_trait]
impl<T: OutboxStore + ?Sized> OutboxStore for Arc<T> {
    async fn open_queued(
        &self,
        new: &NewChallenge,
        rule: &OpenRule,
        queue: &QueueTag,
        intent: &Intent,
    ) -> Result<Opened, StoreError> {
        (**self).open_queued(new, rule, queue, intent).await
    }

    async fn claim(
        &self,
        queue: &QueueTag,
        lease: Duration,
        least_left: Duration,
    ) -> Result<Option<Claim>, StoreError> {
        (**self).claim(queue, lease, least_left).await
    }

    async fn settle(&self, claim: &Claim, how: Settle) -> Result<bool, StoreError> {
        (**self).settle(claim, how).await
    }
}

/// A queued message as opaque bytes. It contains the phone number, purpose, language and variables,
/// but not the code.
///
/// # Security
///
/// [`Challenges`](crate::challenge::Challenges) encrypts it with the pepper, so the store holds no
/// number in clear.
#[derive(Clone, PartialEq, Eq)]
pub struct Intent(Box<[u8]>);

impl Intent {
    /// Creates an intent from its bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Box<[u8]>>) -> Self {
        Self(bytes.into())
    }

    /// Returns the bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Intent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Intent(***)")
    }
}

/// The name of a queue: eight bytes of a keyed digest.
///
/// Each key of each tenant has its own queue, so a worker claims only intents that it can decrypt.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueueTag([u8; 8]);

impl QueueTag {
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

impl fmt::Debug for QueueTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("QueueTag(***)")
    }
}

/// An intent that one worker has claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claim {
    /// The id of the challenge.
    pub id: ChallengeId,
    /// The queue that it was claimed from.
    pub queue: QueueTag,
    /// The salt from which the code is derived.
    pub salt: Salt,
    /// The remaining lifetime of the challenge.
    pub expires_in: Duration,
    /// The queued message.
    pub intent: Intent,
    /// `true` if the intent was claimed before and not settled, so the message may have been sent
    /// already.
    pub is_repeated: bool,
    /// The number that distinguishes this claim from other claims of the same intent.
    pub token: u64,
}

impl Claim {
    /// Creates a claim.
    #[must_use]
    pub const fn new(
        id: ChallengeId,
        queue: QueueTag,
        salt: Salt,
        expires_in: Duration,
        intent: Intent,
        is_repeated: bool,
        token: u64,
    ) -> Self {
        Self { id, queue, salt, expires_in, intent, is_repeated, token }
    }
}

/// The outcome of a claim. The list is complete, so that a store can match all variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store has to do something for each of them")]
pub enum Settle {
    /// The message was not sent, or the gateway detects a duplicate. The intent becomes due again
    /// after this time.
    Again(Duration),
    /// The intent is done and is removed.
    Done,
}
