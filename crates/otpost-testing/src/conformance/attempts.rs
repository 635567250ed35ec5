use super::{
    ConformanceStore, DAY, MINUTE, challenge, free, free_resend, lasting, patient, random, wrong,
};
use otpost::store::{
    Attempt, AttemptRule, ChallengeId, GoneReason, Mac, NewChallenge, Nonce, Opened, Resent, Salt,
};

cases! {
    dyn ConformanceStore;

    1 a_right_guess_is_accepted(suite) {
        let new = suite.opened(5).await?;
        let seen = suite.attempt(&new.id, &new.mac).await?;
        ensure!(seen == Attempt::accepted(false), seen);
        Ok(())
    }
    2 it_is_accepted_once(suite) {
        let new = suite.opened(5).await?;
        let _ = suite.attempt(&new.id, &new.mac).await?;
        for _ in 0..3 {
            let seen = suite.attempt(&new.id, &new.mac).await?;
            ensure!(seen == Attempt::Gone(GoneReason::Used), seen);
        }
        Ok(())
    }
    2 wrong_guesses_count_down(suite) {
        let new = suite.opened(3).await?;
        for left in [2, 1, 0] {
            let seen = suite.attempt(&new.id, &wrong()).await?;
            ensure!(seen == Attempt::wrong(left), seen, left);
        }
        let seen = suite.attempt(&new.id, &new.mac).await?;
        ensure!(seen == Attempt::Gone(GoneReason::Exhausted), seen);
        Ok(())
    }
    2 the_last_guess_counts(suite) {
        let new = suite.opened(2).await?;
        let seen = suite.attempt(&new.id, &wrong()).await?;
        ensure!(seen == Attempt::wrong(1), seen);
        let seen = suite.attempt(&new.id, &new.mac).await?;
        ensure!(seen == Attempt::accepted(false), seen);
        Ok(())
    }
    2 one_guess_is_one(suite) {
        // `NewChallenge` counts 0 attempts as 1.
        let new = suite.opened(0).await?;
        let seen = suite.attempt(&new.id, &wrong()).await?;
        ensure!(seen == Attempt::wrong(0), seen);
        Ok(())
    }
    2 many_guesses_fit(suite) {
        let new = suite.opened(u16::MAX).await?;
        let seen = suite.attempt(&new.id, &wrong()).await?;
        ensure!(seen == Attempt::wrong(u16::MAX - 1), seen);
        Ok(())
    }
    2 a_digest_that_differs_in_one_bit_is_wrong(suite) {
        let new = suite.opened(200).await?;
        // A store that compares only a part of the digest fails here.
        for bit in 0..128_usize {
            let mut bytes = *new.mac.as_bytes();
            if let Some(byte) = bytes.get_mut(bit / 8) {
                *byte ^= 1 << (bit % 8);
            }
            let seen = suite.attempt(&new.id, &Mac::new(bytes)).await?;
            ensure!(matches!(seen, Attempt::Wrong { .. }), seen, bit);
        }
        Ok(())
    }
    6 what_never_was_is_gone(suite) {
        let new = challenge(5);
        let seen = suite.attempt(&new.id, &new.mac).await?;
        ensure!(seen == Attempt::Gone(GoneReason::Absent), seen);
        let seen = suite.store().revoke(&new.id).await;
        ensure!(matches!(seen, Ok(false)), seen);
        let seen = suite.resend_by(&new.id, &free_resend()).await?;
        ensure!(seen == Resent::Gone(GoneReason::Absent), seen);
        Ok(())
    }
    9 guesses_at_nothing_change_nothing(suite) {
        let new = suite.opened(2).await?;
        // Otherwise a stranger could lock a recipient by inventing ids with its tag.
        let rule = AttemptRule::new(3, MINUTE, MINUTE, DAY);
        for _ in 0..20 {
            let id = ChallengeId::new(0, new.id.recipient(), random());
            let seen = suite.attempt_by(&id, &new.mac, None, &rule).await?;
            ensure!(seen == Attempt::Gone(GoneReason::Absent), seen);
        }
        let seen = suite.attempt_by(&new.id, &wrong(), None, &rule).await?;
        ensure!(seen == Attempt::wrong(1), seen);
        Ok(())
    }
    4 it_ends_with_its_lifetime(suite) {
        let soon = suite.soon();
        let new = challenge(5);
        let _ = suite.open_by(&new, &lasting(soon)).await?;
        suite.pass(soon * 2).await;
        let seen = suite.attempt(&new.id, &new.mac).await?;
        ensure!(seen == Attempt::Gone(GoneReason::Absent), seen);
        let seen = suite.store().revoke(&new.id).await;
        ensure!(matches!(seen, Ok(false)), seen);
        let seen = suite.resend_by(&new.id, &free_resend()).await?;
        ensure!(seen == Resent::Gone(GoneReason::Absent), seen);
        Ok(())
    }
    4 a_resend_does_not_extend_it(suite) {
        let soon = suite.soon();
        let new = challenge(5);
        let _ = suite.open_by(&new, &lasting(soon * 2)).await?;
        suite.pass(soon).await;
        let seen = suite.resend_by(&new.id, &free_resend()).await?;
        // At least half of the lifetime has passed, and the resend adds nothing to it.
        ensure!(matches!(seen, Resent::Permitted { expires_in, .. } if expires_in <= soon), seen);
        suite.pass(soon * 2).await;
        let seen = suite.attempt(&new.id, &new.mac).await?;
        ensure!(seen == Attempt::Gone(GoneReason::Absent), seen);
        Ok(())
    }
    4 what_was_exhausted_ends_as_well(suite) {
        let soon = suite.soon();
        let new = challenge(1);
        let _ = suite.open_by(&new, &lasting(soon)).await?;
        let _ = suite.attempt(&new.id, &wrong()).await?;
        suite.pass(soon * 2).await;
        let seen = suite.attempt(&new.id, &new.mac).await?;
        ensure!(seen == Attempt::Gone(GoneReason::Absent), seen);
        Ok(())
    }
    1 a_revoked_challenge_is_gone(suite) {
        let new = suite.opened(5).await?;
        let seen = suite.store().revoke(&new.id).await;
        ensure!(matches!(seen, Ok(true)), seen);
        let seen = suite.store().revoke(&new.id).await;
        ensure!(matches!(seen, Ok(false)), seen);
        let seen = suite.attempt(&new.id, &new.mac).await?;
        ensure!(seen == Attempt::Gone(GoneReason::Revoked), seen);
        let seen = suite.resend_by(&new.id, &free_resend()).await?;
        ensure!(seen == Resent::Gone(GoneReason::Revoked), seen);
        Ok(())
    }
    1 what_was_used_is_not_revoked(suite) {
        let new = suite.opened(5).await?;
        let _ = suite.attempt(&new.id, &new.mac).await?;
        let seen = suite.store().revoke(&new.id).await;
        ensure!(matches!(seen, Ok(false)), seen);
        let seen = suite.resend_by(&new.id, &free_resend()).await?;
        ensure!(seen == Resent::Gone(GoneReason::Used), seen);
        Ok(())
    }
    6 an_identity_is_opened_once(suite) {
        let new = suite.opened(2).await?;
        // The refused call must replace neither the code nor the count of attempts.
        let again = NewChallenge::new(new.id, wrong(), Salt::new(random()), 9);
        let seen = suite.open_by(&again, &free()).await;
        ensure!(seen.is_err(), seen);
        let seen = suite.attempt(&new.id, &new.mac).await?;
        ensure!(seen == Attempt::accepted(false), seen);
        Ok(())
    }
    1 challenges_of_one_recipient_are_apart(suite) {
        let (first, second) = (challenge(2), challenge(2));
        let id = ChallengeId::new(0, first.id.recipient(), second.id.random());
        let second = NewChallenge::new(id, second.mac, second.salt, 2);
        for new in [&first, &second] {
            let seen = suite.open_by(new, &free()).await?;
            ensure!(matches!(seen, Opened::Created { .. }), seen);
        }
        // The right code of another challenge is a wrong guess, and counts as one.
        let seen = suite.attempt(&second.id, &first.mac).await?;
        ensure!(seen == Attempt::wrong(1), seen);
        for new in [&first, &second] {
            let seen = suite.attempt(&new.id, &new.mac).await?;
            ensure!(seen == Attempt::accepted(false), seen);
        }
        Ok(())
    }
    2 a_repeated_wrong_guess_counts_once(suite) {
        let (new, guess, nonce) = (suite.opened(5).await?, wrong(), Nonce::new(random()));
        for _ in 0..4 {
            let seen = suite.attempt_by(&new.id, &guess, Some(&nonce), &patient()).await?;
            ensure!(seen == Attempt::wrong(4), seen);
        }
        let other = Nonce::new(random());
        let seen = suite.attempt_by(&new.id, &guess, Some(&other), &patient()).await?;
        ensure!(seen == Attempt::wrong(3), seen);
        // Only the last nonce is kept, so this guess counts.
        let seen = suite.attempt_by(&new.id, &guess, Some(&nonce), &patient()).await?;
        ensure!(seen == Attempt::wrong(2), seen);
        Ok(())
    }
    2 a_repeated_right_guess_gets_its_answer_again(suite) {
        let (new, nonce) = (suite.opened(5).await?, Nonce::new(random()));
        for is_repeated in [false, true, true] {
            let seen = suite.attempt_by(&new.id, &new.mac, Some(&nonce), &patient()).await?;
            ensure!(seen == Attempt::accepted(is_repeated), seen);
        }
        let other = Nonce::new(random());
        for nonce in [None, Some(&other)] {
            let seen = suite.attempt_by(&new.id, &new.mac, nonce, &patient()).await?;
            ensure!(seen == Attempt::Gone(GoneReason::Used), seen);
        }
        Ok(())
    }
    2 a_repeated_last_guess_gets_its_answer_again(suite) {
        let (new, guess, nonce) = (suite.opened(1).await?, wrong(), Nonce::new(random()));
        for _ in 0..3 {
            let seen = suite.attempt_by(&new.id, &guess, Some(&nonce), &patient()).await?;
            ensure!(seen == Attempt::wrong(0), seen);
        }
        let seen = suite.attempt(&new.id, &new.mac).await?;
        ensure!(seen == Attempt::Gone(GoneReason::Exhausted), seen);
        Ok(())
    }
    7 sweeping_leaves_what_lives(suite) {
        let soon = suite.soon();
        let (lives, ends) = (suite.opened(5).await?, challenge(5));
        let _ = suite.open_by(&ends, &lasting(soon)).await?;
        suite.pass(soon * 2).await;
        let swept = suite.store().sweep().await;
        ensure!(swept.is_ok(), swept);
        let seen = suite.attempt(&ends.id, &ends.mac).await?;
        ensure!(seen == Attempt::Gone(GoneReason::Absent), seen);
        let seen = suite.attempt(&lives.id, &lives.mac).await?;
        ensure!(seen == Attempt::accepted(false), seen);
        Ok(())
    }
}
