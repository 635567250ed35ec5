use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use crate::store::state::{ChallengeState, millis};
use crate::store::{ChallengeId, Claim, Intent, QueueTag, Settle};

/// The maximum number of claims of an intent without a result.
const CLAIMS: u8 = 2;

type QueueKey = [u8; 24];

#[derive(Debug)]
struct Queued {
    id: ChallengeId,
    queue: QueueTag,
    intent: Intent,
    due: u64,
    /// The number of claims since the message was last known not to be sent.
    claims: u8,
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
        key: QueueKey,
        id: ChallengeId,
        queue: QueueTag,
        intent: Intent,
        now: u64,
    ) {
        self.by_due.insert((queue, now, key));
        self.queued.insert(key, Queued { id, queue, intent, due: now, claims: 0, token: 0 });
    }

    /// Claims the first intent that is due. Removes intents whose challenge is no longer pending,
    /// or that were claimed too often.
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
            let waits = challenge(&key).filter(|state| {
                state.gone.is_none() && state.expires > now.saturating_add(millis(least_left))
            });
            let (Some(queued), Some(state)) = (self.queued.get_mut(&key), waits) else {
                self.remove(&key);
                continue;
            };
            if queued.claims >= CLAIMS {
                self.remove(&key);
                continue;
            }
            let is_repeated = queued.claims > 0;
            // Count at the claim and not at the result: a worker that stops reports no result.
            queued.claims = queued.claims.saturating_add(1);
            queued.token = queued.token.wrapping_add(1);
            let claim = Claim::new(
                queued.id,
                queue,
                state.salt,
                Duration::from_millis(state.expires.saturating_sub(now)),
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

    pub(super) fn settle(&mut self, key: &QueueKey, token: u64, how: Settle, now: u64) -> bool {
        // A worker that was slower than its lease must not settle the claim of the next one.
        let Some(queued) = self.queued.get_mut(key).filter(|queued| queued.token == token) else {
            return false;
        };
        match how {
            Settle::Done => self.remove(key),
            Settle::Again(after) => {
                // The message was not sent, or the gateway drops duplicates. So the next claim is
                // no repetition.
                queued.claims = 0;
                // A new token, so that settling the same claim a second time does nothing.
                queued.token = queued.token.wrapping_add(1);
                self.postpone(key, now.saturating_add(millis(after)));
            }
        }
        true
    }

    /// Removes the intents whose challenge does not exist any more.
    pub(super) fn sweep(&mut self, is_there: impl Fn(&QueueKey) -> bool) {
        self.queued.retain(|key, _| is_there(key));
        self.by_due.retain(|(_, _, key)| is_there(key));
    }

    fn remove(&mut self, key: &QueueKey) {
        match self.queued.remove(key) {
            Some(queued) => self.by_due.remove(&(queued.queue, queued.due, *key)),
            // Cannot occur, as both maps change together. If it did, `claim` would find the same
            // stray entry forever.
            None => {
                self.by_due.retain(|(_, _, other)| other != key);
                true
            }
        };
    }

    fn postpone(&mut self, key: &QueueKey, due: u64) {
        if let Some(queued) = self.queued.get_mut(key) {
            self.by_due.remove(&(queued.queue, queued.due, *key));
            queued.due = due;
            self.by_due.insert((queued.queue, due, *key));
        }
    }
}
