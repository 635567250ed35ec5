use std::time::Duration;

use super::dense::{Dense, Record};
use super::queue::Queue;
use crate::store::state::{ChallengeState, Denied, RecipientState};
use crate::store::{
    Attempt, AttemptRule, ChallengeId, Claim, Finish, GoneReason, Intent, Mac, NewChallenge, Nonce,
    OpenRule, Opened, QueueTag, ResendRule, Resent,
};

/// The number of records that are checked for each one that is added. It is more than one, so that
/// expired records are removed faster than new ones are added.
const SWEPT: usize = 2;

#[derive(Debug)]
struct StoredChallenge {
    /// The id without its first byte, which the MAC covers.
    key: [u8; 24],
    state: ChallengeState,
}

impl Record for StoredChallenge {
    type Key = [u8; 24];

    fn key(&self) -> &[u8; 24] {
        &self.key
    }

    fn hash(key: &[u8; 24]) -> u64 {
        // The end of the key is random. Its beginning is the recipient's tag, so all challenges of
        // a recipient would collide there.
        let [.., a, b, c, d] = *key;
        u64::from(u32::from_le_bytes([a, b, c, d]))
    }
}

#[derive(Debug)]
struct StoredRecipient {
    tag: [u8; 8],
    state: RecipientState,
}

impl Record for StoredRecipient {
    type Key = [u8; 8];

    fn key(&self) -> &[u8; 8] {
        &self.tag
    }

    fn hash(key: &[u8; 8]) -> u64 {
        // The index uses the lowest bits. They must not be those of the first byte, which choose
        // the shard and so are the same for all recipients in it.
        u64::from_be_bytes(*key)
    }
}

/// A part of the recipients, with their challenges and intents. It is behind a lock, so each
/// operation is atomic.
#[derive(Debug)]
pub(super) struct Shard {
    challenges: Dense<StoredChallenge>,
    recipients: Dense<StoredRecipient>,
    queue: Queue,
    /// The positions at which the next sweep of challenges and of recipients begins.
    hands: [usize; 2],
}

impl Shard {
    pub(super) fn new() -> Self {
        let (challenges, recipients) = (Dense::new(), Dense::new());
        Self { challenges, recipients, queue: Queue::default(), hands: [0; 2] }
    }

    pub(super) fn holds(&mut self, id: &ChallengeId) -> bool {
        self.challenges.get_mut(&id.place()).is_some()
    }

    /// Returns the number of challenges and of recipients.
    pub(super) fn len(&self) -> (usize, usize) {
        (self.challenges.len(), self.recipients.len())
    }

    /// Opens a challenge. Returns `None` if the recipient is new and there is no room for it.
    pub(super) fn open(
        &mut self,
        now: u64,
        new: &NewChallenge,
        rule: &OpenRule,
        has_room: bool,
    ) -> Option<Opened> {
        // Check for room before the permit is taken: taking it adds the recipient.
        let tag = new.id.recipient();
        if !has_room && self.recipients.get_mut(&tag).is_none() {
            return None;
        }
        let resend_in = match self.recipient(tag)?.permit(now, rule) {
            Ok(resend_in) => resend_in,
            Err(Denied::Cooldown(wait)) => return Some(Opened::Cooldown(wait)),
            Err(Denied::Locked(wait)) => return Some(Opened::Locked(wait)),
            Err(Denied::Quota(wait)) => return Some(Opened::Quota(wait)),
        };
        let state = ChallengeState::new(new, now, rule);
        self.challenges.insert(StoredChallenge { key: new.id.place(), state });
        Some(Opened::created(resend_in))
    }

    pub(super) fn attempt(
        &mut self,
        now: u64,
        id: &ChallengeId,
        guess: &Mac,
        nonce: Option<&Nonce>,
        rule: &AttemptRule,
    ) -> Attempt {
        // The response time must not reveal if a challenge exists, has expired, was used or was
        // revoked. So every case looks up, copies and decides the same. If there is no record of
        // the key, an arbitrary record is copied in its place, and the challenge is marked as
        // absent. Only then does the result decide if anything is written back.
        let (key, tag) = (id.place(), id.recipient());
        let (found, any) = self.challenges.find(&key);
        let nothing = ChallengeState::unknown();
        let mut challenge = self.challenges.at(any).map_or(nothing, |any| any.state.clone());
        // `&` and not `&&`: the comparison runs in both cases.
        let is_there = found & (challenge.expires > now);
        challenge.gone = if is_there { challenge.gone } else { Some(GoneReason::Absent) };
        let nonce = nonce.filter(|_| is_there);
        let (_, any) = self.recipients.find(&tag);
        let known = self.recipients.at(any).filter(|any| any.tag == tag);
        let mut recipient = known.map_or_else(RecipientState::default, |any| any.state.clone());
        let answer = challenge.attempt(&mut recipient, now, guess, nonce, rule);
        // Only these results change the state. The result for an unknown id is `Gone`, so the copy
        // of the arbitrary record is dropped.
        if matches!(answer, Attempt::Accepted { is_repeated: false, .. } | Attempt::Wrong { .. }) {
            if let Some(kept) = self.challenges.get_mut(&key) {
                kept.state = challenge;
            }
            if let Some(kept) = self.recipient(tag) {
                *kept = recipient;
            }
        }
        answer
    }

    pub(super) fn resend(&mut self, now: u64, id: &ChallengeId, rule: &ResendRule) -> Resent {
        match self.both(now, id) {
            Some((challenge, recipient)) => challenge.resend(recipient, now, rule),
            None => Resent::Gone(GoneReason::Absent),
        }
    }

    pub(super) fn revoke(&mut self, now: u64, id: &ChallengeId) -> bool {
        self.both(now, id).is_some_and(|(challenge, _)| challenge.revoke())
    }

    pub(super) fn return_permit(&mut self, now: u64, id: &ChallengeId, revokes: bool) -> bool {
        self.both(now, id)
            .is_some_and(|(challenge, recipient)| challenge.return_permit(recipient, now, revokes))
    }

    /// Forgets the counts of a recipient.
    pub(super) fn reset(&mut self, recipient: &[u8; 8]) {
        self.recipients.remove(recipient);
    }

    /// Returns the number of intents.
    pub(super) fn queued(&self) -> usize {
        self.queue.len()
    }

    pub(super) fn queue(
        &mut self,
        now: u64,
        id: &ChallengeId,
        queue: QueueTag,
        intent: &Intent,
        lifetime: Duration,
    ) -> Option<Intent> {
        self.queue.add(*id, queue, intent.clone(), now, lifetime)
    }

    pub(super) fn claim(
        &mut self,
        now: u64,
        queue: QueueTag,
        lease: Duration,
        least_left: Duration,
    ) -> Option<Claim> {
        let challenges = &self.challenges;
        let state = |key: &[u8; 24]| challenges.get(key).map(|challenge| &challenge.state);
        self.queue.claim(now, queue, lease, least_left, state)
    }

    pub(super) fn finish(&mut self, now: u64, claim: &Claim, how: Finish) -> bool {
        self.queue.finish(&claim.id.place(), claim.token, how, now)
    }

    /// Removes expired records, checking a few of them or all. Returns the number of removed
    /// challenges.
    pub(super) fn sweep(&mut self, now: u64, all: bool) -> u64 {
        let [challenges, recipients] = &mut self.hands;
        let removed = sweep(&mut self.challenges, challenges, all, |c| c.state.expires <= now);
        sweep(&mut self.recipients, recipients, all, |r| r.state.has_ended(now));
        // Without `all`, stale intents stay until a worker claims from their queue.
        if all {
            self.queue.sweep(now);
        }
        removed
    }

    /// Returns a challenge that has not expired, and its recipient.
    fn both(
        &mut self,
        now: u64,
        id: &ChallengeId,
    ) -> Option<(&mut ChallengeState, &mut RecipientState)> {
        let challenge = self.challenges.get_mut(&id.place())?;
        if challenge.state.expires <= now {
            return None;
        }
        // The recipient may have been swept, because its windows can end before the challenge does.
        let tag = id.recipient();
        if self.recipients.get_mut(&tag).is_none() {
            self.recipients.insert(StoredRecipient { tag, state: RecipientState::default() });
        }
        Some((&mut challenge.state, &mut self.recipients.get_mut(&tag)?.state))
    }

    /// Returns the state of a recipient, and adds an empty one if it is new.
    fn recipient(&mut self, tag: [u8; 8]) -> Option<&mut RecipientState> {
        if self.recipients.get_mut(&tag).is_none() {
            self.recipients.insert(StoredRecipient { tag, state: RecipientState::default() });
        }
        Some(&mut self.recipients.get_mut(&tag)?.state)
    }
}

/// Removes expired records, and returns their number.
///
/// Unless `all` is set, it checks only [`SWEPT`] records, and continues at `hand` the next time. So
/// the cost of removing is spread over all calls that add a record.
pub(super) fn sweep<R: Record>(
    map: &mut Dense<R>,
    hand: &mut usize,
    all: bool,
    has_ended: impl Fn(&R) -> bool,
) -> u64
where
    R::Key: Clone,
{
    // The position moves around the records like the hand of a clock. A record is checked once per
    // round.
    let looks = if all { map.len() } else { SWEPT };
    let mut removed = 0_u64;
    if all {
        *hand = 0;
    }
    for _ in 0..looks {
        // Wrap around at once: a map that grows by one record per call would otherwise be checked
        // at its end only.
        if *hand >= map.len() {
            *hand = 0;
        }
        match map.at(*hand).map(|record| (record.key().clone(), has_ended(record))) {
            None => break,
            Some((key, true)) => {
                // The last record moves to this position, and is checked next.
                map.remove(&key);
                removed = removed.saturating_add(1);
            }
            Some((_, false)) => *hand = hand.saturating_add(1),
        }
    }
    removed
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn recipients_of_one_shard_have_slots_of_their_own() {
        let tags = (0..1_000_u64).map(|number| {
            let mut tag = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
            tag[0] = 64;
            tag
        });
        let slots: BTreeSet<u64> = tags.map(|tag| StoredRecipient::hash(&tag) % 2_048).collect();
        assert!(slots.len() > 700, "{}", slots.len());
    }
}
