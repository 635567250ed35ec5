//! Cases for the limits: windows, reservations under several limits, and markers.

use std::time::Duration;

use super::{ConformanceRun, ConformanceStore, DAY, MINUTE, failed, tag};
use otpost::store::{CounterTag, GiveKind, Limit, Reserved, Settlement};

/// The longest time for which a message counts in a window: the span and a sixth of it. The slots
/// have whole milliseconds, so they may be one longer each.
fn longest(span: Duration) -> Duration {
    span + span / 6 + Duration::from_millis(7)
}

fn window(most: u16, span: Duration) -> Limit {
    Limit::window(tag(), most, span)
}

fn granted(counts: &[u16]) -> Reserved {
    Reserved::granted(false, counts.to_vec())
}

impl ConformanceRun<'_, dyn ConformanceStore> {
    async fn mark(&self, tag: CounterTag, span: Duration) -> Result<(), String> {
        let settlement = Settlement::new(Vec::new(), vec![(tag, span)]);
        self.store().settle(&settlement).await.map_err(failed)
    }

    /// Returns `true` if one of the markers is set.
    async fn is_known(&self, markers: &[CounterTag]) -> Result<bool, String> {
        match self.store().reserve(&[], markers).await.map_err(failed)? {
            Reserved::Granted { is_known, .. } => Ok(is_known),
            refused => Err(format!("{refused:?} without a limit")),
        }
    }
}

cases! {
    dyn ConformanceStore;

    2 limit_window_takes_so_many(suite) {
        let soon = suite.soon();
        let limit = window(3, soon);
        for count in 1..=3 {
            let seen = suite.reserve(&[limit]).await?;
            ensure!(seen == granted(&[count]), seen, count);
        }
        for _ in 0..3 {
            let seen = suite.reserve(&[limit]).await?;
            ensure!(matches!(seen, Reserved::Refused(0, wait) if wait <= longest(soon) && !wait.is_zero()), seen);
        }
        suite.pass(soon * 2).await;
        // The refused messages did not count.
        let seen = suite.drained(&[limit], 3).await?;
        ensure!(seen == 3, seen);
        Ok(())
    }
    2 limit_window_says_how_long_to_wait(suite) {
        let limit = window(1, DAY);
        let seen = suite.reserve(&[limit]).await?;
        ensure!(seen == granted(&[1]), seen);
        let seen = suite.reserve(&[limit]).await?;
        ensure!(matches!(seen, Reserved::Refused(0, wait) if wait <= longest(DAY) && wait + MINUTE > DAY), seen);
        Ok(())
    }
    2 limit_window_slides(suite) {
        let soon = suite.soon();
        let limit = window(2, soon);
        let seen = suite.reserve(&[limit]).await?;
        ensure!(seen == granted(&[1]), seen);
        suite.pass(soon * 2 / 3).await;
        let seen = suite.reserve(&[limit]).await?;
        ensure!(seen == granted(&[2]), seen);
        // The first message is now older than seven sixths of the span. The second one counts until
        // the whole span has passed.
        suite.pass(soon * 7 / 12).await;
        let seen = suite.reserve(&[limit]).await?;
        ensure!(seen == granted(&[2]), seen);
        let seen = suite.reserve(&[limit]).await?;
        ensure!(matches!(seen, Reserved::Refused(0, _)), seen);
        Ok(())
    }
    2 limit_window_of_none_takes_none(suite) {
        let seen = suite.reserve(&[window(0, MINUTE)]).await?;
        ensure!(seen == Reserved::Refused(0, MINUTE), seen);
        let seen = suite.reserve(&[]).await?;
        ensure!(seen == granted(&[]), seen);
        Ok(())
    }
    2 limit_window_takes_as_many_as_fit(suite) {
        let limit = window(u16::MAX, MINUTE);
        let seen = suite.reserve(&[limit]).await?;
        ensure!(seen == granted(&[1]), seen);
        Ok(())
    }
    1 limit_counts_are_in_the_order_of_the_limits(suite) {
        let bucket = Limit::bucket(tag(), 9, MINUTE);
        let (first, second, third) = (window(9, MINUTE), window(9, MINUTE), window(9, DAY));
        for (limits, counts) in [
            (vec![first], vec![1]),
            (vec![first, bucket, second], vec![2, 0, 1]),
            (vec![third, second, bucket, first], vec![1, 2, 0, 3]),
        ] {
            let seen = suite.reserve(&limits).await?;
            ensure!(seen == granted(&counts), seen, counts);
        }
        Ok(())
    }
    1 limit_refusal_names_the_first_that_refuses(suite) {
        let (free, short, long) = (window(9, MINUTE), window(1, MINUTE), window(1, DAY));
        let seen = suite.reserve(&[short, long]).await?;
        ensure!(seen == granted(&[1, 1]), seen);
        let seen = suite.reserve(&[free, short, long]).await?;
        ensure!(matches!(seen, Reserved::Refused(1, wait) if wait <= longest(MINUTE)), seen);
        let seen = suite.reserve(&[long, short, free]).await?;
        ensure!(matches!(seen, Reserved::Refused(0, wait) if wait > longest(MINUTE)), seen);
        Ok(())
    }
    1 limit_refusal_takes_nothing(suite) {
        let (window, bucket) = (window(2, MINUTE), Limit::bucket(tag(), 2, DAY));
        let (full, after) = (self::window(1, MINUTE), self::window(1, MINUTE));
        let seen = suite.reserve(&[full]).await?;
        ensure!(seen == granted(&[1]), seen);
        for _ in 0..3 {
            let seen = suite.reserve(&[window, bucket, full, after]).await?;
            ensure!(matches!(seen, Reserved::Refused(2, _)), seen);
        }
        let seen = suite.reserve(&[window, bucket, after]).await?;
        ensure!(seen == granted(&[1, 0, 1]), seen);
        for limit in [window, bucket] {
            let seen = suite.drained(&[limit], 1).await?;
            ensure!(seen == 1, limit, seen);
        }
        Ok(())
    }
    1 limit_refusal_leaves_what_was_taken_before(suite) {
        let (window, full) = (window(3, MINUTE), Limit::bucket(tag(), 1, DAY));
        let seen = suite.reserve(&[window, full]).await?;
        ensure!(seen == granted(&[1, 0]), seen);
        // Undoing the place of the refused message must not undo that of the first one.
        for _ in 0..3 {
            let seen = suite.reserve(&[window, full]).await?;
            ensure!(matches!(seen, Reserved::Refused(1, _)), seen);
        }
        let seen = suite.drained(&[window], 2).await?;
        ensure!(seen == 2, seen);
        Ok(())
    }
    1 limit_refusal_keeps_what_is_kept(suite) {
        let (asked, free) = (window(3, MINUTE).kept(), window(9, MINUTE));
        let (bucket, full) = (Limit::bucket(tag(), 3, DAY).kept(), window(0, MINUTE));
        let after = window(1, MINUTE).kept();
        for _ in 0..3 {
            let seen = suite.reserve(&[asked, free, bucket, full, after]).await?;
            ensure!(matches!(seen, Reserved::Refused(3, _)), seen);
        }
        let seen = suite.reserve(&[asked, free, full]).await?;
        ensure!(matches!(seen, Reserved::Refused(0, _)), seen);
        let seen = suite.reserve(&[bucket, free, full]).await?;
        ensure!(matches!(seen, Reserved::Refused(0, _)), seen);
        // Neither the limits that are not kept nor those after the refusal took a place.
        let seen = suite.reserve(&[free, after]).await?;
        ensure!(seen == granted(&[1, 1]), seen);
        Ok(())
    }
    3 limit_window_gets_a_place_back(suite) {
        let limit = window(1, MINUTE);
        for kind in [GiveKind::NotSent, GiveKind::Success] {
            let seen = suite.reserve(&[limit]).await?;
            ensure!(seen == granted(&[1]), seen, kind);
            suite.give(&[limit], kind).await?;
        }
        let seen = suite.drained(&[limit], 1).await?;
        ensure!(seen == 1, seen);
        Ok(())
    }
    3 limit_window_gets_one_place_back(suite) {
        for kind in [GiveKind::NotSent, GiveKind::Success] {
            let limit = window(3, MINUTE);
            let seen = suite.drained(&[limit], 3).await?;
            ensure!(seen == 3, seen);
            suite.give(&[limit], kind).await?;
            let seen = suite.drained(&[limit], 1).await?;
            ensure!(seen == 1, seen, kind);
        }
        Ok(())
    }
    3 limit_window_gets_all_places_back(suite) {
        let limit = window(3, MINUTE);
        let seen = suite.drained(&[limit], 3).await?;
        ensure!(seen == 3, seen);
        suite.give(&[limit], GiveKind::All).await?;
        let seen = suite.drained(&[limit], 3).await?;
        ensure!(seen == 3, seen);
        Ok(())
    }
    3 limit_window_gets_no_more_back_than_was_taken(suite) {
        let limit = window(2, MINUTE);
        let seen = suite.reserve(&[limit]).await?;
        ensure!(seen == granted(&[1]), seen);
        for kind in [GiveKind::NotSent, GiveKind::Success, GiveKind::NotSent] {
            suite.give(&[limit], kind).await?;
        }
        let seen = suite.drained(&[limit], 2).await?;
        ensure!(seen == 2, seen);
        Ok(())
    }
    3 limit_window_gives_the_newest_back(suite) {
        let soon = suite.soon();
        let limit = window(9, soon);
        let seen = suite.reserve(&[limit]).await?;
        ensure!(seen == granted(&[1]), seen);
        suite.pass(soon * 2 / 3).await;
        let seen = suite.reserve(&[limit]).await?;
        ensure!(seen == granted(&[2]), seen);
        suite.give(&[limit], GiveKind::NotSent).await?;
        // Had the older one been given back, the newer one would still count.
        suite.pass(soon * 7 / 12).await;
        let seen = suite.reserve(&[limit]).await?;
        ensure!(seen == granted(&[1]), seen);
        Ok(())
    }
    4 limit_window_ignores_what_was_never_taken(suite) {
        let limit = window(2, MINUTE);
        for kind in [GiveKind::NotSent, GiveKind::Success, GiveKind::All] {
            suite.give(&[limit], kind).await?;
        }
        suite.settle(Vec::new()).await?;
        let seen = suite.drained(&[limit], 2).await?;
        ensure!(seen == 2, seen);
        Ok(())
    }
    6 limit_window_ends_with_its_messages(suite) {
        let soon = suite.soon();
        let limit = window(2, soon);
        let seen = suite.drained(&[limit], 2).await?;
        ensure!(seen == 2, seen);
        suite.pass(soon * 2).await;
        // What was given back too late must not make room for more.
        suite.give(&[limit], GiveKind::NotSent).await?;
        let seen = suite.drained(&[limit], 2).await?;
        ensure!(seen == 2, seen);
        Ok(())
    }
    3 limit_settlement_settles_everything(suite) {
        let (window, bucket) = (window(1, MINUTE), Limit::bucket(tag(), 1, DAY));
        let (kept, marker) = (self::window(1, MINUTE), tag());
        let seen = suite.reserve(&[window, bucket, kept]).await?;
        ensure!(seen == granted(&[1, 0, 1]), seen);
        let gives = vec![bucket.give(GiveKind::NotSent), window.give(GiveKind::NotSent)];
        let settled = suite.store().settle(&Settlement::new(gives, vec![(marker, MINUTE)])).await;
        ensure!(settled.is_ok(), settled);
        let seen = suite.reserve(&[window, bucket]).await?;
        ensure!(seen == granted(&[1, 0]), seen);
        let seen = suite.reserve(&[kept]).await?;
        ensure!(matches!(seen, Reserved::Refused(0, _)), seen);
        let seen = suite.is_known(&[marker]).await?;
        ensure!(seen, marker);
        Ok(())
    }
    5 limit_marker_is_found(suite) {
        let (marker, other, limit) = (tag(), tag(), window(9, MINUTE));
        let seen = suite.is_known(&[marker, other]).await?;
        ensure!(!seen, seen);
        suite.mark(marker, MINUTE).await?;
        for (markers, is_known) in [
            (vec![marker], true),
            (vec![other, marker], true),
            (vec![marker, other], true),
            (vec![other], false),
            (vec![], false),
        ] {
            let seen = suite.store().reserve(&[limit], &markers).await.map_err(failed)?;
            ensure!(matches!(seen, Reserved::Granted { is_known: seen, .. } if seen == is_known), seen, markers.len());
        }
        Ok(())
    }
    5 limit_marker_ends(suite) {
        let soon = suite.soon();
        let marker = tag();
        suite.mark(marker, soon).await?;
        let seen = suite.is_known(&[marker]).await?;
        ensure!(seen, seen);
        suite.pass(soon * 2).await;
        let seen = suite.is_known(&[marker]).await?;
        ensure!(!seen, seen);
        Ok(())
    }
    5 limit_marker_is_renewed(suite) {
        let soon = suite.soon();
        let marker = tag();
        for _ in 0..2 {
            suite.mark(marker, soon * 2).await?;
            suite.pass(soon * 4 / 3).await;
        }
        // The first time of two would have ended by now.
        let seen = suite.is_known(&[marker]).await?;
        ensure!(seen, seen);
        suite.pass(soon * 2).await;
        let seen = suite.is_known(&[marker]).await?;
        ensure!(!seen, seen);
        Ok(())
    }
    5 limit_marker_is_removed(suite) {
        let (marker, unknown) = (tag(), tag());
        suite.mark(marker, MINUTE).await?;
        for removed in [marker, unknown] {
            suite.mark(removed, Duration::ZERO).await?;
            let seen = suite.is_known(&[removed]).await?;
            ensure!(!seen, seen);
        }
        suite.mark(marker, MINUTE).await?;
        let seen = suite.is_known(&[marker]).await?;
        ensure!(seen, seen);
        Ok(())
    }
    6 limit_sweep_leaves_what_counts(suite) {
        let (limits, marker) = ([window(1, MINUTE), Limit::bucket(tag(), 1, DAY)], tag());
        let seen = suite.reserve(&limits).await?;
        ensure!(seen == granted(&[1, 0]), seen);
        suite.mark(marker, MINUTE).await?;
        let swept = suite.store().sweep().await;
        ensure!(swept.is_ok(), swept);
        for limit in limits {
            let seen = suite.reserve(&[limit]).await?;
            ensure!(matches!(seen, Reserved::Refused(0, _)), seen);
        }
        let seen = suite.is_known(&[marker]).await?;
        ensure!(seen, seen);
        Ok(())
    }
}
