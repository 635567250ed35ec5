use super::{ConformanceRun, ConformanceStore, MINUTE, failed, tag};
use otpost::store::{Spend, Spent};

impl ConformanceRun<'_, dyn ConformanceStore> {
    async fn spend(&self, spends: &[Spend]) -> Result<Spent, String> {
        self.store().spend(spends).await.map_err(failed)
    }
}

cases! {
    dyn ConformanceStore;

    1 counter_takes_so_many(suite) {
        let soon = suite.soon();
        let spend = Spend::new(tag(), 3, soon);
        for _ in 0..3 {
            let seen = suite.spend(&[spend]).await?;
            ensure!(seen == Spent::Counted, seen);
        }
        let seen = suite.spend(&[spend]).await?;
        ensure!(matches!(seen, Spent::Full(0, wait) if wait <= soon), seen);
        suite.pass(soon * 2).await;
        let seen = suite.spend(&[spend]).await?;
        ensure!(seen == Spent::Counted, seen);
        Ok(())
    }
    1 counter_of_none_takes_none(suite) {
        let seen = suite.spend(&[Spend::new(tag(), 0, MINUTE)]).await?;
        ensure!(matches!(seen, Spent::Full(0, _)), seen);
        let seen = suite.spend(&[]).await?;
        ensure!(seen == Spent::Counted, seen);
        Ok(())
    }
    2 counter_says_which_is_full(suite) {
        let (first, second, third) =
            (Spend::new(tag(), 9, MINUTE), Spend::new(tag(), 1, MINUTE), Spend::new(tag(), 1, MINUTE));
        let seen = suite.spend(&[second]).await?;
        ensure!(seen == Spent::Counted, seen);
        let seen = suite.spend(&[first, second, third]).await?;
        ensure!(matches!(seen, Spent::Full(1, _)), seen);
        // The tag after the full one was not counted.
        let seen = suite.spend(&[third]).await?;
        ensure!(seen == Spent::Counted, seen);
        Ok(())
    }
    3 counter_wants_successes(suite) {
        let (good, bad) = (tag(), tag());
        let spend = |tag| Spend::new(tag, 100, MINUTE).with_conversion(10, 10);
        for _ in 0..10 {
            for tag in [good, bad] {
                let seen = suite.spend(&[spend(tag)]).await?;
                ensure!(seen == Spent::Counted, seen);
            }
        }
        let credited = suite.store().credit(&good).await;
        ensure!(credited.is_ok(), credited);
        // One success is 10 percent of ten messages. It is enough for the eleventh message, and too
        // little for the twelfth.
        let seen = suite.spend(&[spend(good)]).await?;
        ensure!(seen == Spent::Counted, seen);
        let seen = suite.spend(&[spend(bad)]).await?;
        ensure!(matches!(seen, Spent::NoSuccess(0, wait) if wait <= MINUTE), seen);
        let seen = suite.spend(&[spend(good)]).await?;
        ensure!(matches!(seen, Spent::NoSuccess(0, _)), seen);
        Ok(())
    }
    3 counter_credits_nothing_that_was_not_counted(suite) {
        let unknown = tag();
        let credited = suite.store().credit(&unknown).await;
        ensure!(credited.is_ok(), credited);
        // Had the credit counted, the second message would be accepted.
        let spend = Spend::new(unknown, 100, MINUTE).with_conversion(1, 100);
        let seen = suite.spend(&[spend]).await?;
        ensure!(seen == Spent::Counted, seen);
        let seen = suite.spend(&[spend]).await?;
        ensure!(matches!(seen, Spent::NoSuccess(0, _)), seen);
        Ok(())
    }
    4 counter_ends_with_its_window(suite) {
        let soon = suite.soon();
        let spend = Spend::new(tag(), 100, soon).with_conversion(1, 100);
        let _ = suite.spend(&[spend]).await?;
        suite.pass(soon * 2).await;
        let credited = suite.store().credit(&spend.tag).await;
        ensure!(credited.is_ok(), credited);
        for expected in [true, false] {
            let seen = suite.spend(&[spend]).await?;
            ensure!((seen == Spent::Counted) == expected, seen);
        }
        Ok(())
    }
}
