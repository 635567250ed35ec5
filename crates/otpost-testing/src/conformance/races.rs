use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::{
    ConformanceRun, ConformanceStore, DAY, MINUTE, challenge_of, failed, free, limited, patient,
    random, tag, waiting, wrong,
};
use otpost::store::{
    Attempt, AttemptRule, Opened, ResendRule, Resent, SendWindow, Spend, Spent, StoreError,
};

impl ConformanceRun<'_, dyn ConformanceStore> {
    /// Runs an operation many times concurrently, and returns all results.
    async fn at_once<T, F>(
        &self,
        times: usize,
        start: impl Fn(usize, Arc<dyn ConformanceStore>) -> F,
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

fn count<T>(answers: &[T], is: impl Fn(&T) -> bool) -> usize {
    answers.iter().filter(|answer| is(answer)).count()
}

const fn is_accepted(attempt: &Attempt) -> bool {
    matches!(attempt, Attempt::Accepted { .. })
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
        let rule = limited(SendWindow::new(5, MINUTE), SendWindow::new(9, DAY));
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
    1 counter_race(suite) {
        let spend = Spend::new(tag(), 10, MINUTE);
        let one = move |_, store: Arc<dyn ConformanceStore>| async move { store.spend(&[spend]).await };
        let answers = suite.at_once(100, one).await?;
        ensure!(count(&answers, |a| *a == Spent::Counted) == 10, answers);
        Ok(())
    }
}
