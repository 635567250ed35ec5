//! Cases for the outbox: messages whose fate is unknown, intents that are claimed too late, and
//! further messages of a challenge.

use std::time::Duration;

use super::{ConformanceRun, MINUTE, challenge, failed, lasting, patient, wrong};
use otpost::store::{Attempt, Claim, Finish, Intent, NewChallenge, Opened, OutboxStore};

impl ConformanceRun<'_, dyn OutboxStore> {
    /// Claims an intent of this challenge, whose message must not be sent any more.
    async fn claimed_late(&self, new: &NewChallenge, lease: Duration) -> Result<Claim, String> {
        let claim = self.claimed(lease).await?.ok_or("the late intent is not returned")?;
        ensure!(claim.id == new.id && claim.queue == self.queue(), claim);
        ensure!(claim.intent.as_bytes() == new.salt.as_bytes(), claim);
        ensure!(claim.salt.is_none() && claim.expires_in.is_zero(), claim);
        Ok(claim)
    }

    async fn queued_for(&self, lifetime: Duration) -> Result<NewChallenge, String> {
        let new = challenge(1);
        let opened = self.queued_by(&new, &lasting(lifetime)).await?;
        ensure!(matches!(opened, Opened::Created { .. }), opened);
        Ok(new)
    }

    /// Queues another message of this challenge, and returns `true` if the one that it replaces is
    /// known not to be sent.
    async fn queued_again(&self, new: &NewChallenge) -> Result<bool, String> {
        let intent = Intent::new(*b"another");
        let queued = self.store().queue(&new.id, &self.queue(), &intent, MINUTE).await;
        let replaced = queued.map_err(failed)?;
        let is_older =
            replaced.as_ref().is_none_or(|older| older.as_bytes() == new.salt.as_bytes());
        ensure!(is_older, replaced);
        Ok(replaced.is_some())
    }

    /// Claims the other message of this challenge.
    async fn claimed_again(&self, new: &NewChallenge) -> Result<Claim, String> {
        let claim = self.claimed(MINUTE).await?.ok_or("the other message is not due")?;
        ensure!(claim.id == new.id && claim.intent.as_bytes() == b"another", claim);
        ensure!(claim.salt == Some(new.salt) && !claim.is_repeated, claim);
        Ok(claim)
    }

    async fn done(&self, claim: &Claim) -> super::CaseOutcome {
        let seen = self.finished(claim, Finish::Done).await?;
        ensure!(seen, claim);
        self.nothing_is_due().await
    }
}

cases! {
    dyn OutboxStore;

    4 outbox_returns_what_has_expired_without_its_salt(suite) {
        let soon = suite.soon();
        let new = suite.queued_for(soon).await?;
        suite.pass(soon * 2).await;
        let claim = suite.claimed_late(&new, MINUTE).await?;
        ensure!(!claim.is_repeated, claim);
        suite.done(&claim).await
    }
    4 outbox_returns_what_expires_too_soon_without_its_salt(suite) {
        let new = suite.queued().await?;
        // Challenges of these cases last a minute, so two minutes are never left.
        let claim = suite.store().claim(&suite.queue(), MINUTE, MINUTE * 2).await.map_err(failed)?;
        let claim = claim.ok_or("the late intent is not returned")?;
        ensure!(claim.id == new.id && claim.salt.is_none() && claim.expires_in.is_zero(), claim);
        suite.done(&claim).await
    }
    4 outbox_returns_what_was_revoked_without_its_salt(suite) {
        let new = suite.queued().await?;
        let seen = suite.store().revoke(&new.id).await;
        ensure!(matches!(seen, Ok(true)), seen);
        let claim = suite.claimed_late(&new, MINUTE).await?;
        suite.done(&claim).await
    }
    4 outbox_returns_what_was_exhausted_without_its_salt(suite) {
        let new = suite.queued_for(MINUTE).await?;
        let seen = suite.store().attempt(&new.id, &wrong(), None, &patient()).await;
        ensure!(matches!(seen, Ok(Attempt::Wrong { left: 0, .. })), seen);
        let claim = suite.claimed_late(&new, MINUTE).await?;
        suite.done(&claim).await
    }
    4 outbox_returns_what_was_used_without_its_salt(suite) {
        // The user has entered the code of the first message while the second one was waiting.
        let new = suite.queued().await?;
        let claim = suite.claimed_of(&new, MINUTE).await?;
        suite.done(&claim).await?;
        let seen = suite.queued_again(&new).await?;
        ensure!(!seen, new);
        let seen = suite.store().attempt(&new.id, &new.mac, None, &patient()).await;
        ensure!(matches!(seen, Ok(Attempt::Accepted { is_repeated: false, .. })), seen);
        let claim = suite.claimed(MINUTE).await?.ok_or("the late intent is not returned")?;
        ensure!(claim.id == new.id && claim.intent.as_bytes() == b"another", claim);
        ensure!(claim.salt.is_none() && claim.expires_in.is_zero() && !claim.is_repeated, claim);
        suite.done(&claim).await
    }
    4 outbox_keeps_what_is_late_when_it_sweeps(suite) {
        let soon = suite.soon();
        let new = suite.queued_for(soon).await?;
        suite.pass(soon * 2).await;
        let swept = suite.store().sweep().await;
        ensure!(swept.is_ok(), swept);
        let claim = suite.claimed_late(&new, MINUTE).await?;
        suite.done(&claim).await
    }
    8 outbox_queues_another_message(suite) {
        let new = suite.queued().await?;
        let claim = suite.claimed_of(&new, MINUTE).await?;
        suite.done(&claim).await?;
        let seen = suite.queued_again(&new).await?;
        ensure!(!seen, new);
        let claim = suite.claimed_again(&new).await?;
        suite.done(&claim).await
    }
    8 outbox_replaces_a_message_that_waits(suite) {
        let new = suite.queued().await?;
        let seen = suite.queued_again(&new).await?;
        ensure!(seen, new);
        let claim = suite.claimed_again(&new).await?;
        suite.done(&claim).await
    }
    8 outbox_returns_nothing_of_a_message_that_may_have_been_sent(suite) {
        let new = suite.queued().await?;
        let claim = suite.claimed_of(&new, MINUTE).await?;
        let seen = suite.finished(&claim, Finish::Unknown(Duration::ZERO)).await?;
        ensure!(seen, claim);
        let seen = suite.queued_again(&new).await?;
        ensure!(!seen, new);
        Ok(())
    }
    8 outbox_ends_the_claims_of_a_message_that_it_replaces(suite) {
        let new = suite.queued().await?;
        let first = suite.claimed_of(&new, MINUTE).await?;
        let seen = suite.queued_again(&new).await?;
        ensure!(!seen, first);
        let claim = suite.claimed_again(&new).await?;
        for how in [Finish::Again(Duration::ZERO), Finish::Done] {
            let seen = suite.finished(&first, how).await?;
            ensure!(!seen, first, how);
        }
        suite.done(&claim).await
    }
    3 outbox_returns_what_is_late_twice_and_no_more(suite) {
        let soon = suite.soon();
        let new = suite.queued_for(soon).await?;
        suite.pass(soon * 2).await;
        for is_repeated in [false, true] {
            let claim = suite.claimed_late(&new, soon).await?;
            ensure!(claim.is_repeated == is_repeated, claim);
            suite.nothing_is_due().await?;
            suite.pass(soon * 2).await;
        }
        suite.nothing_is_due().await
    }
    3 outbox_remembers_that_a_message_may_have_been_sent(suite) {
        let soon = suite.soon();
        let new = suite.queued().await?;
        let mut is_repeated = false;
        // Not only the claim after the unknown outcome is a repetition, but all that follow.
        for how in [Finish::Again(soon), Finish::Unknown(soon), Finish::Again(soon)] {
            let claim = suite.claimed_of(&new, MINUTE).await?;
            ensure!(claim.is_repeated == is_repeated, claim, how);
            let seen = suite.finished(&claim, how).await?;
            ensure!(seen, how);
            suite.nothing_is_due().await?;
            suite.pass(soon * 2).await;
            is_repeated |= how == Finish::Unknown(soon);
        }
        let claim = suite.claimed_of(&new, MINUTE).await?;
        ensure!(claim.is_repeated, claim);
        suite.done(&claim).await
    }
    3 outbox_forgets_claims_of_unknown_outcome(suite) {
        let new = suite.queued().await?;
        for _ in 0..4 {
            let claim = suite.claimed_of(&new, MINUTE).await?;
            let seen = suite.finished(&claim, Finish::Unknown(Duration::ZERO)).await?;
            ensure!(seen, claim);
        }
        let claim = suite.claimed_of(&new, MINUTE).await?;
        suite.done(&claim).await
    }
}
