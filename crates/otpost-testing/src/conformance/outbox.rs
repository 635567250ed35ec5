use std::time::Duration;

use tokio::task::JoinSet;

use super::{ConformanceRun, MINUTE, challenge, failed, free, random, waiting, wrong};
use otpost::store::{
    Attempt, Claim, Finish, Intent, NewChallenge, OpenRule, Opened, OutboxStore, QueueTag, Salt,
};

impl ConformanceRun<'_, dyn OutboxStore> {
    /// Returns the queue of this run, which has no intents at first.
    pub(super) const fn queue(&self) -> QueueTag {
        QueueTag::new(self.name())
    }

    pub(super) async fn queued_by(
        &self,
        new: &NewChallenge,
        rule: &OpenRule,
    ) -> Result<Opened, String> {
        // The salt serves as the intent, so that a claim shows which challenge it belongs to.
        let intent = Intent::new(new.salt.as_bytes().to_vec());
        self.store().open_queued(new, rule, &self.queue(), &intent).await.map_err(failed)
    }

    pub(super) async fn queued(&self) -> Result<NewChallenge, String> {
        let new = challenge(5);
        let opened = self.queued_by(&new, &free()).await?;
        ensure!(matches!(opened, Opened::Created { .. }), opened);
        Ok(new)
    }

    pub(super) async fn claimed(&self, lease: Duration) -> Result<Option<Claim>, String> {
        self.store().claim(&self.queue(), lease, Duration::ZERO).await.map_err(failed)
    }

    pub(super) async fn finished(&self, claim: &Claim, how: Finish) -> Result<bool, String> {
        self.store().finish(claim, how).await.map_err(failed)
    }

    pub(super) async fn nothing_is_due(&self) -> super::CaseOutcome {
        let seen = self.claimed(MINUTE).await?;
        ensure!(seen.is_none(), seen);
        Ok(())
    }

    /// Claims an intent, which has to be that of this challenge.
    pub(super) async fn claimed_of(
        &self,
        new: &NewChallenge,
        lease: Duration,
    ) -> Result<Claim, String> {
        let claim = self.claimed(lease).await?.ok_or("no intent is due")?;
        ensure!(
            claim.id == new.id && claim.queue == self.queue() && claim.salt == Some(new.salt),
            claim
        );
        ensure!(claim.intent.as_bytes() == new.salt.as_bytes(), claim);
        ensure!(claim.expires_in <= MINUTE && !claim.expires_in.is_zero(), claim);
        Ok(claim)
    }
}

cases! {
    dyn OutboxStore;

    1 outbox_keeps_what_was_queued(suite) {
        let new = suite.queued().await?;
        let claim = suite.claimed_of(&new, MINUTE).await?;
        ensure!(!claim.is_repeated, claim);
        suite.nothing_is_due().await?;
        let seen = suite.finished(&claim, Finish::Done).await?;
        ensure!(seen, claim);
        let seen = suite.finished(&claim, Finish::Done).await?;
        ensure!(!seen, claim);
        suite.nothing_is_due().await?;
        // The challenge works like any other.
        let seen = suite.store().attempt(&new.id, &new.mac, None, &super::patient()).await;
        ensure!(matches!(seen, Ok(Attempt::Accepted { .. })), seen);
        Ok(())
    }
    1 outbox_keeps_nothing_of_what_was_refused(suite) {
        let new = suite.queued().await?;
        let claim = suite.claimed_of(&new, MINUTE).await?;
        let rule = waiting(MINUTE, MINUTE);
        let first = super::challenge_of(new.id.recipient(), 5);
        let seen = suite.queued_by(&first, &rule).await?;
        ensure!(matches!(seen, Opened::Created { .. }), seen);
        let seen = suite.queued_by(&super::challenge_of(new.id.recipient(), 5), &rule).await?;
        ensure!(matches!(seen, Opened::Cooldown(_)), seen);
        let second = suite.claimed_of(&first, MINUTE).await?;
        suite.nothing_is_due().await?;
        for claim in [claim, second] {
            let seen = suite.finished(&claim, Finish::Done).await?;
            ensure!(seen, claim);
        }
        Ok(())
    }
    2 outbox_answers_again_what_nobody_finished(suite) {
        let soon = suite.soon();
        let new = suite.queued().await?;
        let first = suite.claimed_of(&new, soon).await?;
        suite.nothing_is_due().await?;
        suite.pass(soon * 2).await;
        let second = suite.claimed_of(&new, MINUTE).await?;
        ensure!(second.is_repeated && second.token != first.token, first, second);
        // The first claim can no longer be finished.
        for how in [Finish::Done, Finish::Again(Duration::ZERO)] {
            let seen = suite.finished(&first, how).await?;
            ensure!(!seen, how);
        }
        let seen = suite.finished(&second, Finish::Done).await?;
        ensure!(seen, second);
        Ok(())
    }
    3 outbox_answers_it_twice_and_no_more(suite) {
        let soon = suite.soon();
        let new = suite.queued().await?;
        for _ in 0..2 {
            let _ = suite.claimed_of(&new, soon).await?;
            suite.pass(soon * 2).await;
        }
        suite.nothing_is_due().await
    }
    3 outbox_forgets_claims_of_which_nothing_was_sent(suite) {
        let soon = suite.soon();
        let new = suite.queued().await?;
        for _ in 0..3 {
            let claim = suite.claimed_of(&new, MINUTE).await?;
            ensure!(!claim.is_repeated, claim);
            let seen = suite.finished(&claim, Finish::Again(soon)).await?;
            ensure!(seen, claim);
            suite.nothing_is_due().await?;
            suite.pass(soon * 2).await;
        }
        let claim = suite.claimed_of(&new, MINUTE).await?;
        let seen = suite.finished(&claim, Finish::Done).await?;
        ensure!(seen, claim);
        Ok(())
    }
    5 outbox_finishes_a_claim_once(suite) {
        let hows = [Finish::Again(Duration::ZERO), Finish::Unknown(Duration::ZERO), Finish::Done];
        for first in hows {
            let new = suite.queued().await?;
            let claim = suite.claimed_of(&new, MINUTE).await?;
            let seen = suite.finished(&claim, first).await?;
            ensure!(seen, first);
            for second in hows {
                let seen = suite.finished(&claim, second).await?;
                ensure!(!seen, first, second);
            }
            if first != Finish::Done {
                let claim = suite.claimed_of(&new, MINUTE).await?;
                let seen = suite.finished(&claim, Finish::Done).await?;
                ensure!(seen, claim);
            }
            suite.nothing_is_due().await?;
        }
        Ok(())
    }
    2 outbox_race_of_workers(suite) {
        let mut all = std::collections::BTreeSet::new();
        for _ in 0..20 {
            all.insert(suite.queued().await?.id);
        }
        let mut tasks = JoinSet::new();
        // Twice as many workers as intents: no intent may be claimed twice, and none left over.
        for _ in 0..40 {
            let (outbox, queue) = (suite.store().clone(), suite.queue());
            tasks.spawn(async move { outbox.claim(&queue, MINUTE, Duration::ZERO).await });
        }
        let mut claims = Vec::new();
        while let Some(done) = tasks.join_next().await {
            claims.extend(done.map_err(|error| error.to_string())?.map_err(failed)?);
        }
        let ids: std::collections::BTreeSet<_> = claims.iter().map(|claim| claim.id).collect();
        ensure!(claims.len() == 20 && ids == all, claims.len(), ids.len());
        for claim in &claims {
            let seen = suite.finished(claim, Finish::Done).await?;
            ensure!(seen, claim);
        }
        Ok(())
    }
    7 outbox_keeps_queues_apart(suite) {
        let soon = suite.soon();
        let (new, other) = (suite.queued().await?, challenge(5));
        let other_queue = QueueTag::new(random());
        let intent = Intent::new(other.salt.as_bytes().to_vec());
        let opened = suite.store().open_queued(&other, &free(), &other_queue, &intent).await;
        ensure!(matches!(opened, Ok(Opened::Created { .. })), opened);
        let mine = suite.claimed_of(&new, MINUTE).await?;
        suite.nothing_is_due().await?;
        // The same applies if it was claimed before, and is due again.
        let theirs = suite.store().claim(&other_queue, MINUTE, Duration::ZERO).await.map_err(failed)?;
        let theirs = theirs.ok_or("no intent is due in the other queue")?;
        ensure!(theirs.id == other.id && theirs.queue == other_queue, theirs);
        let seen = suite.finished(&theirs, Finish::Again(soon)).await?;
        ensure!(seen, theirs);
        suite.pass(soon * 2).await;
        suite.nothing_is_due().await?;
        let again = suite.store().claim(&other_queue, MINUTE, Duration::ZERO).await.map_err(failed)?;
        let again = again.ok_or("it is not due again")?;
        ensure!(again.id == other.id && !again.is_repeated, again);
        for claim in [&mine, &again] {
            let seen = suite.finished(claim, Finish::Done).await?;
            ensure!(seen, claim);
        }
        Ok(())
    }
    1 outbox_opens_an_identity_once(suite) {
        let new = suite.queued().await?;
        let again = NewChallenge::new(new.id, wrong(), Salt::new(random()), 9);
        let intent = Intent::new(*b"another");
        let seen = suite.store().open_queued(&again, &free(), &suite.queue(), &intent).await;
        ensure!(seen.is_err(), seen);
        let claim = suite.claimed_of(&new, MINUTE).await?;
        let seen = suite.finished(&claim, Finish::Done).await?;
        ensure!(seen, claim);
        suite.nothing_is_due().await
    }
}
