use std::time::Duration;

use super::dense::{Dense, Record};
use super::queue::Queue;
use crate::store::state::{ChallengeState, Denied, RecipientState};
use crate::store::{
    Attempt, AttemptRule, ChallengeId, Claim, GoneReason, Intent, Mac, NewChallenge, Nonce,
    OpenRule, Opened, QueueTag, ResendRule, Resent, Settle,
};

/// How many records are looked at with each one that is added: more than one, so that what has
/// ended goes faster than new ones come.
const SWEPT: usize = 2;

#[derive(Debug)]
struct StoredChallenge {
    /// The identity without its first byte, which the mac covers.
    key: [u8; 24],
    state: ChallengeState,
}

impl Record for StoredChallenge {
    type Key = [u8; 24];

    fn key(&self) -> &[u8; 24] {
        &self.key
    }

    fn hash(key: &[u8; 24]) -> u64 {
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
        u64::from_le_bytes(*key)
    }
}

/// The challenges of some recipients, and the recipients: whoever holds it does so alone.
#[derive(Debug)]
pub(super) struct Shard {
    challenges: Dense<StoredChallenge>,
    recipients: Dense<StoredRecipient>,
    queue: Queue,
    /// Where the next look for what has ended begins.
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

    /// How many challenges and recipients there are.
    pub(super) fn len(&self) -> (usize, usize) {
        (self.challenges.len(), self.recipients.len())
    }

    /// Opens a challenge; `None` when the recipient is new and there is no room for it.
    pub(super) fn open(
        &mut self,
        now: u64,
        new: &NewChallenge,
        rule: &OpenRule,
        has_room: bool,
    ) -> Option<Opened> {
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
        // Whoever guesses at what never was, has expired, was used or revoked waits as long for
        // each: the same is looked up, copied and decided, on a record that is another's where
        // there is none.
        let (key, tag) = (id.place(), id.recipient());
        let (found, any) = self.challenges.find(&key);
        let nothing = ChallengeState::unknown();
        let mut challenge = self.challenges.at(any).map_or(nothing, |any| any.state.clone());
        let is_there = found & (challenge.expires > now);
        challenge.gone = if is_there { challenge.gone } else { Some(GoneReason::Absent) };
        let nonce = nonce.filter(|_| is_there);
        let (_, any) = self.recipients.find(&tag);
        let known = self.recipients.at(any).filter(|any| any.tag == tag);
        let mut recipient = known.map_or_else(RecipientState::default, |any| any.state.clone());
        let answer = challenge.attempt(&mut recipient, now, guess, nonce, rule);
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

    /// How many intents there are.
    pub(super) fn queued(&self) -> usize {
        self.queue.len()
    }

    pub(super) fn queue(&mut self, now: u64, id: &ChallengeId, queue: QueueTag, intent: &Intent) {
        self.queue.add(id.place(), *id, queue, intent.clone(), now);
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

    pub(super) fn settle(&mut self, now: u64, claim: &Claim, how: Settle) -> bool {
        self.queue.settle(&claim.id.place(), claim.token, how, now)
    }

    /// Looks at some records, or at all, and removes those that have ended; how many those were.
    pub(super) fn sweep(&mut self, now: u64, all: bool) -> u64 {
        let [challenges, recipients] = &mut self.hands;
        let removed = sweep(&mut self.challenges, challenges, all, |c| c.state.expires <= now);
        sweep(&mut self.recipients, recipients, all, |r| r.state.has_ended(now));
        if all {
            let challenges = &self.challenges;
            self.queue.sweep(|key| challenges.get(key).is_some());
        }
        removed
    }

    /// A challenge that lives, and its recipient.
    fn both(
        &mut self,
        now: u64,
        id: &ChallengeId,
    ) -> Option<(&mut ChallengeState, &mut RecipientState)> {
        let challenge = self.challenges.get_mut(&id.place())?;
        if challenge.state.expires <= now {
            return None;
        }
        let tag = id.recipient();
        if self.recipients.get_mut(&tag).is_none() {
            self.recipients.insert(StoredRecipient { tag, state: RecipientState::default() });
        }
        Some((&mut challenge.state, &mut self.recipients.get_mut(&tag)?.state))
    }

    /// What is kept of a recipient; of a new one it is nothing yet.
    fn recipient(&mut self, tag: [u8; 8]) -> Option<&mut RecipientState> {
        if self.recipients.get_mut(&tag).is_none() {
            self.recipients.insert(StoredRecipient { tag, state: RecipientState::default() });
        }
        Some(&mut self.recipients.get_mut(&tag)?.state)
    }
}

pub(super) fn sweep<R: Record>(
    map: &mut Dense<R>,
    hand: &mut usize,
    all: bool,
    has_ended: impl Fn(&R) -> bool,
) -> u64
where
    R::Key: Clone,
{
    let looks = if all { map.len() } else { SWEPT };
    let mut removed = 0_u64;
    if all {
        *hand = 0;
    }
    for _ in 0..looks {
        // At the end it begins anew at once: a map that grows by one each time would else be looked
        // at there alone.
        if *hand >= map.len() {
            *hand = 0;
        }
        match map.at(*hand).map(|record| (record.key().clone(), has_ended(record))) {
            None => break,
            Some((key, true)) => {
                // The last record comes to this place, and is looked at next.
                map.remove(&key);
                removed = removed.saturating_add(1);
            }
            Some((_, false)) => *hand = hand.saturating_add(1),
        }
    }
    removed
}
