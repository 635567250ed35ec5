use std::time::Duration;

use super::{Denied, RecipientState, millis};
use crate::store::{
    Attempt, AttemptRule, Binding, Context, GoneBecause, Mac, NewChallenge, Nonce, OpenRule,
    ResendRule, Resent, Salt,
};

/// For how long the answer to an accepted guess can be had again, in milliseconds.
const TOMBSTONE: u64 = 60_000;

/// What is kept of a challenge. Times are milliseconds of the store's clock.
#[derive(Clone, Debug)]
pub(in crate::store) struct ChallengeState {
    pub(in crate::store) mac: Mac,
    pub(in crate::store) salt: Salt,
    pub(in crate::store) context: Context,
    pub(in crate::store) binding: Binding,
    /// All zeros before the first attempt that has one.
    pub(in crate::store) nonce: Nonce,
    pub(in crate::store) expires: u64,
    pub(in crate::store) left: u16,
    /// Why there is nothing to guess; `None` while there is.
    pub(in crate::store) gone: Option<GoneBecause>,
}

impl ChallengeState {
    pub(in crate::store) fn new(new: &NewChallenge, now: u64, rule: &OpenRule) -> Self {
        Self {
            mac: new.mac,
            salt: new.salt,
            context: new.context,
            binding: new.binding,
            nonce: Nonce::new([0; 8]),
            expires: now.saturating_add(millis(rule.lifetime)),
            left: new.attempts,
            gone: None,
        }
    }

    /// One that never was.
    pub(in crate::store) const fn nothing() -> Self {
        Self {
            mac: Mac::new([0; 16]),
            salt: Salt::new([0; 16]),
            context: Context::new([0; 12]),
            binding: Binding::new([0; 8]),
            nonce: Nonce::new([0; 8]),
            expires: 0,
            left: 0,
            gone: Some(GoneBecause::Absent),
        }
    }

    /// Counts a guess, and compares it.
    pub(in crate::store) fn attempt(
        &mut self,
        recipient: &mut RecipientState,
        now: u64,
        guess: &Mac,
        nonce: Option<&Nonce>,
        rule: &AttemptRule,
    ) -> Attempt {
        let is_repeated = nonce.is_some_and(|nonce| self.nonce == *nonce);
        match self.gone {
            Some(GoneBecause::Used) if is_repeated => return Attempt::accepted(self.context, true),
            Some(GoneBecause::Exhausted) if is_repeated => return Attempt::wrong(0),
            Some(why) => return Attempt::Gone(why),
            None if is_repeated => return Attempt::wrong(self.left),
            None => {}
        }
        if let Some(wait) = recipient.locked(now) {
            return Attempt::Locked(wait);
        }
        // Counted before it is compared, as everywhere, though nobody else is here.
        self.left = self.left.saturating_sub(1);
        self.nonce = nonce.copied().unwrap_or(Nonce::new([0; 8]));
        if self.mac == *guess {
            self.gone = Some(GoneBecause::Used);
            self.expires = self.expires.min(now.saturating_add(TOMBSTONE));
            recipient.succeed();
            return Attempt::accepted(self.context, false);
        }
        if self.left == 0 {
            self.gone = Some(GoneBecause::Exhausted);
        }
        recipient.fail(now, rule);
        Attempt::wrong(self.left)
    }

    /// Takes a permit to send once more.
    pub(in crate::store) fn resend(
        &mut self,
        recipient: &mut RecipientState,
        now: u64,
        rule: &ResendRule,
    ) -> Resent {
        if let Some(why) = self.gone {
            return Resent::Gone(why);
        }
        if self.expires <= now.saturating_add(millis(rule.least_left)) {
            return Resent::Gone(GoneBecause::Absent);
        }
        // Before a permit is taken: who may not have the message must not use up the recipient's.
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
            (self.salt, self.mac) = (salt, mac);
        }
        let expires_in = Duration::from_millis(self.expires.saturating_sub(now));
        Resent::permitted(self.salt, expires_in, resend_in)
    }

    /// Ends it; whether it waited.
    pub(in crate::store) const fn revoke(&mut self) -> bool {
        let is_waiting = self.gone.is_none();
        if is_waiting {
            self.gone = Some(GoneBecause::Revoked);
        }
        is_waiting
    }
}
