use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::task::JoinSet;

use super::{
    ConformanceRun, ConformanceStore, DAY, MINUTE, challenge_of, failed, free, limited, patient,
    random, tag, waiting, wrong,
};
use otpost::store::{
    Attempt, AttemptRule, GiveKind, Limit, Opened, ResendRule, Resent, Reserved, Settlement,
    StoreError,
};

impl<S: Send + Sync + ?Sized + 'static> ConformanceRun<'_, S> {
    /// Runs an operation many times concurrently, and returns all results.
    pub(super) async fn at_once<T, F>(
        &self,
        times: usize,
        start: impl Fn(usize, Arc<S>) -> F,
    ) -> Result<Vec<T>, String>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        // All are started before the first is awaited, so they really compete.
        let mut tasks = JoinSet::new();
        for at in 0..times {
            tasks.spawn(start(at, self.store().clone()));
        }
        let mut answers = Vec::new();
        while let Some(done) = tasks.join_next().await {
            answers.push(done.map_err(|error| error.to_string())?.map_err(failed)?);
        }
        Ok(answers)
    }
}

pub(super) fn count<T>(answers: &[T], is: impl Fn(&T) -> bool) -> usize {
    answers.iter().filter(|answer| is(answer)).count()
}

const fn is_accepted(attempt: &Attempt) -> bool {
    matches!(attempt, Attempt::Accepted { .. })
}

const fn is_granted(reserved: &Reserved) -> bool {
    matches!(reserved, Reserved::Granted { .. })
}

/// Returns an operation that reserves a place under each of these limits.
fn reserving(
    limits: Vec<Limit>,
) -> impl Fn(usize, Arc<dyn ConformanceStore>) -> BoxFuture<'static, Result<Reserved, StoreError>> {
    move |_, store| {
        let limits = limits.clone();
        Box::pin(async move { store.reserve(&limits, &[]).await })
    }
}

cases! {
    dyn ConformanceStore;

    2 race_of_right_guesses(suite) {
        // More attempts than guesses, so that the count of attempts refuses none of them.
        let new = suite.opened(200).await?;
        let guess = move |_, store: Arc<dyn ConformanceStore>| async move {
            store.attempt(&new.id, &new.mac, None, &patient()).await
        };
        let answers = suite.at_once(100, guess).await?;
        ensure!(count(&answers, is_accepted) == 1, answers);
        Ok(())
    }
    2 race_of_wrong_guesses(suite) {
        let new = suite.opened(5).await?;
        let guess = move |_, store: Arc<dyn ConformanceStore>| async move {
            store.attempt(&new.id, &wrong(), None, &patient()).await
        };
        let answers = suite.at_once(100, guess).await?;
        let mut left: Vec<_> = answers
            .iter()
            .filter_map(|answer| match answer {
                Attempt::Wrong { left, .. } => Some(*left),
                _ => None,
            })
            .collect();
        left.sort_unstable();
        // Two guesses with the same number left would have been counted as one.
        ensure!(left == [0, 1, 2, 3, 4], left);
        let seen = suite.attempt(&new.id, &new.mac).await?;
        ensure!(!is_accepted(&seen), seen);
        Ok(())
    }
    2 race_of_wrong_guesses_and_a_right_one(suite) {
        for round in 0..10 {
            let new = suite.opened(5).await?;
            let guess = move |at, store: Arc<dyn ConformanceStore>| async move {
                let guess = if at == 32 { new.mac } else { wrong() };
                store.attempt(&new.id, &guess, None, &patient()).await
            };
            let answers = suite.at_once(65, guess).await?;
            let compared = count(&answers, |a| is_accepted(a) || matches!(a, Attempt::Wrong { .. }));
            // The right guess may come too late. What counts is that at most five were compared.
            ensure!(compared <= 5, round, answers);
        }
        Ok(())
    }
    2 race_of_repeated_guesses(suite) {
        let (new, nonce) = (suite.opened(5).await?, otpost::store::Nonce::new(random()));
        let guess = move |_, store: Arc<dyn ConformanceStore>| async move {
            store.attempt(&new.id, &new.mac, Some(&nonce), &patient()).await
        };
        let answers = suite.at_once(32, guess).await?;
        ensure!(count(&answers, is_accepted) == 32, answers);
        let first = count(&answers, |a| matches!(a, Attempt::Accepted { is_repeated: false, .. }));
        ensure!(first == 1, answers);
        Ok(())
    }
    1 race_of_challenges(suite) {
        let recipient = random();
        let rule = limited(5, MINUTE);
        let open = move |_, store: Arc<dyn ConformanceStore>| async move {
            store.open(&challenge_of(recipient, 5), &rule).await
        };
        let answers = suite.at_once(100, open).await?;
        ensure!(count(&answers, |a| matches!(a, Opened::Created { .. })) == 5, answers);
        Ok(())
    }
    1 race_of_resends(suite) {
        let new = suite.opened(5).await?;
        let rule = waiting(MINUTE, MINUTE);
        let rule = ResendRule::new(rule, Duration::ZERO);
        let resend = move |_, store: Arc<dyn ConformanceStore>| async move { store.resend(&new.id, &rule).await };
        let answers = suite.at_once(100, resend).await?;
        ensure!(count(&answers, |a| matches!(a, Resent::Permitted { .. })) == 1, answers);
        Ok(())
    }
    1 race_of_a_guess_and_a_revocation(suite) {
        for round in 0..20 {
            let new = suite.opened(5).await?;
            let either = move |at, store: Arc<dyn ConformanceStore>| async move {
                if at % 2 == 0 {
                    return store.revoke(&new.id).await;
                }
                store.attempt(&new.id, &new.mac, None, &patient()).await.map(|a| is_accepted(&a))
            };
            let answers = suite.at_once(8, either).await?;
            // Either the code was accepted or the challenge was revoked, never both or neither.
            ensure!(count(&answers, |won| *won) == 1, round, answers);
        }
        Ok(())
    }
    2 race_to_a_lock(suite) {
        let (recipient, rule) = (random(), AttemptRule::new(7, MINUTE, MINUTE, DAY));
        // One challenge per guess, so that only the count of the recipient can stop them.
        let mut opened = Vec::new();
        for _ in 0..50 {
            let new = challenge_of(recipient, 5);
            let seen = suite.open_by(&new, &free()).await?;
            ensure!(matches!(seen, Opened::Created { .. }), seen);
            opened.push(new.id);
        }
        let opened = Arc::new(opened);
        let guess = move |at: usize, store: Arc<dyn ConformanceStore>| {
            let opened = opened.clone();
            async move {
                match opened.get(at) {
                    Some(id) => store.attempt(id, &wrong(), None, &rule).await,
                    None => Ok(Attempt::wrong(0)),
                }
            }
        };
        let answers = suite.at_once(50, guess).await?;
        ensure!(count(&answers, |a| matches!(a, Attempt::Wrong { .. })) == 7, answers);
        Ok(())
    }
    12 race_of_returned_permits(suite) {
        let (recipient, rule) = (random(), limited(4, MINUTE));
        let mut opened = Vec::new();
        for _ in 0..4 {
            let new = challenge_of(recipient, 5);
            let seen = suite.open_by(&new, &rule).await?;
            ensure!(matches!(seen, Opened::Created { .. }), seen);
            opened.push(new.id);
        }
        // Each of two challenges is revoked by many callers, of which one returns the permit.
        let [first, second, ..] = opened[..] else { return Err("no challenges".into()) };
        let give = move |at, store: Arc<dyn ConformanceStore>| async move {
            store.return_permit(if at % 2 == 0 { &first } else { &second }, true).await
        };
        let answers = suite.at_once(40, give).await?;
        ensure!(count(&answers, |was_returned| *was_returned) == 2, answers);
        for is_created in [true, true, false] {
            let seen = suite.open_by(&challenge_of(recipient, 5), &rule).await?;
            ensure!(matches!(seen, Opened::Created { .. }) == is_created, seen);
        }
        Ok(())
    }
    2 limit_race_in_a_window(suite) {
        let limit = Limit::window(tag(), 10, MINUTE);
        let answers = suite.at_once(100, reserving(vec![limit])).await?;
        let mut counts: Vec<_> = answers
            .iter()
            .filter_map(|answer| match answer {
                Reserved::Granted { counts, .. } => counts.first(),
                _ => None,
            })
            .collect();
        counts.sort_unstable();
        ensure!(counts.into_iter().copied().eq(1..=10), answers);
        Ok(())
    }
    2 limit_race_in_a_bucket(suite) {
        let limit = Limit::bucket(tag(), 10, DAY * 10);
        let answers = suite.at_once(100, reserving(vec![limit])).await?;
        ensure!(count(&answers, is_granted) == 10, answers);
        Ok(())
    }
    1 limit_race_of_refusals(suite) {
        let (less, more) = (Limit::window(tag(), 5, MINUTE), Limit::bucket(tag(), 8, DAY * 8));
        // In both orders, so that stores that lock one limit after the other wait for each other.
        let either = move |at, store: Arc<dyn ConformanceStore>| async move {
            let limits = if at % 2 == 0 { [less, more] } else { [more, less] };
            store.reserve(&limits, &[]).await
        };
        let answers = suite.at_once(100, either).await?;
        ensure!(count(&answers, is_granted) == 5, answers);
        // The refused messages left all other places free.
        let seen = suite.drained(&[more], 3).await?;
        ensure!(seen == 3, seen);
        Ok(())
    }
    3 limit_race_of_settlements(suite) {
        let (window, bucket) = (Limit::window(tag(), 20, MINUTE), Limit::bucket(tag(), 20, DAY * 20));
        let taken = [window, bucket];
        let seen = suite.at_once(10, reserving(taken.to_vec())).await?;
        ensure!(count(&seen, is_granted) == 10, seen);
        // Ten messages are given back while others are reserved.
        let either = move |at, store: Arc<dyn ConformanceStore>| async move {
            if at % 2 == 0 {
                let gives = taken.map(|limit| limit.give(GiveKind::NotSent)).to_vec();
                store.settle(&Settlement::new(gives, Vec::new())).await?;
                return Ok(None);
            }
            store.reserve(&taken, &[]).await.map(Some)
        };
        let answers = suite.at_once(20, either).await?;
        let granted = count(&answers, |answer| answer.as_ref().is_some_and(is_granted));
        ensure!(granted == 10, answers);
        // Those given back and those granted cancel out, so ten of the twenty places are left.
        for limit in taken {
            let seen = suite.drained(&[limit], 10).await?;
            ensure!(seen == 10, limit, seen);
        }
        Ok(())
    }
    3 limit_race_of_successes(suite) {
        let limit = Limit::bucket(tag(), 1, DAY).with_growth();
        // 48 successes make it grow by one, so none of them may be lost.
        let succeed = move |_, store: Arc<dyn ConformanceStore>| async move {
            let gives = vec![limit.give(GiveKind::Success)];
            store.settle(&Settlement::new(gives, Vec::new())).await
        };
        let _ = suite.at_once(48, succeed).await?;
        let seen = suite.drained(&[limit], 2).await?;
        ensure!(seen == 2, seen);
        Ok(())
    }
}
