use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::{ChallengeId, ChallengeStore, NewChallenge, OpenRule, Opened, Salt, StoreError};

/// Remembers with a challenge that its message is to be sent, for a worker that sends it later.
///
/// # Contract
///
/// 1. `open_queued` opens the challenge and keeps the intent, or does neither.
/// 2. `claim` answers an intent that is due to one caller alone, until its lease has ended. An
///    intent whose lease has ended is due again.
/// 3. An intent that was claimed twice, and neither time settled, is answered no more: its message
///    may have been sent twice. [`Settle::Again`] forgets that it was claimed.
/// 4. An intent whose challenge waits no more, or ends sooner than asked, is not answered, and is
///    removed.
/// 5. `settle` does nothing for a claim that is not the last one of its intent.
/// 6. Nothing that is kept holds a code.
/// 7. `claim` answers intents of the queue that it names, and changes no other queue.
#[async_trait]
pub trait OutboxStore: ChallengeStore {
    /// Opens a challenge as [`open`](ChallengeStore::open) does, and keeps what its message is made
    /// of.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; both may then be there, or neither.
    async fn open_queued(
        &self,
        new: &NewChallenge,
        rule: &OpenRule,
        queue: &QueueTag,
        intent: &Intent,
    ) -> Result<Opened, StoreError>;

    /// Takes an intent of this queue that is due, for so long. Its challenge lives at least for
    /// `least_left`.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; an intent may then be taken, and is due again when its lease has ended.
    async fn claim(
        &self,
        queue: &QueueTag,
        lease: Duration,
        least_left: Duration,
    ) -> Result<Option<Claim>, StoreError>;

    /// Says what became of a claim; whether it was the last one of its intent.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; it may then be settled or not.
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

/// A message that waits for a worker, as opaque bytes: number, purpose, language and variables, but
/// no code.
///
/// # Security
///
/// [`Challenges`](crate::challenge::Challenges) encrypts it with the pepper, so the store holds no
/// number in clear.
#[derive(Clone, PartialEq, Eq)]
pub struct Intent(Box<[u8]>);

impl Intent {
    /// Of these bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Box<[u8]>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes.
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

/// The name of a queue: eight bytes of a keyed digest. A worker claims from the queues whose
/// intents it can read, so that tenants and peppers that share a store do not meet.
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

/// An intent that is one worker's for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claim {
    /// The challenge.
    pub id: ChallengeId,
    /// The queue that it was claimed from.
    pub queue: QueueTag,
    /// What its code is made of.
    pub salt: Salt,
    /// How long it still lives.
    pub expires_in: Duration,
    /// What the message is made of.
    pub intent: Intent,
    /// Whether it was claimed before by somebody who did not say what became of it: the message may
    /// have been sent.
    pub is_repeated: bool,
    /// Tells this claim from others of the same intent.
    pub token: u64,
}

impl Claim {
    /// A claim of these parts.
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

/// The outcome of a claim. These are all there are, so that a store can match them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store has to do something for each of them")]
pub enum Settle {
    /// Nothing was sent, for sure: again after so long.
    Again(Duration),
    /// There is nothing more to do.
    Done,
}
