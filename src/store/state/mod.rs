//! The state of challenges and recipients and the decisions about them, for authors of stores.
//!
//! A store has to be atomic and durable. How a guess is counted, when a recipient is locked and
//! when the next message may be sent is the same in every store, and is decided here:
//! [`ChallengeState`] and [`RecipientState`] are plain data with methods that take the time and a
//! rule. A store that can hold both under one lock or in one transaction loads them, calls a method
//! and writes them back. [`MemoryStore`](super::MemoryStore) and the SQLite store work like that.
//! The stores for Redis and PostgreSQL make the same decisions in a script and in SQL.
//!
//! Times are milliseconds of the store's clock since any fixed moment. A time of 0 means "never".
//!
//! # Examples
//!
//! A complete store. One mutex makes every operation atomic. In a database, use tables instead of
//! the maps and a transaction instead of the mutex. Test your store with
//! `otpost_testing::StoreConformance` before you use it.
//!
//! ```
//! use std::collections::HashMap;
//! use std::sync::Mutex;
//! use std::time::Instant;
//!
//! use otpost::async_trait;
//! use otpost::store::state::{ChallengeState, Denied, RecipientState};
//! use otpost::store::{
//!     Attempt, AttemptRule, ChallengeId, ChallengeStore, Mac, NewChallenge, Nonce, OpenRule,
//!     Opened, ResendRule, Resent, StoreError, StoreErrorKind,
//! };
//!
//! #[derive(Debug)]
//! struct MapStore {
//!     start: Instant,
//!     maps: Mutex<Maps>,
//! }
//!
//! #[derive(Debug, Default)]
//! struct Maps {
//!     challenges: HashMap<[u8; 24], ChallengeState>,
//!     recipients: HashMap<[u8; 8], RecipientState>,
//! }
//!
//! impl MapStore {
//!     fn now(&self) -> u64 {
//!         self.start.elapsed().as_millis() as u64
//!     }
//!
//!     /// Runs one operation under the lock.
//!     fn with<T>(
//!         &self,
//!         id: &ChallengeId,
//!         operation: impl FnOnce(&mut ChallengeState, &mut RecipientState, u64) -> T,
//!     ) -> T {
//!         let now = self.now();
//!         let Maps { challenges, recipients } = &mut *self.maps.lock().unwrap();
//!         challenges.retain(|_, challenge| challenge.expires > now);
//!         recipients.retain(|_, recipient| !recipient.has_ended(now));
//!         let mut unknown = ChallengeState::unknown();
//!         match challenges.get_mut(&id.place()) {
//!             Some(challenge) => {
//!                 let recipient = recipients.entry(id.recipient()).or_default();
//!                 operation(challenge, recipient, now)
//!             }
//!             // Contract sentence 9: an unknown id changes nothing.
//!             None => operation(&mut unknown, &mut RecipientState::default(), now),
//!         }
//!     }
//! }
//!
//! #[async_trait]
//! impl ChallengeStore for MapStore {
//!     async fn open(&self, new: &NewChallenge, rule: &OpenRule) -> Result<Opened, StoreError> {
//!         let now = self.now();
//!         let mut maps = self.maps.lock().unwrap();
//!         if maps.challenges.contains_key(&new.id.place()) {
//!             return Err(StoreError::new(StoreErrorKind::Corrupt));
//!         }
//!         let recipient = maps.recipients.entry(new.id.recipient()).or_default();
//!         Ok(match recipient.permit(now, rule) {
//!             Ok(resend_in) => {
//!                 let challenge = ChallengeState::new(new, now, rule);
//!                 maps.challenges.insert(new.id.place(), challenge);
//!                 Opened::created(resend_in)
//!             }
//!             Err(Denied::Cooldown(wait)) => Opened::Cooldown(wait),
//!             Err(Denied::Locked(wait)) => Opened::Locked(wait),
//!             Err(Denied::Quota(wait)) => Opened::Quota(wait),
//!         })
//!     }
//!
//!     async fn attempt(
//!         &self,
//!         id: &ChallengeId,
//!         guess: &Mac,
//!         nonce: Option<&Nonce>,
//!         rule: &AttemptRule,
//!     ) -> Result<Attempt, StoreError> {
//!         Ok(self.with(id, |challenge, recipient, now| {
//!             challenge.attempt(recipient, now, guess, nonce, rule)
//!         }))
//!     }
//!
//!     async fn resend(&self, id: &ChallengeId, rule: &ResendRule) -> Result<Resent, StoreError> {
//!         Ok(self.with(id, |challenge, recipient, now| challenge.resend(recipient, now, rule)))
//!     }
//!
//!     async fn revoke(&self, id: &ChallengeId) -> Result<bool, StoreError> {
//!         Ok(self.with(id, |challenge, _, _| challenge.revoke()))
//!     }
//!
//!     async fn sweep(&self) -> Result<u64, StoreError> {
//!         // Every operation removes what has expired.
//!         Ok(0)
//!     }
//!
//!     async fn ping(&self) -> Result<(), StoreError> {
//!         // A map always answers. Over a network, make one round trip that reads.
//!         Ok(())
//!     }
//!
//!     fn is_shared(&self) -> bool {
//!         // Each process has its own map.
//!         false
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), StoreError> {
//! # use std::time::Duration;
//! # use otpost::store::{Context, Salt, SendWindow};
//! let store = MapStore { start: Instant::now(), maps: Mutex::default() };
//! # let id = ChallengeId::new(0, [1; 8], [2; 16]);
//! # let day = Duration::from_secs(86_400);
//! # let new = NewChallenge::new(id, Mac::new([3; 16]), Salt::new([4; 16]), Context::new([5; 12]), 5);
//! # let windows = [SendWindow::new(3, day), SendWindow::new(5, day)];
//! # let rule = OpenRule::new(day, Duration::ZERO, Duration::ZERO, windows);
//! # let attempt = AttemptRule::new(10, day, day, day);
//! assert!(matches!(store.open(&new, &rule).await?, Opened::Created { .. }));
//! let wrong = Mac::new([9; 16]);
//! let answer = store.attempt(&id, &wrong, None, &attempt).await?;
//! assert!(matches!(answer, Attempt::Wrong { left: 4, .. }));
//! let answer = store.attempt(&id, &new.mac, None, &attempt).await?;
//! assert!(matches!(answer, Attempt::Accepted { .. }));
//! # Ok(())
//! # }
//! ```

mod challenge;
mod recipient;

pub use challenge::ChallengeState;
pub use recipient::{Denied, RecipientState};

use std::time::Duration;

/// Returns the milliseconds of a duration, at most `u64::MAX`.
#[must_use]
pub fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
