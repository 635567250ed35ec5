use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::{ChallengeId, ChallengeStore, NewChallenge, OpenRule, Opened, Salt, StoreError};

/// A store that also keeps a queue of messages, which a worker sends later.
///
/// A queued message is an [`Intent`]. A worker claims it, sends the message, and finishes the
/// claim.
///
/// # Contract
///
/// 1. `open_queued` opens the challenge and stores the intent, or does neither.
/// 2. `claim` returns an intent that is due to a single caller until the lease expires. An intent
///    whose lease has expired is due again.
/// 3. An intent that was claimed twice without being finished is not returned again: its message
///    may have been sent twice. [`Finish::Again`] and [`Finish::Unknown`] reset the count of
///    claims.
/// 4. A claim has a salt only if the challenge is pending and does not expire within `least_left`.
///    Without a salt, the message must not be sent. Such a late intent is kept for an hour after
///    the end of its challenge's lifetime, so that a worker learns that its message was not sent
///    and gives back its places under the limits. This includes a challenge that was used.
/// 5. `finish` does nothing for a claim that is not the latest one of its intent.
/// 6. No stored value contains a code.
/// 7. `claim` returns only intents of the given queue, and changes no other queue.
/// 8. `queue` stores an intent that is due at once. It replaces an earlier intent of the challenge,
///    whose claims are then no longer the latest ones. It returns the earlier intent if its message
///    is known not to be sent: it was not claimed since it was stored or finished with
///    [`Finish::Again`], and its claims did not have `is_repeated`.
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

    /// Stores an intent for a challenge that was opened before, for another message. `lifetime` is
    /// the remaining lifetime of the challenge. Returns the intent that it replaces, if the message
    /// of that one is known not to be sent.
    ///
    /// # Errors
    ///
    /// Returns a [`StoreError`] if the operation failed. It is then unknown if the intent was
    /// stored.
    async fn queue(
        &self,
        id: &ChallengeId,
        queue: &QueueTag,
        intent: &Intent,
        lifetime: Duration,
    ) -> Result<Option<Intent>, StoreError>;

    /// Claims an intent of this queue that is due, for the duration of `lease`. Returns `None` if
    /// none is due.
    ///
    /// A claim without a [salt](Claim::salt) is late, and its message must not be sent.
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
    /// finished.
    async fn finish(&self, claim: &Claim, how: Finish) -> Result<bool, StoreError>;
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

    async fn queue(
        &self,
        id: &ChallengeId,
        queue: &QueueTag,
        intent: &Intent,
        lifetime: Duration,
    ) -> Result<Option<Intent>, StoreError> {
        (**self).queue(id, queue, intent, lifetime).await
    }

    async fn claim(
        &self,
        queue: &QueueTag,
        lease: Duration,
        least_left: Duration,
    ) -> Result<Option<Claim>, StoreError> {
        (**self).claim(queue, lease, least_left).await
    }

    async fn finish(&self, claim: &Claim, how: Finish) -> Result<bool, StoreError> {
        (**self).finish(claim, how).await
    }
}

/// A queued message as opaque bytes. It contains the phone number, purpose, language and variables,
/// but not the code.
///
/// # Security
///
/// [`Challenges`](crate::challenge::Challenges) encrypts it with the pepper, so the store holds no
/// number in plain text.
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
    /// The salt from which the code is derived, or `None` if the challenge is no longer pending or
    /// expires too soon. The message must not be sent then.
    pub salt: Option<Salt>,
    /// The remaining lifetime of the challenge. Zero without a salt.
    pub expires_in: Duration,
    /// The queued message.
    pub intent: Intent,
    /// `true` if the message may have been sent already: the intent was claimed before and not
    /// finished, or it was finished with [`Finish::Unknown`] at any time.
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
        salt: Option<Salt>,
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
pub enum Finish {
    /// The message was not sent. The intent becomes due again after this time.
    Again(Duration),
    /// The intent is done and is removed.
    Done,
    /// The message may have been sent, and the gateway detects duplicates. The intent becomes due
    /// again after this time, and its later claims have `is_repeated`.
    Unknown(Duration),
}
