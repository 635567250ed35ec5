use std::time::Duration;

use tokio::task::JoinSet;

use super::{ConformanceRun, MINUTE, challenge, failed, free, lasting, random, waiting, wrong};
use otpost::store::{
    Attempt, Claim, Intent, NewChallenge, OpenRule, Opened, OutboxStore, QueueTag, Settle,
};

const QUEUE: QueueTag = QueueTag::new(*b"conforms");
const OTHER: QueueTag = QueueTag::new(*b"another!");

impl ConformanceRun<'_, dyn OutboxStore> {
    async fn queued_by(&self, new: &NewChallenge, rule: &OpenRule) -> Result<Opened, String> {
        // The salt serves as the intent, so that a claim shows which challenge it belongs to.
        let intent = Intent::new(new.salt.as_bytes().to_vec());
        self.store().open_queued(new, rule, &QUEUE, &intent).await.map_err(failed)
    }

    async fn queued(&self) -> Result<NewChallenge, String> {
        let new = challenge(5);
        let opened = self.queued_by(&new, &free()).await?;
        ensure!(matches!(opened, Opened::Created { .. }), opened);
        Ok(new)
    }

    async fn claimed(&self, lease: Duration) -> Result<Option<Claim>, String> {
        self.store().claim(&QUEUE, lease, Duration::ZERO).await.map_err(failed)
    }

    async fn settled(&self, claim: &Claim, how: Settle) -> Result<bool, String> {
        self.store().settle(claim, how).await.map_err(failed)
    }

    async fn nothing_is_due(&self) -> super::CaseOutcome {
        let seen = self.claimed(MINUTE).await?;
        ensure!(seen.is_none(), seen);
        Ok(())
    }

    /// Claims an intent, which has to be that of this challenge.
    async fn claimed_of(&self, new: &NewChallenge, lease: Duration) -> Result<Claim, String> {
        let claim = self.claimed(lease).await?.ok_or("no intent is due")?;
        ensure!(claim.id == new.id && claim.queue == QUEUE && claim.salt == new.salt, claim);
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
        let seen = suite.settled(&claim, Settle::Done).await?;
        ensure!(seen, claim);
        let seen = suite.settled(&claim, Settle::Done).await?;
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
            let seen = suite.settled(&claim, Settle::Done).await?;
            ensure!(seen, claim);
        }
        Ok(())
    }
    2 outbox_answers_again_what_nobody_settled(suite) {
        let soon = suite.soon();
        let new = suite.queued().await?;
        let first = suite.claimed_of(&new, soon).await?;
        suite.nothing_is_due().await?;
        suite.pass(soon * 2).await;
        let second = suite.claimed_of(&new, MINUTE).await?;
        ensure!(second.is_repeated && second.token != first.token, first, second);
        // The first claim can no longer be settled.
        for how in [Settle::Done, Settle::Again(Duration::ZERO)] {
            let seen = suite.settled(&first, how).await?;
            ensure!(!seen, how);
        }
        let seen = suite.settled(&second, Settle::Done).await?;
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
        for _ in 0..5 {
            let claim = suite.claimed_of(&new, MINUTE).await?;
            ensure!(!claim.is_repeated, claim);
            let seen = suite.settled(&claim, Settle::Again(soon)).await?;
            ensure!(seen, claim);
            suite.nothing_is_due().await?;
            suite.pass(soon * 2).await;
        }
        let claim = suite.claimed_of(&new, MINUTE).await?;
        let seen = suite.settled(&claim, Settle::Done).await?;
        ensure!(seen, claim);
        Ok(())
    }
    4 outbox_drops_what_comes_too_late(suite) {
        let soon = suite.soon();
        let new = challenge(5);
        let _ = suite.queued_by(&new, &lasting(soon)).await?;
        suite.pass(soon * 2).await;
        suite.nothing_is_due().await?;
        let _ = suite.queued().await?;
        // Challenges of these cases last a minute, so two minutes are never left.
        let late = suite.store().claim(&QUEUE, MINUTE, MINUTE * 2).await.map_err(failed)?;
        ensure!(late.is_none(), late);
        suite.nothing_is_due().await
    }
    4 outbox_drops_what_waits_no_more(suite) {
        let (used, revoked) = (suite.queued().await?, suite.queued().await?);
        let seen = suite.store().attempt(&used.id, &used.mac, None, &super::patient()).await;
        ensure!(matches!(seen, Ok(Attempt::Accepted { .. })), seen);
        let seen = suite.store().revoke(&revoked.id).await;
        ensure!(matches!(seen, Ok(true)), seen);
        suite.nothing_is_due().await
    }
    2 outbox_race_of_workers(suite) {
        let mut all = std::collections::BTreeSet::new();
        for _ in 0..20 {
            all.insert(suite.queued().await?.id);
        }
        let mut tasks = JoinSet::new();
        // Twice as many workers as intents: no intent may be claimed twice, and none left over.
        for _ in 0..40 {
            let outbox = suite.store().clone();
            tasks.spawn(async move { outbox.claim(&QUEUE, MINUTE, Duration::ZERO).await });
        }
        let mut claims = Vec::new();
        while let Some(done) = tasks.join_next().await {
            claims.extend(done.map_err(|error| error.to_string())?.map_err(failed)?);
        }
        let ids: std::collections::BTreeSet<_> = claims.iter().map(|claim| claim.id).collect();
        ensure!(claims.len() == 20 && ids == all, claims.len(), ids.len());
        for claim in &claims {
            let seen = suite.settled(claim, Settle::Done).await?;
            ensure!(seen, claim);
        }
        Ok(())
    }
    7 outbox_keeps_queues_apart(suite) {
        let soon = suite.soon();
        let (new, other) = (suite.queued().await?, challenge(5));
        let intent = Intent::new(other.salt.as_bytes().to_vec());
        let opened = suite.store().open_queued(&other, &free(), &OTHER, &intent).await;
        ensure!(matches!(opened, Ok(Opened::Created { .. })), opened);
        let mine = suite.claimed_of(&new, MINUTE).await?;
        suite.nothing_is_due().await?;
        // The same applies if it was claimed before, and is due again.
        let theirs = suite.store().claim(&OTHER, MINUTE, Duration::ZERO).await.map_err(failed)?;
        let theirs = theirs.ok_or("no intent is due in the other queue")?;
        ensure!(theirs.id == other.id && theirs.queue == OTHER, theirs);
        let seen = suite.settled(&theirs, Settle::Again(soon)).await?;
        ensure!(seen, theirs);
        suite.pass(soon * 2).await;
        suite.nothing_is_due().await?;
        let again = suite.store().claim(&OTHER, MINUTE, Duration::ZERO).await.map_err(failed)?;
        let again = again.ok_or("it is not due again")?;
        ensure!(again.id == other.id && !again.is_repeated, again);
        for claim in [&mine, &again] {
            let seen = suite.settled(claim, Settle::Done).await?;
            ensure!(seen, claim);
        }
        Ok(())
    }
    1 outbox_opens_an_identity_once(suite) {
        let new = suite.queued().await?;
        let again = NewChallenge::new(new.id, wrong(), otpost::store::Salt::new(random()), new.context, 9);
        let intent = Intent::new(*b"another");
        let seen = suite.store().open_queued(&again, &free(), &QUEUE, &intent).await;
        ensure!(seen.is_err(), seen);
        let claim = suite.claimed_of(&new, MINUTE).await?;
        let seen = suite.settled(&claim, Settle::Done).await?;
        ensure!(seen, claim);
        suite.nothing_is_due().await
    }
}
