//! Cases for the buckets.

use super::{ConformanceRun, ConformanceStore, DAY, MINUTE, tag};
use otpost::store::{GiveKind, Limit, Reserved};

/// The successes that make a bucket grow by one.
const SUCCESSES: usize = 48;

impl ConformanceRun<'_, dyn ConformanceStore> {
    async fn succeeded(&self, limit: &Limit, times: usize) -> Result<(), String> {
        for _ in 0..times {
            self.give(&[*limit], GiveKind::Success).await?;
        }
        Ok(())
    }
}

cases! {
    dyn ConformanceStore;

    2 limit_bucket_takes_its_capacity(suite) {
        // One place is refilled per day.
        let limit = Limit::bucket(tag(), 3, DAY * 3);
        let seen = suite.drained(&[limit], 3).await?;
        ensure!(seen == 3, seen);
        let seen = suite.reserve(&[limit]).await?;
        ensure!(matches!(seen, Reserved::Refused(0, wait) if wait <= DAY && wait + MINUTE > DAY), seen);
        Ok(())
    }
    2 limit_bucket_of_none_takes_none(suite) {
        let seen = suite.reserve(&[Limit::bucket(tag(), 0, MINUTE)]).await?;
        ensure!(seen == Reserved::Refused(0, MINUTE), seen);
        Ok(())
    }
    2 limit_bucket_is_refilled_steadily(suite) {
        let soon = suite.soon();
        let limit = Limit::bucket(tag(), 2, soon * 2);
        let seen = suite.drained(&[limit], 2).await?;
        ensure!(seen == 2, seen);
        let seen = suite.reserve(&[limit]).await?;
        ensure!(matches!(seen, Reserved::Refused(0, wait) if wait <= soon && !wait.is_zero()), seen);
        suite.pass(soon + soon / 4).await;
        let seen = suite.drained(&[limit], 1).await?;
        ensure!(seen == 1, seen);
        Ok(())
    }
    2 limit_bucket_holds_its_capacity_at_most(suite) {
        let soon = suite.soon();
        let limit = Limit::bucket(tag(), 2, soon * 2);
        let seen = suite.reserve(&[limit]).await?;
        ensure!(matches!(seen, Reserved::Granted { .. }), seen);
        // In this time, four places would be refilled.
        suite.pass(soon * 4).await;
        let seen = suite.drained(&[limit], 2).await?;
        ensure!(seen == 2, seen);
        Ok(())
    }
    3 limit_bucket_gets_one_place_back(suite) {
        for kind in [GiveKind::NotSent, GiveKind::Success] {
            let limit = Limit::bucket(tag(), 3, DAY);
            let seen = suite.drained(&[limit], 3).await?;
            ensure!(seen == 3, seen);
            suite.give(&[limit], kind).await?;
            let seen = suite.drained(&[limit], 1).await?;
            ensure!(seen == 1, seen, kind);
        }
        Ok(())
    }
    3 limit_bucket_is_filled(suite) {
        for limit in [Limit::bucket(tag(), 3, DAY), Limit::bucket(tag(), 3, DAY).with_growth()] {
            let seen = suite.drained(&[limit], 3).await?;
            ensure!(seen == 3, seen);
            suite.give(&[limit], GiveKind::All).await?;
            let seen = suite.drained(&[limit], 3).await?;
            ensure!(seen == 3, seen);
        }
        Ok(())
    }
    3 limit_bucket_that_grows_gets_two_places_for_a_success(suite) {
        let limit = Limit::bucket(tag(), 5, DAY).with_growth();
        let seen = suite.drained(&[limit], 5).await?;
        ensure!(seen == 5, seen);
        suite.give(&[limit], GiveKind::NotSent).await?;
        let seen = suite.drained(&[limit], 1).await?;
        ensure!(seen == 1, seen);
        suite.give(&[limit], GiveKind::Success).await?;
        let seen = suite.drained(&[limit], 2).await?;
        ensure!(seen == 2, seen);
        Ok(())
    }
    3 limit_bucket_gets_no_more_back_than_its_capacity(suite) {
        for limit in [Limit::bucket(tag(), 2, DAY), Limit::bucket(tag(), 2, DAY).with_growth()] {
            let seen = suite.reserve(&[limit]).await?;
            ensure!(matches!(seen, Reserved::Granted { .. }), seen);
            for kind in [GiveKind::NotSent, GiveKind::Success, GiveKind::Success] {
                suite.give(&[limit], kind).await?;
            }
            let seen = suite.drained(&[limit], 2).await?;
            ensure!(seen == 2, seen);
        }
        Ok(())
    }
    3 limit_bucket_grows_with_its_successes(suite) {
        let limit = Limit::bucket(tag(), 2, DAY * 2).with_growth();
        let seen = suite.reserve(&[limit]).await?;
        ensure!(matches!(seen, Reserved::Granted { .. }), seen);
        suite.succeeded(&limit, SUCCESSES - 1).await?;
        let seen = suite.drained(&[limit], 2).await?;
        ensure!(seen == 2, seen);
        // The next success makes it grow: it is full then, and has three smaller places.
        for _ in 0..2 {
            suite.give(&[limit], GiveKind::NotSent).await?;
        }
        suite.succeeded(&limit, 1).await?;
        let seen = suite.drained(&[limit], 3).await?;
        ensure!(seen == 3, seen);
        let (seen, place) = (suite.reserve(&[limit]).await?, DAY * 2 / 3);
        ensure!(matches!(seen, Reserved::Refused(0, wait) if wait <= place && wait + MINUTE > place), seen);
        Ok(())
    }
    4 limit_bucket_counts_successes_of_an_unknown_tag(suite) {
        let grows = Limit::bucket(tag(), 1, DAY).with_growth();
        suite.succeeded(&grows, SUCCESSES).await?;
        let seen = suite.drained(&[grows], 2).await?;
        ensure!(seen == 2, seen);
        Ok(())
    }
    4 limit_bucket_ignores_what_was_never_taken(suite) {
        let limit = Limit::bucket(tag(), 1, DAY);
        for kind in [GiveKind::NotSent, GiveKind::All] {
            suite.give(&[limit], kind).await?;
        }
        // One more than those that make a growing bucket grow.
        suite.succeeded(&limit, SUCCESSES + 1).await?;
        let seen = suite.drained(&[limit], 1).await?;
        ensure!(seen == 1, seen);
        Ok(())
    }
    6 limit_sweep_leaves_successes(suite) {
        let limit = Limit::bucket(tag(), 1, DAY).with_growth();
        // The bucket stays full, and its successes count for a day.
        suite.succeeded(&limit, SUCCESSES).await?;
        let swept = suite.store().sweep().await;
        ensure!(swept.is_ok(), swept);
        let seen = suite.drained(&[limit], 2).await?;
        ensure!(seen == 2, seen);
        Ok(())
    }
}
