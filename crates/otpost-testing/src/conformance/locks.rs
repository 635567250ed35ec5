use std::time::Duration;

use super::{
    ConformanceRun, ConformanceStore, DAY, MINUTE, challenge_of, free, free_resend, random, wrong,
};
use otpost::store::{Attempt, AttemptRule, Opened, Resent};

fn locking(failures: u16, lock: Duration) -> AttemptRule {
    AttemptRule::new(failures, lock, MINUTE, DAY)
}

impl ConformanceRun<'_, dyn ConformanceStore> {
    /// Opens challenges of a recipient and makes one wrong guess at each. Returns the last result.
    async fn fail(
        &self,
        recipient: [u8; 8],
        times: usize,
        rule: &AttemptRule,
    ) -> Result<Attempt, String> {
        let mut seen = Attempt::wrong(0);
        for _ in 0..times {
            let new = challenge_of(recipient, 5);
            let opened = self.open_by(&new, &free()).await?;
            ensure!(matches!(opened, Opened::Created { .. }), opened);
            seen = self.attempt_by(&new.id, &wrong(), None, rule).await?;
        }
        Ok(seen)
    }
}

cases! {
    dyn ConformanceStore;

    3 failures_add_up_over_challenges(suite) {
        let (new, rule) = (suite.opened(9).await?, locking(4, MINUTE));
        let seen = suite.fail(new.id.recipient(), 4, &rule).await?;
        ensure!(seen == Attempt::wrong(4), seen);
        let seen = suite.attempt_by(&new.id, &new.mac, None, &rule).await?;
        ensure!(matches!(seen, Attempt::Locked(wait) if wait <= MINUTE && wait > MINUTE / 2), seen);
        let seen = suite.open_by(&challenge_of(new.id.recipient(), 1), &free()).await?;
        ensure!(matches!(seen, Opened::Locked(_)), seen);
        let seen = suite.resend_by(&new.id, &free_resend()).await?;
        ensure!(matches!(seen, Resent::Locked(_)), seen);
        // Other recipients are not locked.
        let other = suite.opened(1).await?;
        let seen = suite.attempt_by(&other.id, &other.mac, None, &rule).await?;
        ensure!(seen == Attempt::accepted(false), seen);
        Ok(())
    }
    2 a_locked_guess_does_not_count(suite) {
        let soon = suite.soon();
        let (new, rule) = (suite.opened(2).await?, locking(2, soon));
        let _ = suite.fail(new.id.recipient(), 2, &rule).await?;
        for _ in 0..5 {
            let seen = suite.attempt_by(&new.id, &wrong(), None, &rule).await?;
            ensure!(matches!(seen, Attempt::Locked(_)), seen);
        }
        suite.pass(soon * 2).await;
        let seen = suite.attempt_by(&new.id, &wrong(), None, &rule).await?;
        ensure!(seen == Attempt::wrong(1), seen);
        Ok(())
    }
    3 after_a_lock_the_first_failure_is_one(suite) {
        let soon = suite.soon();
        let (recipient, rule) = (random(), locking(2, soon));
        let _ = suite.fail(recipient, 2, &rule).await?;
        suite.pass(soon * 2).await;
        // Two failures lock. If the count had not restarted, this one alone would lock again.
        let seen = suite.fail(recipient, 1, &rule).await?;
        ensure!(seen == Attempt::wrong(4), seen);
        let seen = suite.open_by(&challenge_of(recipient, 1), &free()).await?;
        ensure!(matches!(seen, Opened::Created { .. }), seen);
        Ok(())
    }
    3 each_lock_is_longer_up_to_the_longest(suite) {
        let soon = suite.soon();
        let (recipient, rule) = (random(), AttemptRule::new(1, soon, soon * 3, DAY));
        // The measured wait may be shorter by less than `soon`. So each lock is told apart from the
        // previous one.
        for expected in [soon, soon * 2, soon * 3, soon * 3] {
            let _ = suite.fail(recipient, 1, &rule).await?;
            let seen = suite.open_by(&challenge_of(recipient, 1), &free()).await?;
            ensure!(
                matches!(seen, Opened::Locked(wait) if wait <= expected && wait + soon > expected),
                seen, expected
            );
            // The memory of failures lasts a day, so the number of locks is kept.
            suite.pass(expected + soon / 4).await;
        }
        Ok(())
    }
    3 a_success_forgets_failures(suite) {
        let (recipient, rule) = (random(), locking(3, MINUTE));
        for _ in 0..3 {
            let _ = suite.fail(recipient, 2, &rule).await?;
            let new = challenge_of(recipient, 1);
            let _ = suite.open_by(&new, &free()).await?;
            let seen = suite.attempt_by(&new.id, &new.mac, None, &rule).await?;
            ensure!(seen == Attempt::accepted(false), seen);
        }
        Ok(())
    }
    7 failures_are_forgotten_in_time(suite) {
        let soon = suite.soon();
        let (recipient, rule) = (random(), AttemptRule::new(2, MINUTE, MINUTE, soon));
        for _ in 0..3 {
            let _ = suite.fail(recipient, 1, &rule).await?;
            suite.pass(soon * 2).await;
        }
        let seen = suite.open_by(&challenge_of(recipient, 1), &free()).await?;
        ensure!(matches!(seen, Opened::Created { .. }), seen);
        Ok(())
    }
}
