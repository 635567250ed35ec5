use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use crate::store::state::{ChallengeState, millis};
use crate::store::{ChallengeId, Claim, Finish, Intent, QueueTag};

/// The maximum number of claims of an intent without a result.
const CLAIMS: u8 = 2;
/// The time in milliseconds for which an intent is kept after the lifetime of its challenge.
const KEPT: u64 = 3_600_000;

type QueueKey = [u8; 24];

#[derive(Debug)]
struct Queued {
    id: ChallengeId,
    queue: QueueTag,
    intent: Intent,
    due: u64,
    /// The time at which the intent is dropped.
    ends: u64,
    /// The number of claims since the last one that was finished.
    claims: u8,
    /// `true` once the message may have been sent.
    is_unsure: bool,
    token: u64,
}

/// The queued intents, ordered by queue and due time.
#[derive(Debug, Default)]
pub(super) struct Queue {
    queued: HashMap<QueueKey, Queued>,
    // The key tells intents of the same due time apart. Both maps always hold the same intents.
    by_due: BTreeSet<(QueueTag, u64, QueueKey)>,
}

impl Queue {
    pub(super) fn len(&self) -> usize {
        self.queued.len()
    }

    pub(super) fn add(
        &mut self,
        id: ChallengeId,
        queue: QueueTag,
        intent: Intent,
        now: u64,
        lifetime: Duration,
    ) -> Option<Intent> {
        let ends = now.saturating_add(millis(lifetime)).saturating_add(KEPT);
        // An intent that this one replaces may be claimed, and its claim must not finish this one.
        let key = id.place();
        let token = self.queued.get(&key).map_or(0, |older| older.token.wrapping_add(1));
        let older = self.remove(&key);
        let (due, claims, is_unsure) = (now, 0, false);
        let queued = Queued { id, queue, intent, due, ends, claims, is_unsure, token };
        self.by_due.insert((queue, now, key));
        self.queued.insert(key, queued);
        let unsent = older.filter(|older| older.claims == 0 && !older.is_unsure);
        unsent.map(|older| older.intent)
    }

    /// Claims the first intent that is due. Removes intents that were claimed too often or have
    /// ended.
    pub(super) fn claim<'s>(
        &mut self,
        now: u64,
        queue: QueueTag,
        lease: Duration,
        least_left: Duration,
        mut challenge: impl FnMut(&QueueKey) -> Option<&'s ChallengeState>,
    ) -> Option<Claim> {
        loop {
            // The keys of other queues sort before or after this range.
            let due = (queue, 0, [0; 24])..=(queue, now, [u8::MAX; 24]);
            let (_, _, key) = *self.by_due.range(due).next()?;
            let state = challenge(&key);
            let kept = |queued: &&mut Queued| queued.claims < CLAIMS && queued.ends > now;
            let Some(queued) = self.queued.get_mut(&key).filter(kept) else {
                self.remove(&key);
                continue;
            };
            let soon = now.saturating_add(millis(least_left));
            let waits = state.filter(|state| state.gone.is_none() && state.expires > soon);
            let left = waits.map_or(0, |state| state.expires.saturating_sub(now));
            let is_repeated = queued.is_unsure || queued.claims > 0;
            // Count at the claim and not at the result: a worker that stops reports no result.
            queued.claims = queued.claims.saturating_add(1);
            queued.token = queued.token.wrapping_add(1);
            let claim = Claim::new(
                queued.id,
                queue,
                waits.map(|state| state.salt),
                Duration::from_millis(left),
                queued.intent.clone(),
                is_repeated,
                queued.token,
            );
            // The intent stays in the queue and becomes due when the lease ends. No timer is needed
            // for a worker that has stopped.
            self.postpone(&key, now.saturating_add(millis(lease)));
            return Some(claim);
        }
    }

    pub(super) fn finish(&mut self, key: &QueueKey, token: u64, how: Finish, now: u64) -> bool {
        // A worker that was slower than its lease must not finish the claim of the next one.
        let Some(queued) = self.queued.get_mut(key).filter(|queued| queued.token == token) else {
            return false;
        };
        match how {
            Finish::Done => drop(self.remove(key)),
            Finish::Again(after) | Finish::Unknown(after) => {
                queued.claims = 0;
                queued.is_unsure |= matches!(how, Finish::Unknown(_));
                // A new token, so that finishing the same claim a second time does nothing.
                queued.token = queued.token.wrapping_add(1);
                self.postpone(key, now.saturating_add(millis(after)));
            }
        }
        true
    }

    /// Removes the intents that are no longer kept.
    pub(super) fn sweep(&mut self, now: u64) {
        self.queued.retain(|_, queued| queued.ends > now);
        let queued = &self.queued;
        self.by_due.retain(|(_, _, key)| queued.contains_key(key));
    }

    fn remove(&mut self, key: &QueueKey) -> Option<Queued> {
        let queued = self.queued.remove(key)?;
        self.by_due.remove(&(queued.queue, queued.due, *key));
        Some(queued)
    }

    fn postpone(&mut self, key: &QueueKey, due: u64) {
        if let Some(queued) = self.queued.get_mut(key) {
            self.by_due.remove(&(queued.queue, queued.due, *key));
            queued.due = due;
            self.by_due.insert((queued.queue, due, *key));
        }
    }
}
