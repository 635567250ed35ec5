use std::time::Duration;

use otpost::async_trait;

use super::{SqliteStore, Tx, commit, rows};
use crate::sql::{corrupt, unavailable, whole};
use otpost::store::state::millis;
use otpost::store::{
    ChallengeId, Claim, Finish, Intent, NewChallenge, OpenRule, Opened, OutboxStore, QueueTag,
    StoreError,
};

/// The time in milliseconds for which an intent is kept after the lifetime of its challenge.
const KEPT: u64 = 3_600_000;

#[async_trait]
impl OutboxStore for SqliteStore {
    async fn open_queued(
        &self,
        new: &NewChallenge,
        rule: &OpenRule,
        queue: &QueueTag,
        intent: &Intent,
    ) -> Result<Opened, StoreError> {
        let mut tx = self.begin().await?;
        let now = self.now();
        let opened = Self::open_in(&mut tx, now, new, rule).await?;
        if matches!(opened, Opened::Created { .. }) {
            put(&mut tx, now, &new.id, queue, intent, rule.lifetime).await?;
            commit(tx).await?;
        }
        Ok(opened)
    }

    async fn queue(
        &self,
        id: &ChallengeId,
        queue: &QueueTag,
        intent: &Intent,
        lifetime: Duration,
    ) -> Result<Option<Intent>, StoreError> {
        const UNSENT: &str =
            "SELECT intent FROM otpost_outbox WHERE id = ? AND claims = 0 AND is_unsure = 0";
        let mut tx = self.begin().await?;
        let older: Option<(Vec<u8>,)> = sqlx::query_as(UNSENT)
            .bind(id.as_bytes().to_vec())
            .fetch_optional(&mut *tx)
            .await
            .map_err(unavailable)?;
        put(&mut tx, self.now(), id, queue, intent, lifetime).await?;
        commit(tx).await?;
        Ok(older.map(|(intent,)| Intent::new(intent)))
    }

    async fn claim(
        &self,
        queue: &QueueTag,
        lease: Duration,
        least_left: Duration,
    ) -> Result<Option<Claim>, StoreError> {
        const TAKE: &str =
            "UPDATE otpost_outbox SET claims = claims + 1, token = token + 1, due = ? WHERE id = ?";
        let mut tx = self.begin().await?;
        let now = self.now();
        while let Some((id, queued)) = due(&mut tx, queue, now).await? {
            // After two claims without a result, the message may have been sent twice already.
            if queued.claims >= 2 || queued.ends <= now {
                remove(&mut tx, &id).await?;
                continue;
            }
            let query = sqlx::query(TAKE)
                .bind(rows::signed(now.saturating_add(millis(lease))))
                .bind(id.as_bytes().to_vec());
            query.execute(&mut *tx).await.map_err(unavailable)?;
            let found = rows::challenge(&mut tx, &id, now).await?;
            commit(tx).await?;
            let soon = now.saturating_add(millis(least_left));
            let waits = found.filter(|found| found.gone.is_none() && found.expires > soon);
            let left = waits.as_ref().map_or(0, |waits| waits.expires.saturating_sub(now));
            return Ok(Some(Claim::new(
                id,
                *queue,
                waits.map(|waits| waits.salt),
                Duration::from_millis(left),
                Intent::new(queued.intent),
                queued.is_unsure || queued.claims > 0,
                queued.token.checked_add(1).ok_or_else(corrupt)?,
            )));
        }
        // Keep the removals.
        commit(tx).await?;
        Ok(None)
    }

    async fn finish(&self, claim: &Claim, how: Finish) -> Result<bool, StoreError> {
        const DONE: &str = "DELETE FROM otpost_outbox WHERE id = ? AND token = ?";
        // Numbered parameters, because both statements bind the id and the token first.
        const AGAIN: &str = "UPDATE otpost_outbox SET claims = 0, token = token + 1, due = ?3, \
            is_unsure = max(is_unsure, ?4) WHERE id = ?1 AND token = ?2";
        let (sql, after) = match how {
            Finish::Done => (DONE, None),
            Finish::Again(after) | Finish::Unknown(after) => (AGAIN, Some(after)),
        };
        let query = sqlx::query(sql)
            .bind(claim.id.as_bytes().to_vec())
            .bind(i64::try_from(claim.token).map_err(|_| corrupt())?);
        let query = match after {
            Some(after) => query
                .bind(rows::signed(self.now().saturating_add(millis(after))))
                .bind(i64::from(matches!(how, Finish::Unknown(_)))),
            None => query,
        };
        // One statement is atomic by itself. It changes nothing if another worker has the intent
        // now.
        let finished = query.execute(&self.pool).await.map_err(unavailable)?;
        Ok(finished.rows_affected() == 1)
    }
}

/// Stores an intent that is due at once, in the place of an earlier one of the challenge.
async fn put(
    tx: &mut Tx,
    now: u64,
    id: &ChallengeId,
    queue: &QueueTag,
    intent: &Intent,
    lifetime: Duration,
) -> Result<(), StoreError> {
    // The new token keeps a claim of the earlier intent from finishing this one.
    const SQL: &str = "INSERT INTO otpost_outbox \
        (id, queue, intent, due, ends, claims, is_unsure, token) VALUES (?, ?, ?, ?, ?, 0, 0, 0) \
        ON CONFLICT (id) DO UPDATE SET queue = excluded.queue, intent = excluded.intent, \
        due = excluded.due, ends = excluded.ends, claims = 0, is_unsure = 0, token = token + 1";
    let ends = now.saturating_add(millis(lifetime)).saturating_add(KEPT);
    let query = sqlx::query(SQL)
        .bind(id.as_bytes().to_vec())
        .bind(queue.as_bytes().to_vec())
        .bind(intent.as_bytes().to_vec())
        .bind(rows::signed(now))
        .bind(rows::signed(ends));
    query.execute(&mut **tx).await.map(|_| ()).map_err(unavailable)
}

struct QueuedRow {
    intent: Vec<u8>,
    ends: u64,
    claims: i64,
    is_unsure: bool,
    token: u64,
}

/// Returns the first intent of a queue that is due.
async fn due(
    tx: &mut Tx,
    queue: &QueueTag,
    now: u64,
) -> Result<Option<(ChallengeId, QueuedRow)>, StoreError> {
    const SQL: &str = "SELECT id, intent, ends, claims, is_unsure, token FROM otpost_outbox \
        WHERE queue = ? AND due <= ? ORDER BY due LIMIT 1";
    type Row = (Vec<u8>, Vec<u8>, i64, i64, i64, i64);
    let found: Option<Row> = sqlx::query_as(SQL)
        .bind(queue.as_bytes().to_vec())
        .bind(rows::signed(now))
        .fetch_optional(&mut **tx)
        .await
        .map_err(unavailable)?;
    let Some((id, intent, ends, claims, is_unsure, token)) = found else { return Ok(None) };
    let (ends, token) = (rows::unsigned(ends)?, rows::unsigned(token)?);
    Ok(Some((whole(id)?, QueuedRow { intent, ends, claims, is_unsure: is_unsure != 0, token })))
}

async fn remove(tx: &mut Tx, id: &ChallengeId) -> Result<(), StoreError> {
    let query = sqlx::query("DELETE FROM otpost_outbox WHERE id = ?").bind(id.as_bytes().to_vec());
    query.execute(&mut **tx).await.map(|_| ()).map_err(unavailable)
}
