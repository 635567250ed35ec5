use std::time::Duration;

use otpost::async_trait;

use super::{SqliteStore, Tx, commit, rows};
use crate::sql::{corrupt, status, unavailable};
use otpost::store::state::millis;
use otpost::store::{EarlyRule, ReportStore, ReportTag, StatusChange, StatusRecord, StoreError};

/// A row of a message.
struct MessageRow {
    first: Vec<u8>,
    note: String,
    sent: u64,
    state: StatusRecord,
}

#[async_trait]
impl ReportStore for SqliteStore {
    async fn record_message(
        &self,
        names: &[ReportTag],
        note: &str,
        retention: Duration,
    ) -> Result<Option<StatusRecord>, StoreError> {
        const PUT: &str = "INSERT OR REPLACE INTO otpost_report \
            (name, kind, first, note, sent, status, replaces, detail, ends) \
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
        let Some((first, others)) = names.split_first() else { return Ok(None) };
        let mut tx = self.begin().await?;
        let now = self.now();
        let same = message(&mut tx, first, now).await?.filter(|older| {
            // Not of a message that has this name as another one.
            older.first == first.as_bytes() && older.note == note
        });
        let (mut state, sent) =
            same.map_or((StatusRecord::default(), now), |older| (older.state, older.sent));
        let mut changed = None;
        for name in names {
            if let Some(status) = early(&mut tx, name, now).await?
                && status.follows(&state)
            {
                state = status;
                changed = Some(state.clone());
            }
        }
        let ends = rows::signed(now.saturating_add(millis(retention)));
        for name in others {
            let query = sqlx::query(PUT)
                .bind(name.as_bytes().to_vec())
                .bind(2)
                .bind(first.as_bytes().to_vec())
                .bind(note)
                .bind(None::<i64>)
                .bind(0)
                .bind(0)
                .bind(Vec::new())
                .bind(ends);
            query.execute(&mut *tx).await.map_err(unavailable)?;
        }
        let query = sqlx::query(PUT)
            .bind(first.as_bytes().to_vec())
            .bind(1)
            .bind(None::<Vec<u8>>)
            .bind(note)
            .bind(rows::signed(sent))
            .bind(i64::from(state.status))
            .bind(i64::from(state.replaces))
            .bind(state.detail.to_vec())
            .bind(ends);
        query.execute(&mut *tx).await.map_err(unavailable)?;
        commit(tx).await?;
        Ok(changed)
    }

    async fn apply_report(
        &self,
        names: &[ReportTag],
        status: &StatusRecord,
        rule: &EarlyRule,
    ) -> Result<Option<StatusChange>, StoreError> {
        let mut tx = self.begin().await?;
        let now = self.now();
        for name in names {
            let Some(found) = message(&mut tx, name, now).await? else { continue };
            if !status.follows(&found.state) {
                return Ok(None);
            }
            set(&mut tx, &found.first, status).await?;
            commit(tx).await?;
            let elapsed = Duration::from_millis(now.saturating_sub(found.sent));
            return Ok(Some(StatusChange::new(found.note, elapsed)));
        }
        for name in names {
            match early(&mut tx, name, now).await? {
                Some(stored) if status.follows(&stored) => {
                    set(&mut tx, name.as_bytes(), status).await?;
                }
                Some(_) => {}
                None => keep(&mut tx, name, status, rule, now).await?,
            }
        }
        commit(tx).await?;
        Ok(None)
    }

    async fn read_status(&self, name: &ReportTag) -> Result<Option<StatusRecord>, StoreError> {
        let mut tx = self.pool.begin().await.map_err(unavailable)?;
        Ok(message(&mut tx, name, self.now()).await?.map(|found| found.state))
    }

    async fn record_replay(&self, key: &ReportTag, lifetime: Duration) -> Result<bool, StoreError> {
        const SQL: &str = "INSERT INTO otpost_report (name, kind, status, replaces, detail, ends) \
            VALUES (?, 4, 0, 0, x'', ?) \
            ON CONFLICT (name) DO UPDATE SET kind = 4, ends = excluded.ends WHERE ends <= ?";
        let now = self.now();
        let query = sqlx::query(SQL)
            .bind(key.as_bytes().to_vec())
            .bind(rows::signed(now.saturating_add(millis(lifetime))))
            .bind(rows::signed(now));
        // One statement is atomic by itself.
        let written = query.execute(&self.pool).await.map_err(unavailable)?;
        Ok(written.rows_affected() == 1)
    }
}

/// Returns the message with this name.
async fn message(
    tx: &mut Tx,
    name: &ReportTag,
    now: u64,
) -> Result<Option<MessageRow>, StoreError> {
    const SQL: &str = "SELECT f.name, f.note, f.sent, f.status, f.replaces, f.detail \
        FROM otpost_report AS r JOIN otpost_report AS f \
        ON f.name = coalesce(r.first, r.name) AND f.note = r.note \
        WHERE r.name = ?1 AND r.kind IN (1, 2) AND r.ends > ?2 AND f.kind = 1 AND f.ends > ?2";
    type Row = (Vec<u8>, String, i64, i32, i32, Vec<u8>);
    let found: Option<Row> = sqlx::query_as(SQL)
        .bind(name.as_bytes().to_vec())
        .bind(rows::signed(now))
        .fetch_optional(&mut **tx)
        .await
        .map_err(unavailable)?;
    let Some((first, note, sent, bits, replaces, detail)) = found else { return Ok(None) };
    let state = status((Some(bits), Some(replaces), Some(detail)))?.ok_or_else(corrupt)?;
    Ok(Some(MessageRow { first, note, sent: rows::unsigned(sent)?, state }))
}

/// Returns the status of the reports that came before a message with this name was recorded.
async fn early(
    tx: &mut Tx,
    name: &ReportTag,
    now: u64,
) -> Result<Option<StatusRecord>, StoreError> {
    const SQL: &str = "SELECT status, replaces, detail FROM otpost_report \
        WHERE name = ? AND kind = 3 AND ends > ?";
    let found: Option<(i32, i32, Vec<u8>)> = sqlx::query_as(SQL)
        .bind(name.as_bytes().to_vec())
        .bind(rows::signed(now))
        .fetch_optional(&mut **tx)
        .await
        .map_err(unavailable)?;
    let Some((bits, replaces, detail)) = found else { return Ok(None) };
    status((Some(bits), Some(replaces), Some(detail)))
}

/// Keeps a report of a message that is not recorded yet, if there are not too many.
async fn keep(
    tx: &mut Tx,
    name: &ReportTag,
    of: &StatusRecord,
    rule: &EarlyRule,
    now: u64,
) -> Result<(), StoreError> {
    // Counts no more rows than the limit, in the same statement.
    const SQL: &str = "INSERT OR REPLACE INTO otpost_report \
        (name, kind, status, replaces, detail, ends) SELECT ?1, 3, ?2, ?3, ?4, ?5 \
        WHERE (SELECT count(*) FROM (SELECT 1 FROM otpost_report \
        WHERE kind = 3 AND ends > ?6 LIMIT ?7)) < ?7";
    let query = sqlx::query(SQL)
        .bind(name.as_bytes().to_vec())
        .bind(i64::from(of.status))
        .bind(i64::from(of.replaces))
        .bind(of.detail.to_vec())
        .bind(rows::signed(now.saturating_add(millis(rule.lifetime))))
        .bind(rows::signed(now))
        .bind(i64::from(rule.most));
    query.execute(&mut **tx).await.map(|_| ()).map_err(unavailable)
}

async fn set(tx: &mut Tx, name: &[u8], to: &StatusRecord) -> Result<(), StoreError> {
    const SQL: &str =
        "UPDATE otpost_report SET status = ?, replaces = ?, detail = ? WHERE name = ?";
    let query = sqlx::query(SQL)
        .bind(i64::from(to.status))
        .bind(i64::from(to.replaces))
        .bind(to.detail.to_vec())
        .bind(name.to_vec());
    query.execute(&mut **tx).await.map(|_| ()).map_err(unavailable)
}
