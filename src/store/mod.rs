//! Stores for challenges: the traits of atomic operations, and the memory store.
//!
//! | for | use |
//! |---|---|
//! | a single process | [`MemoryStore`] |
//! | one machine, with challenges that survive a restart | `SqliteStore` of [`otpost-sqlx`](https://docs.rs/otpost-sqlx) |
//! | several processes, with Redis or Valkey, as a single server or a cluster | `RedisStore` of [`otpost-redis`](https://docs.rs/otpost-redis) |
//! | several processes, with PostgreSQL and durable writes | `PostgresStore` of [`otpost-sqlx`](https://docs.rs/otpost-sqlx) |
//!
//! # Writing your own store
//!
//! [`state`] has a complete example and the decisions that all stores share.
//!
//! A store implements [`ChallengeStore`] and [`LimitStore`]. They have no `get` and `put`: between
//! reading and writing back, another process could do the same. Instead, each operation is one
//! atomic step of the store, such as a script, a statement or a critical section, and returns what
//! it did. `StoreConformance` of [`otpost-testing`](https://docs.rs/otpost-testing) tests the
//! numbered sentences of [`ChallengeStore`]. A store for an outbox implements [`OutboxStore`] as
//! well, and a store for delivery reports [`ReportStore`]; each has its own suite.

mod answer;
mod challenge_id;
mod error;
mod limit;
mod memory;
mod outbox;
mod record;
mod report;
mod rule;
#[cfg(feature = "serde")]
mod serde;
pub mod state;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

pub use answer::{Attempt, GoneReason, Opened, Resent};
pub use challenge_id::{ChallengeId, ChallengeIdError};
pub use error::{StoreError, StoreErrorKind};
pub use limit::{CounterTag, Give, GiveKind, Limit, LimitRule, LimitStore, Reserved, Settlement};
pub use memory::MemoryStore;
pub use outbox::{Claim, Finish, Intent, OutboxStore, QueueTag};
pub use record::{Binding, Mac, NewChallenge, Nonce, Salt};
pub use report::{EarlyRule, ReportStore, ReportTag, StatusChange, StatusRecord};
pub use rule::{AttemptRule, OpenRule, ResendRule, SendWindow};

/// A store for challenges, with one atomic operation per step of the challenge flow.
///
/// # Contract
///
/// 1. Each operation is atomic: concurrent calls have the same results as the same calls in some
///    sequential order.
/// 2. Of all attempts at one challenge, at most one is [`Attempt::Accepted`] without `is_repeated`,
///    and at most [`NewChallenge::attempts`] are compared. An attempt is counted before it is
///    compared.
/// 3. Neither a resend nor a new challenge resets the counts of attempts, messages or wrong
///    guesses. A success resets the counts of messages and wrong guesses.
/// 4. A challenge expires at the end of its lifetime, whatever happens to it. A repeated attempt
///    gets the same result for at most a minute after a success.
/// 5. The store's own clock decides, never the clock of a caller.
/// 6. A challenge that the store does not know, cannot read or cannot reach results in an error or
///    [`Attempt::Gone`], never in a success.
/// 7. Everything that is stored expires: a challenge with its lifetime, and what is kept about a
///    recipient with its window, its lock and the memory of wrong guesses.
/// 8. MACs are compared in constant time if they are compared in this process.
/// 9. An attempt, resend or revocation with an id that was never opened changes nothing, whatever
///    recipient the id names. Opening an id that exists is an error, [`StoreErrorKind::Corrupt`].
/// 10. A resend with a different [binding](NewChallenge::binding) than the challenge was opened
///     with is [`Resent::OtherBinding`] and changes nothing. Neither a resend nor a rotation
///     changes the binding.
/// 11. `ping` succeeds only if the store answers, and changes nothing.
/// 12. A returned permit no longer counts, and the cooldown of its message ends. Attempts and wrong
///     guesses stay as they are. Only the permit of a pending challenge can be returned.
/// 13. A reset clears the cooldown, the counts and the lock of one recipient. Its challenges stay
///     as they are.
#[async_trait]
pub trait ChallengeStore: fmt::Debug + Send + Sync + 'static {
    /// Opens a challenge and takes a permit to send its message.
    ///
    /// It opens nothing if the recipient is in the cooldown, has received the maximum number of
    /// messages, or is locked.
    ///
    /// # Errors
    ///
    /// Returns a [`StoreError`] if the operation failed. It is then unknown if the challenge was
    /// opened.
    async fn open(&self, new: &NewChallenge, rule: &OpenRule) -> Result<Opened, StoreError>;

    /// Counts a guess and compares it. With the nonce of the last attempt, it returns the same
    /// result again and counts nothing.
    ///
    /// # Errors
    ///
    /// Returns a [`StoreError`] if the operation failed. It is then unknown if the attempt was
    /// counted.
    async fn attempt(
        &self,
        id: &ChallengeId,
        guess: &Mac,
        nonce: Option<&Nonce>,
        rule: &AttemptRule,
    ) -> Result<Attempt, StoreError>;

    /// Takes a permit to send the message again, and returns the salt of the code. The binding is
    /// compared first, in the same step.
    ///
    /// # Errors
    ///
    /// Returns a [`StoreError`] if the operation failed. It is then unknown if the permit was
    /// taken.
    async fn resend(&self, id: &ChallengeId, rule: &ResendRule) -> Result<Resent, StoreError>;

    /// Revokes a challenge. Returns `true` if it was pending.
    ///
    /// # Errors
    ///
    /// Returns a [`StoreError`] if the operation failed. It is then unknown if the challenge was
    /// revoked.
    async fn revoke(&self, id: &ChallengeId) -> Result<bool, StoreError>;

    /// Returns the permit of a message of this challenge that was not sent, and revokes the
    /// challenge if `revokes` is set. Returns `true` if the challenge was pending.
    ///
    /// # Errors
    ///
    /// Returns a [`StoreError`] if the operation failed. It is then unknown if the permit was
    /// returned.
    async fn return_permit(&self, id: &ChallengeId, revokes: bool) -> Result<bool, StoreError>;

    /// Clears the cooldown, the counts and the lock of a recipient, given by the tag in the ids of
    /// its challenges.
    ///
    /// # Errors
    ///
    /// Returns a [`StoreError`] if the operation failed. It is then unknown if they were cleared.
    async fn reset(&self, recipient: &[u8; 8]) -> Result<(), StoreError>;

    /// Removes expired data, and returns the number of removed challenges. A store whose data
    /// expires by itself returns 0.
    ///
    /// # Errors
    ///
    /// Returns a [`StoreError`] if the operation failed. Some expired data is then still stored.
    async fn sweep(&self) -> Result<u64, StoreError>;

    /// Checks that the store answers, by a round trip to it.
    ///
    /// # Errors
    ///
    /// Returns a [`StoreError`] if it does not.
    async fn ping(&self) -> Result<(), StoreError>;

    /// Returns `true` if several processes can share this store, even if on one machine only. See
    /// [`many_processes`](crate::challenge::ChallengesBuilder::many_processes).
    fn is_shared(&self) -> bool;
}

const _: fn(&dyn ChallengeStore) = |_| ();

macro_rules! through_a_pointer {
    ($($pointer:ident),*) => {$(
        #[async_trait]
        impl<T: ChallengeStore + ?Sized> ChallengeStore for $pointer<T> {
            async fn open(&self, new: &NewChallenge, rule: &OpenRule) -> Result<Opened, StoreError> {
                (**self).open(new, rule).await
            }

            async fn attempt(
                &self,
                id: &ChallengeId,
                guess: &Mac,
                nonce: Option<&Nonce>,
                rule: &AttemptRule,
            ) -> Result<Attempt, StoreError> {
                (**self).attempt(id, guess, nonce, rule).await
            }

            async fn resend(
                &self,
                id: &ChallengeId,
                rule: &ResendRule,
            ) -> Result<Resent, StoreError> {
                (**self).resend(id, rule).await
            }

            async fn revoke(&self, id: &ChallengeId) -> Result<bool, StoreError> {
                (**self).revoke(id).await
            }

            async fn return_permit(
                &self,
                id: &ChallengeId,
                revokes: bool,
            ) -> Result<bool, StoreError> {
                (**self).return_permit(id, revokes).await
            }

            async fn reset(&self, recipient: &[u8; 8]) -> Result<(), StoreError> {
                (**self).reset(recipient).await
            }

            async fn sweep(&self) -> Result<u64, StoreError> {
                (**self).sweep().await
            }

            async fn ping(&self) -> Result<(), StoreError> {
                (**self).ping().await
            }

            fn is_shared(&self) -> bool {
                (**self).is_shared()
            }
        }
    )*};
}

through_a_pointer!(Arc, Box);
