//! Cases for permits that are returned, and for the reset of a recipient.

use std::time::Duration;

use super::{
    ConformanceRun, ConformanceStore, DAY, MINUTE, challenge_of, failed, free, lasting, limited,
    patient, random, waiting, wrong,
};
use otpost::store::{
    Attempt, AttemptRule, ChallengeId, GoneReason, NewChallenge, OpenRule, Opened, ResendRule,
    Resent, SendWindow,
};

impl ConformanceRun<'_, dyn ConformanceStore> {
    async fn returned(&self, id: &ChallengeId, revokes: bool) -> Result<bool, String> {
        self.store().return_permit(id, revokes).await.map_err(failed)
    }

    async fn reset(&self, recipient: [u8; 8]) -> Result<(), String> {
        self.store().reset(&recipient).await.map_err(failed)
    }

    async fn created(&self, recipient: [u8; 8], rule: &OpenRule) -> Result<NewChallenge, String> {
        let new = challenge_of(recipient, 5);
        let seen = self.open_by(&new, rule).await?;
        ensure!(matches!(seen, Opened::Created { .. }), seen);
        Ok(new)
    }

    /// Checks that exactly so many more messages are permitted.
    async fn permits(
        &self,
        recipient: [u8; 8],
        rule: &OpenRule,
        most: usize,
    ) -> super::CaseOutcome {
        for _ in 0..most {
            let _ = self.created(recipient, rule).await?;
        }
        let seen = self.open_by(&challenge_of(recipient, 5), rule).await?;
        ensure!(matches!(seen, Opened::Quota(_)), seen);
        Ok(())
    }
}

cases! {
    dyn ConformanceStore;

    12 a_returned_permit_no_longer_counts(suite) {
        let (recipient, rule) = (random(), limited(2, MINUTE));
        let new = suite.created(recipient, &rule).await?;
        let _ = suite.created(recipient, &rule).await?;
        let seen = suite.returned(&new.id, false).await?;
        ensure!(seen, new.id);
        suite.permits(recipient, &rule, 1).await?;
        // The challenge goes on.
        let seen = suite.attempt(&new.id, &new.mac).await?;
        ensure!(seen == Attempt::accepted(false), seen);
        Ok(())
    }
    12 a_returned_permit_ends_the_cooldown(suite) {
        let recipient = random();
        // The count went back as well, so the cooldown does not double.
        for _ in 0..3 {
            let new = challenge_of(recipient, 5);
            let seen = suite.open_by(&new, &waiting(MINUTE, DAY)).await?;
            ensure!(seen == Opened::created(MINUTE), seen);
            let seen = suite.returned(&new.id, false).await?;
            ensure!(seen, new.id);
        }
        Ok(())
    }
    12 a_returned_permit_of_a_resend_no_longer_counts(suite) {
        let mut rule = waiting(MINUTE, MINUTE);
        rule.window = SendWindow::new(2, DAY);
        let (new, resend) = (suite.opened(5).await?, ResendRule::new(rule, Duration::ZERO));
        for _ in 0..2 {
            let seen = suite.resend_by(&new.id, &resend).await?;
            ensure!(matches!(seen, Resent::Permitted { .. }), seen);
            let seen = suite.resend_by(&new.id, &resend).await?;
            ensure!(matches!(seen, Resent::Cooldown(_) | Resent::Quota(_)), seen);
            let seen = suite.returned(&new.id, false).await?;
            ensure!(seen, new.id);
        }
        Ok(())
    }
    12 a_returned_permit_is_none_below_zero(suite) {
        let (recipient, rule) = (random(), limited(2, MINUTE));
        let new = suite.created(recipient, &rule).await?;
        for _ in 0..3 {
            let seen = suite.returned(&new.id, false).await?;
            ensure!(seen, new.id);
        }
        suite.permits(recipient, &rule, 2).await
    }
    12 a_returned_permit_gives_no_attempts_back(suite) {
        let new = suite.opened(2).await?;
        let seen = suite.attempt(&new.id, &wrong()).await?;
        ensure!(seen == Attempt::wrong(1), seen);
        let seen = suite.returned(&new.id, false).await?;
        ensure!(seen, new.id);
        let seen = suite.attempt(&new.id, &wrong()).await?;
        ensure!(seen == Attempt::wrong(0), seen);
        Ok(())
    }
    12 a_returned_permit_forgets_no_failures(suite) {
        let (new, rule) = (suite.opened(5).await?, AttemptRule::new(2, MINUTE, MINUTE, DAY));
        for left in [4, 3] {
            let seen = suite.attempt_by(&new.id, &wrong(), None, &rule).await?;
            ensure!(seen == Attempt::wrong(left), seen);
            let seen = suite.returned(&new.id, false).await?;
            ensure!(seen, new.id);
        }
        // The second failure locks, and the lock stays.
        let seen = suite.attempt_by(&new.id, &new.mac, None, &rule).await?;
        ensure!(matches!(seen, Attempt::Locked(_)), seen);
        let seen = suite.open_by(&challenge_of(new.id.recipient(), 5), &free()).await?;
        ensure!(matches!(seen, Opened::Locked(_)), seen);
        Ok(())
    }
    12 a_returned_permit_revokes_when_asked(suite) {
        let (recipient, rule) = (random(), limited(2, MINUTE));
        let (new, other) = (suite.created(recipient, &rule).await?, suite.created(recipient, &rule).await?);
        // The permit of a revoked challenge was returned already, and is not returned twice.
        for expected in [true, false, false] {
            let seen = suite.returned(&new.id, true).await?;
            ensure!(seen == expected, seen);
        }
        let seen = suite.attempt(&new.id, &new.mac).await?;
        ensure!(seen == Attempt::Gone(GoneReason::Revoked), seen);
        suite.permits(recipient, &rule, 1).await?;
        let seen = suite.attempt(&other.id, &other.mac).await?;
        ensure!(seen == Attempt::accepted(false), seen);
        Ok(())
    }
    12 a_permit_stays_with_what_is_gone(suite) {
        for how in ["used", "exhausted", "revoked"] {
            let (recipient, mut rule) = (random(), limited(2, MINUTE));
            let new = suite.created(recipient, &rule).await?;
            match how {
                "used" => {
                    // The success gives its message back, so another one takes its place.
                    let seen = suite.attempt(&new.id, &new.mac).await?;
                    ensure!(seen == Attempt::accepted(false), seen);
                    let _ = suite.created(recipient, &rule).await?;
                }
                "exhausted" => {
                    for _ in 0..5 {
                        let _ = suite.attempt(&new.id, &wrong()).await?;
                    }
                }
                _ => {
                    let seen = suite.store().revoke(&new.id).await;
                    ensure!(matches!(seen, Ok(true)), seen);
                }
            }
            (rule.cooldown, rule.longest_cooldown) = (MINUTE, MINUTE);
            let _ = suite.created(recipient, &rule).await?;
            for revokes in [false, true] {
                let seen = suite.returned(&new.id, revokes).await?;
                ensure!(!seen, how, revokes);
            }
            // Both the count and the cooldown are as before.
            let seen = suite.open_by(&challenge_of(recipient, 5), &rule).await?;
            ensure!(matches!(seen, Opened::Quota(_)), how, seen);
            rule.window = SendWindow::new(9, MINUTE);
            let seen = suite.open_by(&challenge_of(recipient, 5), &rule).await?;
            ensure!(matches!(seen, Opened::Cooldown(_)), how, seen);
        }
        Ok(())
    }
    12 a_permit_stays_with_what_has_expired(suite) {
        let soon = suite.soon();
        let mut rule = lasting(soon);
        rule.window = SendWindow::new(1, MINUTE);
        let new = suite.created(random(), &rule).await?;
        suite.pass(soon * 2).await;
        let seen = suite.returned(&new.id, false).await?;
        ensure!(!seen, new.id);
        suite.permits(new.id.recipient(), &rule, 0).await
    }
    9 a_permit_of_nothing_is_not_returned(suite) {
        let rule = limited(1, MINUTE);
        let new = suite.created(random(), &rule).await?;
        let id = ChallengeId::new(0, new.id.recipient(), random());
        for revokes in [false, true] {
            let seen = suite.returned(&id, revokes).await?;
            ensure!(!seen, revokes);
        }
        suite.permits(new.id.recipient(), &rule, 0).await?;
        let seen = suite.attempt(&new.id, &new.mac).await?;
        ensure!(seen == Attempt::accepted(false), seen);
        Ok(())
    }
    13 a_reset_clears_the_counts(suite) {
        let (recipient, other, rule) = (random(), random(), limited(1, MINUTE));
        for tag in [recipient, other] {
            suite.permits(tag, &rule, 1).await?;
        }
        suite.reset(recipient).await?;
        suite.permits(recipient, &rule, 1).await?;
        // Other recipients are not reset.
        suite.permits(other, &rule, 0).await
    }
    13 a_reset_ends_the_cooldown(suite) {
        let recipient = random();
        for _ in 0..3 {
            let seen = suite.open_by(&challenge_of(recipient, 5), &waiting(MINUTE, DAY)).await?;
            ensure!(seen == Opened::created(MINUTE), seen);
            suite.reset(recipient).await?;
        }
        Ok(())
    }
    13 a_reset_ends_the_lock(suite) {
        let (new, rule) = (suite.opened(9).await?, AttemptRule::new(2, MINUTE, DAY, DAY));
        for _ in 0..2 {
            for _ in 0..2 {
                let seen = suite.attempt_by(&new.id, &wrong(), None, &rule).await?;
                ensure!(matches!(seen, Attempt::Wrong { .. }), seen);
            }
            let seen = suite.attempt_by(&new.id, &new.mac, None, &rule).await?;
            // The second lock is the first one again, so it does not last twice as long.
            ensure!(matches!(seen, Attempt::Locked(wait) if wait <= MINUTE), seen);
            suite.reset(new.id.recipient()).await?;
        }
        // One failure before the reset and one after it do not lock.
        let _ = suite.attempt_by(&new.id, &wrong(), None, &rule).await?;
        suite.reset(new.id.recipient()).await?;
        let _ = suite.attempt_by(&new.id, &wrong(), None, &rule).await?;
        let seen = suite.attempt_by(&new.id, &new.mac, None, &rule).await?;
        ensure!(seen == Attempt::accepted(false), seen);
        Ok(())
    }
    13 a_reset_changes_no_challenge(suite) {
        let waits = suite.opened(2).await?;
        let revoked = suite.created(waits.id.recipient(), &free()).await?;
        let seen = suite.store().revoke(&revoked.id).await;
        ensure!(matches!(seen, Ok(true)), seen);
        let seen = suite.attempt_by(&waits.id, &wrong(), None, &patient()).await?;
        ensure!(seen == Attempt::wrong(1), seen);
        suite.reset(waits.id.recipient()).await?;
        let seen = suite.attempt(&revoked.id, &revoked.mac).await?;
        ensure!(seen == Attempt::Gone(GoneReason::Revoked), seen);
        let seen = suite.attempt(&waits.id, &wrong()).await?;
        ensure!(seen == Attempt::wrong(0), seen);
        Ok(())
    }
    13 a_reset_of_nobody_changes_nothing(suite) {
        let recipient = random();
        suite.reset(recipient).await?;
        suite.permits(recipient, &limited(1, MINUTE), 1).await
    }
}
