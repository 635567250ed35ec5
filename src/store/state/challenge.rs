use std::time::Duration;

use super::{Denied, RecipientState, millis};
use crate::store::{
    Attempt, AttemptRule, Binding, GoneReason, Mac, NewChallenge, Nonce, OpenRule, ResendRule,
    Resent, Salt,
};

/// The time in milliseconds for which a repeated attempt gets the result of the accepted guess.
const TOMBSTONE: u64 = 60_000;

/// The state of one challenge: everything that a store keeps about it.
///
/// # Security
///
/// The MAC does not reveal the code without the pepper. Neither a code nor a phone number is part
/// of the state.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a store writes and reads each field")]
pub struct ChallengeState {
    /// The MAC of the current code.
    pub mac: Mac,
    /// The salt from which the current code is derived.
    pub salt: Salt,
    /// The keyed digest of the binding, which a resend has to repeat.
    pub binding: Binding,
    /// The idempotency key of the last attempt, or zeros if it had none.
    pub nonce: Nonce,
    /// The time at which the challenge expires.
    pub expires: u64,
    /// The number of attempts left.
    pub left: u16,
    /// The reason why no guess can be accepted any more, or `None` while the challenge is pending.
    pub gone: Option<GoneReason>,
}

impl ChallengeState {
    /// Creates the state of a new challenge.
    #[must_use]
    pub fn new(new: &NewChallenge, now: u64, rule: &OpenRule) -> Self {
        Self {
            mac: new.mac,
            salt: new.salt,
            binding: new.binding,
            nonce: Nonce::new([0; 8]),
            expires: now.saturating_add(millis(rule.lifetime)),
            left: new.attempts,
            gone: None,
        }
    }

    /// Returns the state to use for an id that the store does not hold. Every operation on it
    /// returns `Gone`.
    ///
    /// Running the same steps for unknown ids keeps their response time close to that of known ids.
    #[must_use]
    pub const fn unknown() -> Self {
        Self {
            mac: Mac::new([0; 16]),
            salt: Salt::new([0; 16]),
            binding: Binding::new([0; 8]),
            nonce: Nonce::new([0; 8]),
            expires: 0,
            left: 0,
            gone: Some(GoneReason::Absent),
        }
    }

    /// Counts a guess and compares it in constant time.
    ///
    /// With the idempotency key of the last attempt, it returns the same result again and counts
    /// nothing.
    pub fn attempt(
        &mut self,
        recipient: &mut RecipientState,
        now: u64,
        guess: &Mac,
        nonce: Option<&Nonce>,
        rule: &AttemptRule,
    ) -> Attempt {
        // Zeros mean that the last attempt had no key. A key is a digest, which is zero once in
        // 2^64.
        let is_repeated = nonce.is_some_and(|nonce| self.nonce == *nonce);
        // Before the lock: the repeated attempt may be the one that started it, and must get its
        // own result.
        match self.gone {
            Some(GoneReason::Used) if is_repeated => return Attempt::accepted(true),
            Some(GoneReason::Exhausted) if is_repeated => return Attempt::wrong(0),
            Some(why) => return Attempt::Gone(why),
            None if is_repeated => return Attempt::wrong(self.left),
            None => {}
        }
        if let Some(wait) = recipient.locked(now) {
            return Attempt::Locked(wait);
        }
        // Count before comparing, as in every store: two guesses racing for the last attempt must
        // not both get one.
        self.left = self.left.saturating_sub(1);
        self.nonce = nonce.copied().unwrap_or(Nonce::new([0; 8]));
        if self.mac == *guess {
            self.gone = Some(GoneReason::Used);
            // `min`: a success must not extend the lifetime, not even for repetitions.
            self.expires = self.expires.min(now.saturating_add(TOMBSTONE));
            recipient.succeed();
            return Attempt::accepted(false);
        }
        if self.left == 0 {
            self.gone = Some(GoneReason::Exhausted);
        }
        recipient.fail(now, rule);
        Attempt::wrong(self.left)
    }

    /// Takes a permit to send the message again, and replaces the code if the rule contains a new
    /// one.
    ///
    /// A different binding is rejected before a permit is taken.
    pub fn resend(
        &mut self,
        recipient: &mut RecipientState,
        now: u64,
        rule: &ResendRule,
    ) -> Resent {
        if let Some(why) = self.gone {
            return Resent::Gone(why);
        }
        if self.expires <= now.saturating_add(millis(rule.least_left)) {
            return Resent::Gone(GoneReason::Absent);
        }
        // Compare before a permit is taken: a request with a wrong binding must not use up the
        // recipient's permits.
        if self.binding != rule.binding {
            return Resent::OtherBinding;
        }
        let resend_in = match recipient.permit(now, &rule.send) {
            Ok(resend_in) => resend_in,
            Err(Denied::Cooldown(wait)) => return Resent::Cooldown(wait),
            Err(Denied::Locked(wait)) => return Resent::Locked(wait),
            Err(Denied::Quota(wait)) => return Resent::Quota(wait),
        };
        if let Some((salt, mac)) = rule.rotate {
            // `left` stays as it is. Otherwise each resend would give an attacker new attempts.
            (self.salt, self.mac) = (salt, mac);
        }
        let expires_in = Duration::from_millis(self.expires.saturating_sub(now));
        Resent::permitted(self.salt, expires_in, resend_in)
    }

    /// Returns the permit of a message that was not sent, and revokes the challenge if `revokes` is
    /// set. Returns `true` if it was pending, and otherwise changes nothing.
    pub const fn return_permit(
        &mut self,
        recipient: &mut RecipientState,
        now: u64,
        revokes: bool,
    ) -> bool {
        let is_waiting = self.gone.is_none();
        if is_waiting {
            recipient.return_permit(now);
            if revokes {
                self.gone = Some(GoneReason::Revoked);
            }
        }
        is_waiting
    }

    /// Revokes the challenge. Returns `true` if it was pending.
    pub const fn revoke(&mut self) -> bool {
        let is_waiting = self.gone.is_none();
        if is_waiting {
            self.gone = Some(GoneReason::Revoked);
        }
        is_waiting
    }
}
