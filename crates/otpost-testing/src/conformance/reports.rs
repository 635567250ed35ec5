use std::sync::Arc;
use std::time::Duration;

use super::races::count;
use super::{ConformanceRun, DAY, MINUTE, failed, random};
use otpost::store::{EarlyRule, ReportStore, ReportTag, StatusChange, StatusRecord};

/// The bits of statuses, as an application could use them.
const SENT: u8 = 1;
const LOST: u8 = 2;
const ARRIVED: u8 = 4;

fn name() -> ReportTag {
    ReportTag::new(random())
}

fn sent() -> StatusRecord {
    StatusRecord::new(SENT, 0, *b"sent")
}

/// A status that replaces the one before it, but not [`arrived`].
fn lost() -> StatusRecord {
    StatusRecord::new(LOST, SENT, *b"lost \0\xff")
}

fn arrived() -> StatusRecord {
    StatusRecord::new(ARRIVED, SENT | LOST, [7; 72])
}

const fn early() -> EarlyRule {
    EarlyRule::new(MINUTE, 1_000_000)
}

impl ConformanceRun<'_, dyn ReportStore> {
    async fn record(
        &self,
        names: &[ReportTag],
        note: &str,
    ) -> Result<Option<StatusRecord>, String> {
        self.store().record_message(names, note, DAY).await.map_err(failed)
    }

    /// Records a message of which no report came before.
    async fn recorded(&self, names: &[ReportTag], note: &str) -> super::CaseOutcome {
        let seen = self.record(names, note).await?;
        ensure!(seen.is_none(), seen);
        Ok(())
    }

    async fn apply(
        &self,
        names: &[ReportTag],
        status: &StatusRecord,
    ) -> Result<Option<StatusChange>, String> {
        self.store().apply_report(names, status, &early()).await.map_err(failed)
    }

    async fn changes(
        &self,
        names: &[ReportTag],
        status: &StatusRecord,
        note: &str,
    ) -> super::CaseOutcome {
        let seen = self.apply(names, status).await?;
        ensure!(seen.as_ref().is_some_and(|change| change.note == note), seen, note);
        Ok(())
    }

    async fn changes_nothing(
        &self,
        names: &[ReportTag],
        status: &StatusRecord,
    ) -> super::CaseOutcome {
        let seen = self.apply(names, status).await?;
        ensure!(seen.is_none(), seen);
        Ok(())
    }

    async fn state_is(
        &self,
        name: &ReportTag,
        expected: Option<StatusRecord>,
    ) -> super::CaseOutcome {
        let seen = self.store().read_status(name).await.map_err(failed)?;
        ensure!(seen == expected, seen, expected);
        Ok(())
    }

    async fn is_new(&self, key: &ReportTag, lifetime: Duration) -> Result<bool, String> {
        self.store().record_replay(key, lifetime).await.map_err(failed)
    }
}

cases! {
    dyn ReportStore;

    2 report_finds_its_message_by_each_name(suite) {
        let names = [name(), name(), name()];
        suite.recorded(&names, "order 5").await?;
        for each in &names {
            suite.state_is(each, Some(StatusRecord::default())).await?;
        }
        let reports = [sent(), lost(), arrived()];
        for (by, status) in names.iter().zip(reports) {
            suite.changes(&[*by], &status, "order 5").await?;
            for each in &names {
                suite.state_is(each, Some(status.clone())).await?;
            }
        }
        Ok(())
    }
    2 report_finds_the_latest_message_of_a_name(suite) {
        let (one, two, common) = (name(), name(), name());
        suite.recorded(&[one, common], "one").await?;
        suite.recorded(&[two, common], "two").await?;
        suite.changes(&[common], &arrived(), "two").await?;
        suite.state_is(&common, Some(arrived())).await?;
        suite.state_is(&one, Some(StatusRecord::default())).await?;
        suite.changes(&[one], &lost(), "one").await?;
        suite.state_is(&two, Some(arrived())).await
    }
    2 report_stays_with_a_message_that_is_recorded_again(suite) {
        let (first, id, other) = (name(), name(), name());
        suite.recorded(&[first], "order 5").await?;
        suite.changes(&[first], &lost(), "order 5").await?;
        suite.recorded(&[first, id], "order 5").await?;
        suite.state_is(&id, Some(lost())).await?;
        // Another message with the first name of this one.
        suite.recorded(&[first, other], "order 6").await?;
        suite.state_is(&other, Some(StatusRecord::default())).await?;
        // The name of the one before finds neither.
        suite.state_is(&id, None).await?;
        suite.changes_nothing(&[id], &arrived()).await?;
        suite.changes(&[first], &sent(), "order 6").await
    }
    2 report_ignores_a_message_whose_first_name_is_taken(suite) {
        let (one, two, other) = (name(), name(), name());
        suite.recorded(&[one, other], "one").await?;
        suite.recorded(&[two, one], "two").await?;
        suite.state_is(&other, None).await?;
        suite.changes(&[other, one], &sent(), "two").await
    }
    2 report_finds_a_message_that_was_sent_twice_by_both_ids(suite) {
        let (reference, one, two) = (name(), name(), name());
        suite.recorded(&[reference, one], "order 5").await?;
        suite.recorded(&[reference, two], "order 5").await?;
        suite.changes(&[one], &sent(), "order 5").await?;
        suite.changes(&[two], &arrived(), "order 5").await
    }
    3 report_that_is_late_or_repeated_changes_nothing(suite) {
        let names = [name()];
        suite.recorded(&names, "order 5").await?;
        let steps = [(sent(), true), (sent(), false), (arrived(), true), (lost(), false),
            (arrived(), false), (sent(), false)];
        for (status, is_changed) in steps {
            if is_changed {
                suite.changes(&names, &status, "order 5").await?;
            } else {
                suite.changes_nothing(&names, &status).await?;
            }
        }
        suite.state_is(&name(), None).await?;
        suite.state_is(&names[0], Some(arrived())).await
    }
    3 report_is_of_the_first_name_that_is_known(suite) {
        let (one, two) = (name(), name());
        suite.recorded(&[one], "one").await?;
        suite.recorded(&[two], "two").await?;
        suite.changes(&[name(), two, one], &arrived(), "two").await?;
        suite.state_is(&one, Some(StatusRecord::default())).await
    }
    3 report_has_the_time_since_its_message(suite) {
        let (names, soon) = ([name()], suite.soon());
        suite.recorded(&names, "order 5").await?;
        suite.pass(soon).await;
        // Recording it again does not begin anew.
        suite.recorded(&names, "order 5").await?;
        let seen = suite.apply(&names, &sent()).await?;
        // Clocks of stores count in milliseconds.
        let least = soon.saturating_sub(Duration::from_millis(2));
        ensure!(seen.as_ref().is_some_and(|change| change.elapsed >= least), seen, soon);
        Ok(())
    }
    4 report_that_is_early_waits_for_its_message(suite) {
        let (id, reference) = (name(), name());
        suite.changes_nothing(&[id, reference], &arrived()).await?;
        // It is no message yet.
        suite.state_is(&id, None).await?;
        let seen = suite.record(&[reference, name()], "order 5").await?;
        ensure!(seen == Some(arrived()), seen);
        suite.state_is(&reference, Some(arrived())).await?;
        suite.changes_nothing(&[reference], &arrived()).await
    }
    4 report_that_is_early_follows_the_rule(suite) {
        let names = [name()];
        for status in [sent(), arrived(), lost(), sent()] {
            suite.changes_nothing(&names, &status).await?;
        }
        let seen = suite.record(&names, "order 5").await?;
        ensure!(seen == Some(arrived()), seen);
        Ok(())
    }
    4 report_that_is_early_expires(suite) {
        let (names, soon) = ([name()], suite.soon());
        let rule = EarlyRule::new(soon, 1_000_000);
        // A second report does not extend the time of the first one.
        for status in [sent(), arrived()] {
            let seen = suite.store().apply_report(&names, &status, &rule).await.map_err(failed)?;
            ensure!(seen.is_none(), seen);
            suite.pass(soon * 2 / 3).await;
        }
        suite.recorded(&names, "order 5").await?;
        suite.state_is(&names[0], Some(StatusRecord::default())).await
    }
    4 report_that_is_early_is_kept_within_a_bound(suite) {
        // Other cases keep early reports at the same time, so it can be fewer.
        let (rule, mut kept) = (EarlyRule::new(MINUTE, 5), 0);
        let names: Vec<_> = (0..12).map(|_| name()).collect();
        for name in &names {
            let seen = suite.store().apply_report(&[*name], &sent(), &rule).await;
            ensure!(matches!(seen, Ok(None)), seen);
        }
        for name in &names {
            kept += usize::from(suite.record(&[*name], "order 5").await?.is_some());
        }
        ensure!(kept <= 5, kept);
        // A message that is recorded gets its reports all the same.
        for name in names {
            let seen = suite.store().apply_report(&[name], &arrived(), &rule).await;
            ensure!(matches!(seen, Ok(Some(_))), seen);
        }
        Ok(())
    }
    5 report_that_is_early_comes_under_several_names(suite) {
        let (id, reference) = (name(), name());
        suite.changes_nothing(&[id], &lost()).await?;
        suite.changes_nothing(&[reference], &arrived()).await?;
        let seen = suite.record(&[id, reference], "order 5").await?;
        ensure!(seen == Some(arrived()), seen);
        // They are removed: another message with this name has no report.
        suite.recorded(&[id], "order 6").await?;
        suite.state_is(&id, Some(StatusRecord::default())).await
    }
    5 report_that_is_early_returns_only_what_it_changes(suite) {
        let (first, id) = (name(), name());
        suite.recorded(&[first], "order 5").await?;
        suite.changes(&[first], &arrived(), "order 5").await?;
        suite.changes_nothing(&[id], &lost()).await?;
        suite.recorded(&[first, id], "order 5").await?;
        suite.state_is(&id, Some(arrived())).await
    }
    6 report_states_are_read_without_a_change(suite) {
        let names = [name()];
        for _ in 0..2 {
            suite.state_is(&names[0], None).await?;
        }
        suite.recorded(&names, "a note of \u{fc}ber 1 byte: \u{1f4b8}").await?;
        for _ in 0..2 {
            suite.state_is(&names[0], Some(StatusRecord::default())).await?;
        }
        suite.changes(&names, &lost(), "a note of \u{fc}ber 1 byte: \u{1f4b8}").await
    }
    7 report_request_is_new_once(suite) {
        let (one, two, soon) = (name(), name(), suite.soon());
        for (key, lifetime, expected) in
            [(one, soon, true), (one, DAY, false), (two, DAY, true), (two, soon, false)]
        {
            let seen = suite.is_new(&key, lifetime).await?;
            ensure!(seen == expected, seen, lifetime);
        }
        suite.pass(soon * 2).await;
        for (key, expected) in [(one, true), (one, false), (two, false)] {
            let seen = suite.is_new(&key, DAY).await?;
            ensure!(seen == expected, seen, expected);
        }
        Ok(())
    }
    8 report_comes_too_late_after_the_retention(suite) {
        let (names, kept, soon) = ([name(), name()], [name()], suite.soon());
        suite.recorded(&kept, "order 6").await?;
        let seen = suite.store().record_message(&names, "order 5", soon).await;
        ensure!(matches!(seen, Ok(None)), seen);
        // A report does not extend the time.
        suite.changes(&names, &sent(), "order 5").await?;
        suite.pass(soon * 2).await;
        let swept = suite.store().sweep().await;
        ensure!(swept.is_ok(), swept);
        for each in &names {
            suite.state_is(each, None).await?;
            suite.changes_nothing(&[*each], &arrived()).await?;
        }
        suite.changes(&kept, &arrived(), "order 6").await
    }
    1 report_race_of_duplicates(suite) {
        let (id, reference) = (name(), name());
        suite.recorded(&[reference, id], "order 5").await?;
        let report = move |at, store: Arc<dyn ReportStore>| async move {
            let names: &[_] = if at % 2 == 0 { &[id] } else { &[reference, id] };
            store.apply_report(names, &arrived(), &early()).await
        };
        let answers = suite.at_once(64, report).await?;
        ensure!(count(&answers, Option::is_some) == 1, answers);
        Ok(())
    }
    1 report_race_of_final_states(suite) {
        let names = [name()];
        suite.recorded(&names, "order 5").await?;
        let report = move |at, store: Arc<dyn ReportStore>| async move {
            // None of them replaces another one, so the first one stays.
            let status = StatusRecord::new(if at % 2 == 0 { LOST } else { ARRIVED }, 0, *b"");
            store.apply_report(&names, &status, &early()).await.map(|seen| (status, seen))
        };
        let answers = suite.at_once(64, report).await?;
        let changed: Vec<_> = answers.iter().filter(|(_, seen)| seen.is_some()).collect();
        ensure!(changed.len() == 1, answers);
        let winner = changed.first().map(|(status, _)| status.clone());
        suite.state_is(&names[0], winner).await
    }
    1 report_race_with_its_message(suite) {
        for round in 0..10 {
            let (id, reference) = (name(), name());
            // A process records the message, while others receive its report.
            let either = move |at, store: Arc<dyn ReportStore>| async move {
                if at == 3 {
                    let early = store.record_message(&[reference, id], "order 5", DAY).await?;
                    return Ok(early.is_some());
                }
                let names: &[_] = if at % 2 == 0 { &[id] } else { &[id, reference] };
                Ok(store.apply_report(names, &arrived(), &early()).await?.is_some())
            };
            let answers = suite.at_once(7, either).await?;
            ensure!(count(&answers, |is_changed| *is_changed) == 1, round, answers);
            suite.state_is(&reference, Some(arrived())).await?;
        }
        Ok(())
    }
    7 report_race_of_requests(suite) {
        let key = name();
        let record = move |_, store: Arc<dyn ReportStore>| async move {
            store.record_replay(&key, DAY).await
        };
        let answers = suite.at_once(64, record).await?;
        ensure!(count(&answers, |is_new| *is_new) == 1, answers);
        Ok(())
    }
}
