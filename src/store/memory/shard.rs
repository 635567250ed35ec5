use std::time::Duration;

use super::dense::{Dense, Record};
use super::recipient::{Denied, Recipient, millis};
use crate::store::{
    Attempt, AttemptRule, ChallengeId, Context, GoneBecause, Mac, NewChallenge, Nonce, OpenRule,
    Opened, ResendRule, Resent, Salt,
};

/// For how long the answer to an accepted guess can be had again.
const TOMBSTONE: u64 = 60_000;
/// How many records are looked at with each one that is added: more than one, so that what has ended goes faster than
/// new ones come.
const SWEPT: usize = 4;

#[derive(Debug)]
struct Challenge {
    /// The identity without its first byte, which the mac covers.
    key: [u8; 24],
    mac: Mac,
    salt: Salt,
    context: Context,
    /// All zeros before the first attempt that has one.
    nonce: Nonce,
    expires: u64,
    left: u16,
    /// Why there is nothing to guess; `None` while there is.
    gone: Option<GoneBecause>,
}

impl Record for Challenge {
    type Key = [u8; 24];

    fn key(&self) -> &[u8; 24] {
        &self.key
    }

    fn hash(key: &[u8; 24]) -> u64 {
        let [.., a, b, c, d] = *key;
        u64::from(u32::from_le_bytes([a, b, c, d]))
    }
}

/// The challenges of some recipients, and the recipients: whoever holds it does so alone.
#[derive(Debug)]
pub(super) struct Shard {
    challenges: Dense<Challenge>,
    recipients: Dense<Recipient>,
    /// Where the next look for what has ended begins.
    hands: [usize; 2],
}

impl Shard {
    pub(super) const fn new() -> Self {
        Self { challenges: Dense::new(), recipients: Dense::new(), hands: [0; 2] }
    }

    pub(super) fn holds(&mut self, id: &ChallengeId) -> bool {
        self.challenges.get_mut(&key(id)).is_some()
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
        self.challenges.insert(Challenge {
            key: key(&new.id),
            mac: new.mac,
            salt: new.salt,
            context: new.context,
            nonce: Nonce::new([0; 8]),
            expires: now.saturating_add(millis(rule.lifetime)),
            left: new.attempts,
            gone: None,
        });
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
        let locked =
            self.recipients.get_mut(&id.recipient()).and_then(|recipient| recipient.locked(now));
        let Some(challenge) = self.challenge(now, id) else {
            return Attempt::Gone(GoneBecause::Absent);
        };
        let is_repeated = nonce.is_some_and(|nonce| challenge.nonce == *nonce);
        match challenge.gone {
            Some(GoneBecause::Used) if is_repeated => {
                return Attempt::accepted(challenge.context, true);
            }
            Some(GoneBecause::Exhausted) if is_repeated => return Attempt::wrong(0),
            Some(why) => return Attempt::Gone(why),
            None if is_repeated => return Attempt::wrong(challenge.left),
            None => {}
        }
        if let Some(wait) = locked {
            return Attempt::Locked(wait);
        }
        // Counted before it is compared, as everywhere, though nobody else is here.
        challenge.left = challenge.left.saturating_sub(1);
        challenge.nonce = nonce.copied().unwrap_or(Nonce::new([0; 8]));
        let (left, context) = (challenge.left, challenge.context);
        if challenge.mac == *guess {
            challenge.gone = Some(GoneBecause::Used);
            challenge.expires = challenge.expires.min(now.saturating_add(TOMBSTONE));
            if let Some(recipient) = self.recipient(id.recipient()) {
                recipient.succeed();
            }
            return Attempt::accepted(context, false);
        }
        if left == 0 {
            challenge.gone = Some(GoneBecause::Exhausted);
        }
        if let Some(recipient) = self.recipient(id.recipient()) {
            recipient.fail(now, rule);
        }
        Attempt::wrong(left)
    }

    pub(super) fn resend(&mut self, now: u64, id: &ChallengeId, rule: &ResendRule) -> Resent {
        let least = now.saturating_add(millis(rule.least_left));
        let expires = match self.challenge(now, id) {
            Some(challenge) if challenge.gone.is_none() && challenge.expires > least => {
                challenge.expires
            }
            Some(challenge) => {
                return Resent::Gone(challenge.gone.unwrap_or(GoneBecause::Absent));
            }
            None => return Resent::Gone(GoneBecause::Absent),
        };
        let Some(recipient) = self.recipient(id.recipient()) else {
            return Resent::Gone(GoneBecause::Absent);
        };
        let resend_in = match recipient.permit(now, &rule.send) {
            Ok(resend_in) => resend_in,
            Err(Denied::Cooldown(wait)) => return Resent::Cooldown(wait),
            Err(Denied::Locked(wait)) => return Resent::Locked(wait),
            Err(Denied::Quota(wait)) => return Resent::Quota(wait),
        };
        let Some(challenge) = self.challenge(now, id) else {
            return Resent::Gone(GoneBecause::Absent);
        };
        if let Some((salt, mac)) = rule.rotate {
            (challenge.salt, challenge.mac) = (salt, mac);
        }
        let expires_in = Duration::from_millis(expires.saturating_sub(now));
        Resent::permitted(challenge.salt, expires_in, resend_in)
    }

    pub(super) fn revoke(&mut self, now: u64, id: &ChallengeId) -> bool {
        match self.challenge(now, id) {
            Some(challenge) if challenge.gone.is_none() => {
                challenge.gone = Some(GoneBecause::Revoked);
                true
            }
            _ => false,
        }
    }

    /// Looks at some records, or at all, and removes those that have ended; how many those were.
    pub(super) fn sweep(&mut self, now: u64, all: bool) -> u64 {
        let [challenges, recipients] = &mut self.hands;
        let removed = sweep(&mut self.challenges, challenges, all, |c| c.expires <= now);
        sweep(&mut self.recipients, recipients, all, |r| r.has_ended(now));
        removed
    }

    fn challenge(&mut self, now: u64, id: &ChallengeId) -> Option<&mut Challenge> {
        self.challenges.get_mut(&key(id)).filter(|challenge| challenge.expires > now)
    }

    /// What is kept of a recipient; of a new one it is nothing yet.
    fn recipient(&mut self, tag: [u8; 8]) -> Option<&mut Recipient> {
        if self.recipients.get_mut(&tag).is_none() {
            self.recipients.insert(Recipient::new(tag));
        }
        self.recipients.get_mut(&tag)
    }
}

fn key(id: &ChallengeId) -> [u8; 24] {
    let mut key = [0; 24];
    key.iter_mut().zip(id.as_bytes().iter().skip(1)).for_each(|(place, byte)| *place = *byte);
    key
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
    if all || *hand >= map.len() {
        *hand = 0;
    }
    for _ in 0..looks {
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
