use std::time::Duration;

use otpost::async_trait;

use super::{PostgresStore, millis, span};
use crate::sql::status;
use otpost::store::{EarlyRule, ReportStore, ReportTag, StatusChange, StatusRecord, StoreError};

type StatusRow = (Option<i32>, Option<i32>, Option<Vec<u8>>);

#[async_trait]
impl ReportStore for PostgresStore {
    async fn record_message(
        &self,
        names: &[ReportTag],
        note: &str,
        retention: Duration,
    ) -> Result<Option<StatusRecord>, StoreError> {
        if names.is_empty() {
            return Ok(None);
        }
        let query = || {
            sqlx::query_scalar("SELECT otpost_record_message($1, $2, $3)")
                .bind(bytes_of(names))
                .bind(note.to_owned())
                .bind(millis(retention))
        };
        let row: StatusRow = self.run(query).await?;
        status(row)
    }

    async fn apply_report(
        &self,
        names: &[ReportTag],
        status: &StatusRecord,
        early: &EarlyRule,
    ) -> Result<Option<StatusChange>, StoreError> {
        let query = || {
            sqlx::query_scalar("SELECT otpost_apply_report($1, $2, $3, $4, $5, $6)")
                .bind(bytes_of(names))
                .bind(i32::from(status.status))
                .bind(i32::from(status.replaces))
                .bind(status.detail.to_vec())
                .bind(millis(early.lifetime))
                .bind(i64::from(early.most))
        };
        let (note, elapsed): (Option<String>, Option<i64>) = self.run(query).await?;
        let Some(note) = note else { return Ok(None) };
        Ok(Some(StatusChange::new(note, span(elapsed)?)))
    }

    async fn read_status(&self, name: &ReportTag) -> Result<Option<StatusRecord>, StoreError> {
        let query =
            || sqlx::query_scalar("SELECT otpost_read_status($1)").bind(name.as_bytes().to_vec());
        let row: StatusRow = self.run(query).await?;
        status(row)
    }

    async fn record_replay(&self, key: &ReportTag, lifetime: Duration) -> Result<bool, StoreError> {
        let query = || {
            sqlx::query_scalar("SELECT otpost_record_replay($1, $2)")
                .bind(key.as_bytes().to_vec())
                .bind(millis(lifetime))
        };
        self.run(query).await
    }
}

fn bytes_of(names: &[ReportTag]) -> Vec<Vec<u8>> {
    names.iter().map(|name| name.as_bytes().to_vec()).collect()
}
