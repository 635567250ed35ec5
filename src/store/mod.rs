//! What remembers challenges: one trait of atomic verbs, and the stores that come along.
//!
//! | you have | use |
//! |---|---|
//! | one process | [`MemoryStore`] |
//! | one machine, and codes that outlive the process | `SqliteStore` of [`otpost-sqlx`](https://docs.rs/otpost-sqlx) |
//! | Redis or Valkey, alone or as a cluster | `RedisStore` of [`otpost-redis`](https://docs.rs/otpost-redis) |
//! | PostgreSQL, and nothing that was acknowledged may be lost | `PostgresStore` of [`otpost-sqlx`](https://docs.rs/otpost-sqlx) |
//!
//! # A store of your own
//!
//! [`state`] has a complete example and the decisions that all stores share.
//!
//! A store is asked what to do and answers what it did: there is no reading and writing back, between which another process
//! could do the same. Each verb is one atomic step of the store's own, a script, a statement or a lock. The numbered sentences of
//! [`ChallengeStore`] are what `StoreConformance` of [`otpost-testing`](https://docs.rs/otpost-testing) asks of it.

mod answer;
mod challenge_id;
mod counter;
mod error;
mod memory;
mod outbox;
mod record;
mod rule;
#[cfg(feature = "serde")]
mod serde;
pub mod state;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

pub use answer::{Attempt, GoneReason, Opened, Resent};
pub use challenge_id::{ChallengeId, ChallengeIdError};
pub use counter::{CounterStore, CounterTag, Spend, SpendVerdict, Spent};
pub use error::{StoreError, StoreErrorKind};
pub use memory::MemoryStore;
pub use outbox::{Claim, Intent, OutboxStore, QueueTag, Settle};
pub use record::{Binding, Context, Mac, NewChallenge, Nonce, Salt};
pub use rule::{AttemptRule, OpenRule, ResendRule, SendWindow};

/// Remembers challenges, and decides what becomes of them.
///
/// # Contract
///
/// 1. Each verb is atomic: of any number of calls at once the outcome is that of some order of them.
/// 2. Of all attempts at one challenge, at most one is [`Attempt::Accepted`] that is no repetition, and at most
///    [`NewChallenge::attempts`] are compared. An attempt is counted before it is compared.
/// 3. Neither a resend nor a new challenge gives attempts, sends or failures back. A success does.
/// 4. A challenge ends with its lifetime, whatever happens to it; a repeated attempt is answered for at most a minute after.
/// 5. The store's own clock decides, and no caller's.
/// 6. What the store does not know, cannot read or cannot reach is an error or [`Attempt::Gone`], and never a success.
/// 7. Everything that is kept has an end: of its lifetime, or of the longest window or lock of its recipient.
/// 8. Macs are compared in constant time, where they are compared in this process.
/// 9. An identity that was never opened changes nothing, whatever recipient it names. One that is there is not opened again, but is a
///    [`StoreErrorKind::Corrupt`].
/// 10. A resend with another [binding](NewChallenge::binding) than the challenge was opened with is [`Resent::OtherBinding`] and changes
///     nothing. Neither a resend nor a rotation changes the binding.
/// 11. `ping` succeeds only if the store answers, and changes nothing.
#[async_trait]
pub trait ChallengeStore: fmt::Debug + Send + Sync + 'static {
    /// Opens a challenge and takes a permit to send, unless the recipient waits, has had all messages, or is locked.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; the challenge may then be there or not.
    async fn open(&self, new: &NewChallenge, rule: &OpenRule) -> Result<Opened, StoreError>;

    /// Counts a guess, and compares it. With the nonce of the last attempt it gets that one's answer, and counts nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; the attempt may then be counted or not.
    async fn attempt(
        &self,
        id: &ChallengeId,
        guess: &Mac,
        nonce: Option<&Nonce>,
        rule: &AttemptRule,
    ) -> Result<Attempt, StoreError>;

    /// Takes a permit to send once more, and answers what the code is made of. The binding is compared first, in the same step.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; the permit may then be taken or not.
    async fn resend(&self, id: &ChallengeId, rule: &ResendRule) -> Result<Resent, StoreError>;

    /// Ends a challenge; whether there was one that waited.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; it may then have ended or not.
    async fn revoke(&self, id: &ChallengeId) -> Result<bool, StoreError>;

    /// Removes some of what has ended, and answers how much. Stores that do so by themselves answer zero.
    ///
    /// # Errors
    ///
    /// [`StoreError`], after which there is still something to remove.
    async fn sweep(&self) -> Result<u64, StoreError>;

    /// Checks that the store answers, by a round trip to it.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it does not.
    async fn ping(&self) -> Result<(), StoreError>;

    /// Whether all processes of the application see the same.
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
