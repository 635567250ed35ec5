use std::time::Duration;

use super::{
    ConformanceStore, MINUTE, challenge_of, failed, free, free_resend, limited, random, waiting,
    wrong,
};
use otpost::store::{
    Attempt, Binding, GoneReason, Mac, Opened, ResendRule, Resent, Salt, SendWindow,
};

cases! {
    dyn ConformanceStore;

    11 a_ping_changes_nothing(suite) {
        // The limits fit these steps exactly, so a ping that counted anything would make a later
        // one fail.
        let one = limited(2, MINUTE);
        let new = challenge_of(random(), 2);
        let ping = || async { suite.store().ping().await.map_err(failed) };
        ping().await?;
        let _ = suite.open_by(&new, &one).await?;
        ping().await?;
        let seen = suite.attempt(&new.id, &wrong()).await?;
        ensure!(seen == Attempt::wrong(1), seen);
        ping().await?;
        let resend = ResendRule::new(one, Duration::ZERO);
        let seen = suite.resend_by(&new.id, &resend).await?;
        ensure!(matches!(seen, Resent::Permitted { salt, .. } if salt == new.salt), seen);
        ping().await?;
        let seen = suite.attempt(&new.id, &new.mac).await?;
        ensure!(seen == Attempt::accepted(false), seen);
        Ok(())
    }
    1 a_resend_has_the_salt(suite) {
        let new = suite.opened(5).await?;
        for _ in 0..10 {
            let seen = suite.resend_by(&new.id, &free_resend()).await?;
            ensure!(
                matches!(seen, Resent::Permitted { salt, expires_in, .. } if salt == new.salt && expires_in <= MINUTE),
                seen
            );
        }
        let seen = suite.attempt(&new.id, &new.mac).await?;
        ensure!(seen == Attempt::accepted(false), seen);
        Ok(())
    }
    3 a_resend_gives_no_attempts_back(suite) {
        let new = suite.opened(2).await?;
        let _ = suite.attempt(&new.id, &wrong()).await?;
        let _ = suite.resend_by(&new.id, &free_resend()).await?;
        let seen = suite.attempt(&new.id, &wrong()).await?;
        ensure!(seen == Attempt::wrong(0), seen);
        let seen = suite.resend_by(&new.id, &free_resend()).await?;
        ensure!(seen == Resent::Gone(GoneReason::Exhausted), seen);
        Ok(())
    }
    3 a_rotated_code_takes_the_place_of_the_old_one(suite) {
        let (new, salt, mac) = (suite.opened(3).await?, Salt::new(random()), Mac::new(random()));
        let seen = suite.resend_by(&new.id, &free_resend().with_rotation(salt, mac)).await?;
        ensure!(matches!(seen, Resent::Permitted { salt: seen, .. } if seen == salt), seen);
        let seen = suite.attempt(&new.id, &new.mac).await?;
        ensure!(seen == Attempt::wrong(2), seen);
        let seen = suite.resend_by(&new.id, &free_resend()).await?;
        ensure!(matches!(seen, Resent::Permitted { salt: seen, .. } if seen == salt), seen);
        let seen = suite.attempt(&new.id, &mac).await?;
        ensure!(seen == Attempt::accepted(false), seen);
        Ok(())
    }
    10 a_resend_with_another_binding_changes_nothing(suite) {
        let (mine, other) = (Binding::new(random()), Binding::new(random()));
        let one = limited(2, MINUTE);
        for rotates in [false, true] {
            let new = challenge_of(random(), 3).with_binding(mine);
            let _ = suite.open_by(&new, &one).await?;
            let (salt, mac) = (Salt::new(random()), Mac::new(random()));
            let rule = |binding| {
                let rule = ResendRule::new(one, Duration::ZERO).with_binding(binding);
                if rotates { rule.with_rotation(salt, mac) } else { rule }
            };
            // Zeros are the default binding, which is no wildcard.
            for binding in [other, Binding::new([0; 8])] {
                let seen = suite.resend_by(&new.id, &rule(binding)).await?;
                ensure!(seen == Resent::OtherBinding, seen);
            }
            // The refused resends used up no permit and did not change the code.
            let seen = suite.resend_by(&new.id, &rule(mine)).await?;
            ensure!(matches!(seen, Resent::Permitted { .. }), seen);
            let seen = suite.attempt(&new.id, &mac).await?;
            ensure!(matches!(seen, Attempt::Accepted { .. }) == rotates, seen);
            if !rotates {
                let seen = suite.attempt(&new.id, &new.mac).await?;
                ensure!(seen == Attempt::accepted(false), seen);
            }
        }
        Ok(())
    }
    10 a_rotation_keeps_the_binding(suite) {
        let (mine, other) = (Binding::new(random()), Binding::new(random()));
        let new = challenge_of(random(), 3).with_binding(mine);
        let _ = suite.open_by(&new, &free()).await?;
        let rotate = || free_resend().with_rotation(Salt::new(random()), Mac::new(random()));
        for _ in 0..3 {
            let seen = suite.resend_by(&new.id, &rotate().with_binding(mine)).await?;
            ensure!(matches!(seen, Resent::Permitted { .. }), seen);
            let seen = suite.resend_by(&new.id, &rotate().with_binding(other)).await?;
            ensure!(seen == Resent::OtherBinding, seen);
        }
        Ok(())
    }
    4 a_message_that_comes_too_late_is_not_sent(suite) {
        let new = suite.opened(3).await?;
        // The challenge lasts a minute, so less than the required minute is left.
        let seen = suite.resend_by(&new.id, &ResendRule::new(free(), MINUTE)).await?;
        ensure!(seen == Resent::Gone(GoneReason::Absent), seen);
        let seen = suite.attempt(&new.id, &new.mac).await?;
        ensure!(seen == Attempt::accepted(false), seen);
        Ok(())
    }
    1 a_recipient_waits(suite) {
        let soon = suite.soon();
        let (recipient, rule) = (random(), waiting(soon, soon));
        let seen = suite.open_by(&challenge_of(recipient, 1), &rule).await?;
        ensure!(seen == Opened::created(soon), seen);
        let seen = suite.open_by(&challenge_of(recipient, 1), &rule).await?;
        ensure!(matches!(seen, Opened::Cooldown(wait) if wait <= soon && !wait.is_zero()), seen);
        suite.pass(soon * 2).await;
        let seen = suite.open_by(&challenge_of(recipient, 1), &rule).await?;
        ensure!(seen == Opened::created(soon), seen);
        // The cooldown does not apply to other recipients.
        let seen = suite.open_by(&challenge_of(random(), 1), &rule).await?;
        ensure!(seen == Opened::created(soon), seen);
        Ok(())
    }
    1 a_resend_waits_for_the_message_before(suite) {
        let soon = suite.soon();
        let (new, rule) = (challenge_of(random(), 1), waiting(soon, soon));
        let _ = suite.open_by(&new, &rule).await?;
        let resend = ResendRule::new(rule, Duration::ZERO);
        let seen = suite.resend_by(&new.id, &resend).await?;
        ensure!(matches!(seen, Resent::Cooldown(wait) if wait <= soon && !wait.is_zero()), seen);
        suite.pass(soon * 2).await;
        let seen = suite.resend_by(&new.id, &resend).await?;
        ensure!(matches!(seen, Resent::Permitted { resend_in, .. } if resend_in == soon), seen);
        let seen = suite.open_by(&challenge_of(new.id.recipient(), 1), &rule).await?;
        ensure!(matches!(seen, Opened::Cooldown(_)), seen);
        Ok(())
    }
    1 the_wait_doubles_up_to_the_longest(suite) {
        let soon = suite.soon();
        let (recipient, rule) = (random(), waiting(soon / 4, soon / 2 + soon / 4));
        // The second doubling would give `soon`, which is more than the longest cooldown.
        for expected in [soon / 4, soon / 2, rule.longest_cooldown, rule.longest_cooldown] {
            let seen = suite.open_by(&challenge_of(recipient, 1), &rule).await?;
            ensure!(seen == Opened::created(expected), seen, expected);
            suite.pass(expected + soon / 8).await;
        }
        Ok(())
    }
    1 a_window_takes_so_many_messages(suite) {
        let soon = suite.soon();
        let (recipient, rule) = (random(), limited(2, soon));
        let new = challenge_of(recipient, 1);
        let seen = suite.open_by(&new, &rule).await?;
        ensure!(matches!(seen, Opened::Created { .. }), seen);
        let seen = suite.resend_by(&new.id, &ResendRule::new(rule, Duration::ZERO)).await?;
        ensure!(matches!(seen, Resent::Permitted { .. }), seen);
        let seen = suite.open_by(&challenge_of(recipient, 1), &rule).await?;
        ensure!(matches!(seen, Opened::Quota(wait) if wait <= soon && !wait.is_zero()), seen);
        let seen = suite.resend_by(&new.id, &ResendRule::new(rule, Duration::ZERO)).await?;
        ensure!(matches!(seen, Resent::Quota(_)), seen);
        suite.pass(soon * 2).await;
        let seen = suite.open_by(&challenge_of(recipient, 1), &rule).await?;
        ensure!(matches!(seen, Opened::Created { .. }), seen);
        Ok(())
    }
    1 a_window_begins_with_its_first_message(suite) {
        let soon = suite.soon();
        let (recipient, rule) = (random(), limited(2, soon * 3));
        for _ in 0..2 {
            let seen = suite.open_by(&challenge_of(recipient, 1), &rule).await?;
            ensure!(matches!(seen, Opened::Created { .. }), seen);
            suite.pass(soon).await;
        }
        // Two thirds of the window have passed, and the second message does not extend it.
        let seen = suite.open_by(&challenge_of(recipient, 1), &rule).await?;
        ensure!(matches!(seen, Opened::Quota(wait) if wait <= soon && !wait.is_zero()), seen);
        suite.pass(soon * 2).await;
        for _ in 0..2 {
            let seen = suite.open_by(&challenge_of(recipient, 1), &rule).await?;
            ensure!(matches!(seen, Opened::Created { .. }), seen);
        }
        Ok(())
    }
    1 a_window_of_none_takes_none(suite) {
        let rule = limited(0, MINUTE);
        let new = challenge_of(random(), 1);
        let seen = suite.open_by(&new, &rule).await?;
        ensure!(matches!(seen, Opened::Quota(_)), seen);
        let seen = suite.attempt(&new.id, &new.mac).await?;
        ensure!(seen == Attempt::Gone(GoneReason::Absent), seen);
        Ok(())
    }
    1 what_is_refused_takes_no_permit(suite) {
        let soon = suite.soon();
        let recipient = random();
        let mut rule = waiting(soon, soon);
        // Of two messages, one is left after the first. The refused ones must not use it up.
        rule.window = SendWindow::new(2, MINUTE);
        let _ = suite.open_by(&challenge_of(recipient, 1), &rule).await?;
        for _ in 0..5 {
            let refused = challenge_of(recipient, 1);
            let seen = suite.open_by(&refused, &rule).await?;
            ensure!(matches!(seen, Opened::Cooldown(_)), seen);
            let seen = suite.attempt(&refused.id, &refused.mac).await?;
            ensure!(seen == Attempt::Gone(GoneReason::Absent), seen);
        }
        suite.pass(soon * 2).await;
        let seen = suite.open_by(&challenge_of(recipient, 1), &rule).await?;
        ensure!(matches!(seen, Opened::Created { .. }), seen);
        Ok(())
    }
    3 a_success_gives_the_messages_back(suite) {
        let rule = limited(1, MINUTE);
        let new = challenge_of(random(), 1);
        for _ in 0..3 {
            let new = challenge_of(new.id.recipient(), 1);
            let seen = suite.open_by(&new, &rule).await?;
            ensure!(matches!(seen, Opened::Created { .. }), seen);
            let seen = suite.attempt(&new.id, &new.mac).await?;
            ensure!(seen == Attempt::accepted(false), seen);
        }
        Ok(())
    }
    3 a_success_does_not_end_the_wait(suite) {
        let (new, rule) = (challenge_of(random(), 1), waiting(MINUTE, MINUTE));
        let _ = suite.open_by(&new, &rule).await?;
        let _ = suite.attempt(&new.id, &new.mac).await?;
        let seen = suite.open_by(&challenge_of(new.id.recipient(), 1), &rule).await?;
        ensure!(matches!(seen, Opened::Cooldown(_)), seen);
        Ok(())
    }
    3 a_new_challenge_gives_no_messages_back(suite) {
        let (recipient, rule) = (random(), limited(3, MINUTE));
        for _ in 0..3 {
            let new = challenge_of(recipient, 1);
            let _ = suite.open_by(&new, &rule).await?;
            let _ = suite.attempt(&new.id, &wrong()).await?;
        }
        let seen = suite.open_by(&challenge_of(recipient, 1), &rule).await?;
        ensure!(matches!(seen, Opened::Quota(_)), seen);
        Ok(())
    }
}
