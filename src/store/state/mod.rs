//! The state of challenges, recipients and limits and the decisions about them, for authors of
//! stores.
//!
//! A store has to be atomic and durable. How a guess is counted, when a recipient is locked and
//! when the next message may be sent is the same in every store, and is decided here:
//! [`ChallengeState`], [`RecipientState`], [`WindowState`] and [`BucketState`] are plain data with
//! methods that take the time and a rule. A store that can hold them under one lock or in one
//! transaction loads them, calls a method and writes them back.
//! [`MemoryStore`](super::MemoryStore) and the SQLite store work like that. The stores for Redis
//! and PostgreSQL make the same decisions in a script and in SQL.
//!
//! Times are milliseconds of the store's clock since any fixed moment. A time of 0 has
//! passed: there is no cooldown, no window and no lock.
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
//! use std::time::{Duration, Instant};
//!
//! use otpost::async_trait;
//! use otpost::store::state::{
//!     BucketRule, BucketState, ChallengeState, Denied, RecipientState, WindowState, millis,
//! };
//! use otpost::store::{
//!     Attempt, AttemptRule, ChallengeId, ChallengeStore, CounterTag, Give, GiveKind, Limit,
//!     LimitRule, LimitStore, Mac, NewChallenge, Nonce, OpenRule, Opened, ResendRule, Resent,
//!     Reserved, Settlement, StoreError, StoreErrorKind,
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
//!     windows: HashMap<CounterTag, (WindowState, u64)>,
//!     buckets: HashMap<CounterTag, BucketState>,
//!     markers: HashMap<CounterTag, u64>,
//! }
//!
//! impl Maps {
//!     /// Takes a place under one limit, and returns the messages of a window.
//!     fn take(&mut self, now: u64, limit: &Limit) -> Result<u16, Duration> {
//!         match limit.rule {
//!             LimitRule::Window { most, span } => {
//!                 let (window, ends) = self.windows.entry(limit.tag).or_default();
//!                 let count = window.take(now, most, span)?;
//!                 *ends = window.ends(span);
//!                 Ok(count)
//!             }
//!             LimitRule::Bucket { capacity, refill, grows } => {
//!                 let bucket = self.buckets.entry(limit.tag).or_default();
//!                 bucket.take(now, &BucketRule::new(capacity, refill, grows))?;
//!                 Ok(0)
//!             }
//!         }
//!     }
//!
//!     /// Gives back a place under one limit.
//!     fn give(&mut self, now: u64, give: &Give) {
//!         match give.rule {
//!             LimitRule::Window { span, .. } => {
//!                 let (window, ends) = self.windows.entry(give.tag).or_default();
//!                 match give.kind {
//!                     GiveKind::All => window.clear(),
//!                     GiveKind::NotSent | GiveKind::Success => window.give(now, span),
//!                 }
//!                 *ends = window.ends(span);
//!             }
//!             LimitRule::Bucket { capacity, refill, grows } => {
//!                 let rule = BucketRule::new(capacity, refill, grows);
//!                 let bucket = self.buckets.entry(give.tag).or_default();
//!                 match give.kind {
//!                     GiveKind::All => bucket.fill(),
//!                     GiveKind::NotSent => bucket.give(now, &rule),
//!                     GiveKind::Success => bucket.succeed(now, &rule),
//!                 }
//!             }
//!         }
//!     }
//!
//!     /// Removes what has expired.
//!     fn sweep(&mut self, now: u64) {
//!         self.challenges.retain(|_, challenge| challenge.expires > now);
//!         self.recipients.retain(|_, recipient| !recipient.has_ended(now));
//!         self.windows.retain(|_, (_, ends)| *ends > now);
//!         self.buckets.retain(|_, bucket| bucket.ends() > now);
//!         self.markers.retain(|_, ends| *ends > now);
//!     }
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
//!         let mut maps = self.maps.lock().unwrap();
//!         maps.sweep(now);
//!         let Maps { challenges, recipients, .. } = &mut *maps;
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
//!         maps.sweep(now);
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
//!     async fn return_permit(&self, id: &ChallengeId, revokes: bool) -> Result<bool, StoreError> {
//!         Ok(self.with(id, |challenge, recipient, now| {
//!             challenge.return_permit(recipient, now, revokes)
//!         }))
//!     }
//!
//!     async fn reset(&self, recipient: &[u8; 8]) -> Result<(), StoreError> {
//!         self.maps.lock().unwrap().recipients.remove(recipient);
//!         Ok(())
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
//! #[async_trait]
//! impl LimitStore for MapStore {
//!     async fn reserve(
//!         &self,
//!         limits: &[Limit],
//!         markers: &[CounterTag],
//!     ) -> Result<Reserved, StoreError> {
//!         let (now, mut counts) = (self.now(), Vec::new());
//!         let mut maps = self.maps.lock().unwrap();
//!         maps.sweep(now);
//!         for (index, limit) in limits.iter().enumerate() {
//!             match maps.take(now, limit) {
//!                 Ok(count) => counts.push(count),
//!                 Err(wait) => {
//!                     // Contract sentence 1: the limits before this one are unchanged.
//!                     for limit in limits[..index].iter().filter(|limit| !limit.is_kept) {
//!                         maps.give(now, &limit.give(GiveKind::NotSent));
//!                     }
//!                     return Ok(Reserved::Refused(index, wait));
//!                 }
//!             }
//!         }
//!         let is_known = markers.iter().any(|tag| maps.markers.contains_key(tag));
//!         Ok(Reserved::granted(is_known, counts))
//!     }
//!
//!     async fn settle(&self, settlement: &Settlement) -> Result<(), StoreError> {
//!         let now = self.now();
//!         let mut maps = self.maps.lock().unwrap();
//!         settlement.gives.iter().for_each(|give| maps.give(now, give));
//!         for (tag, span) in &settlement.marks {
//!             maps.markers.insert(*tag, now + millis(*span));
//!         }
//!         maps.sweep(now);
//!         Ok(())
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), StoreError> {
//! # use otpost::store::{Salt, SendWindow};
//! let store = MapStore { start: Instant::now(), maps: Mutex::default() };
//! # let id = ChallengeId::new(0, [1; 8], [2; 16]);
//! # let day = Duration::from_secs(86_400);
//! # let new = NewChallenge::new(id, Mac::new([3; 16]), Salt::new([4; 16]), 5);
//! # let rule = OpenRule::new(day, Duration::ZERO, Duration::ZERO, SendWindow::new(3, day));
//! # let attempt = AttemptRule::new(10, day, day, day);
//! assert!(matches!(store.open(&new, &rule).await?, Opened::Created { .. }));
//! let wrong = Mac::new([9; 16]);
//! let answer = store.attempt(&id, &wrong, None, &attempt).await?;
//! assert!(matches!(answer, Attempt::Wrong { left: 4, .. }));
//! let answer = store.attempt(&id, &new.mac, None, &attempt).await?;
//! assert!(matches!(answer, Attempt::Accepted { .. }));
//!
//! let [tag, other] = [[5; 8], [6; 8]].map(CounterTag::new);
//! let limits = [Limit::window(tag, 1, day), Limit::bucket(other, 1, day)];
//! let granted = store.reserve(&limits, &[tag]).await?;
//! assert_eq!(granted, Reserved::granted(false, vec![1, 0]));
//! assert!(matches!(store.reserve(&limits, &[]).await?, Reserved::Refused(0, _)));
//! let gives = limits.map(|limit| limit.give(GiveKind::NotSent));
//! store.settle(&Settlement::new(gives.to_vec(), vec![(tag, day)])).await?;
//! let granted = store.reserve(&limits, &[tag]).await?;
//! assert_eq!(granted, Reserved::granted(true, vec![1, 0]));
//! # Ok(())
//! # }
//! ```

mod bucket;
mod challenge;
mod recipient;
mod window;

pub use bucket::{BucketRule, BucketState};
pub use challenge::ChallengeState;
pub use recipient::{Denied, RecipientState};
pub use window::WindowState;

use std::time::Duration;

/// Returns the milliseconds of a duration, at most `u64::MAX`.
#[must_use]
pub fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
