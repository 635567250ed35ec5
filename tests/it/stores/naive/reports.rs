//! Reports in the naive store.

use std::time::Duration;

use otpost::async_trait;
use otpost::store::{EarlyRule, ReportStore, ReportTag, StatusChange, StatusRecord, StoreError};
use otpost_testing::ReportConformance;

use super::{Naive, NaiveMessage};

impl Naive {
    async fn first(&self, names: &[ReportTag]) -> Option<(ReportTag, NaiveMessage)> {
        let found = {
            let (names_of, messages) = (self.names.lock().unwrap(), self.messages.lock().unwrap());
            names.iter().find_map(|name| {
                let first = *names_of.get(name)?;
                Some((first, messages.get(&first)?.clone()))
            })
        };
        tokio::task::yield_now().await;
        found
    }
}

#[async_trait]
impl ReportStore for Naive {
    async fn record_message(
        &self,
        names: &[ReportTag],
        note: &str,
        _retention: Duration,
    ) -> Result<Option<StatusRecord>, StoreError> {
        let found = self.first(&names[..1]).await;
        let older = found.map(|(_, older)| older).filter(|older| older.note == note);
        let mut message = older.unwrap_or_else(|| NaiveMessage {
            note: note.to_owned(),
            state: StatusRecord::default(),
        });
        let mut changed = None;
        for name in names {
            let early = self.early.lock().unwrap().remove(name);
            tokio::task::yield_now().await;
            if let Some(early) = early.filter(|early| early.follows(&message.state)) {
                message.state = early;
                changed = Some(message.state.clone());
            }
        }
        tokio::task::yield_now().await;
        self.messages.lock().unwrap().insert(names[0], message);
        self.names.lock().unwrap().extend(names.iter().map(|name| (*name, names[0])));
        Ok(changed)
    }

    async fn apply_report(
        &self,
        names: &[ReportTag],
        status: &StatusRecord,
        _early: &EarlyRule,
    ) -> Result<Option<StatusChange>, StoreError> {
        let Some((first, mut message)) = self.first(names).await else {
            // A slow machine, so that the message is recorded in between.
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
            let mut early = self.early.lock().unwrap();
            for name in names {
                if early.get(name).is_none_or(|stored| status.follows(stored)) {
                    early.insert(*name, status.clone());
                }
            }
            return Ok(None);
        };
        if !status.follows(&message.state) {
            return Ok(None);
        }
        message.state = status.clone();
        let change = StatusChange::new(message.note.clone(), Duration::ZERO);
        self.messages.lock().unwrap().insert(first, message);
        Ok(Some(change))
    }

    async fn read_status(&self, name: &ReportTag) -> Result<Option<StatusRecord>, StoreError> {
        Ok(self.first(&[*name]).await.map(|(_, message)| message.state))
    }

    async fn record_replay(&self, key: &ReportTag, _: Duration) -> Result<bool, StoreError> {
        let is_new = !self.replays.lock().unwrap().contains(key);
        tokio::task::yield_now().await;
        self.replays.lock().unwrap().insert(*key);
        Ok(is_new)
    }
}

#[tokio::test]
async fn a_store_that_reads_and_writes_back_fails_each_race_of_reports() {
    let suite = ReportConformance::new(Naive::default()).with_passing_time(|_: Duration| async {});
    let violations = suite.run().await;
    let failed: Vec<_> = violations.iter().map(|violation| violation.case).collect();
    for case in ReportConformance::cases().filter(|case| case.contains("race")) {
        assert!(failed.contains(&case), "{case} does not see the race");
    }
    // It is right where nobody comes in between, and wrong where something has to expire.
    for case in [
        "report_finds_its_message_by_each_name",
        "report_that_is_late_or_repeated_changes_nothing",
        "report_that_is_early_waits_for_its_message",
        "report_states_are_read_without_a_change",
    ] {
        assert!(!failed.contains(&case), "{case}: {violations:?}");
    }
    for case in [
        "report_that_is_early_expires",
        "report_that_is_early_is_kept_within_a_bound",
        "report_request_is_new_once",
        "report_comes_too_late_after_the_retention",
    ] {
        assert!(failed.contains(&case), "{case}: {violations:?}");
    }
}
