use std::time::Duration;

use otpost::async_trait;

use super::{SqliteStore, Tx, commit, rows};
use crate::sql::{corrupt, unavailable, whole};
use otpost::store::state::millis;
use otpost::store::{
    ChallengeId, Claim, Intent, NewChallenge, OpenRule, Opened, OutboxStore, QueueTag, Settle,
    StoreError,
};

#[async_trait]
impl OutboxStore for SqliteStore {
    async fn open_queued(
        &self,
        new: &NewChallenge,
        rule: &OpenRule,
        queue: &QueueTag,
        intent: &Intent,
    ) -> Result<Opened, StoreError> {
        const SQL: &str = "INSERT INTO otpost_outbox (id, queue, intent, due, claims, token) VALUES (?, ?, ?, ?, 0, 0)";
        let mut tx = self.begin().await?;
        let now = self.now();
        let opened = Self::open_in(&mut tx, now, new, rule).await?;
        if matches!(opened, Opened::Created { .. }) {
            let query = sqlx::query(SQL)
                .bind(new.id.as_bytes().to_vec())
                .bind(queue.as_bytes().to_vec())
                .bind(intent.as_bytes().to_vec())
                .bind(rows::signed(now));
            query.execute(&mut *tx).await.map_err(unavailable)?;
            commit(tx).await?;
        }
        Ok(opened)
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
        while let Some((id, intent, claims, token)) = due(&mut tx, queue, now).await? {
            let found = rows::challenge(&mut tx, &id, now).await?.filter(|challenge| {
                let least = now.saturating_add(millis(least_left));
                challenge.gone.is_none() && challenge.expires > least
            });
            // After two claims without a result, the message may have been sent twice already.
            let Some(challenge) = found.filter(|_| claims < 2) else {
                remove(&mut tx, &id).await?;
                continue;
            };
            let query = sqlx::query(TAKE)
                .bind(rows::signed(now.saturating_add(millis(lease))))
                .bind(id.as_bytes().to_vec());
            query.execute(&mut *tx).await.map_err(unavailable)?;
            commit(tx).await?;
            let expires_in = Duration::from_millis(challenge.expires.saturating_sub(now));
            let token = token.checked_add(1).ok_or_else(corrupt)?;
            let intent = Intent::new(intent);
            let (salt, is_repeated) = (challenge.salt, claims > 0);
            let claim = Claim::new(id, *queue, salt, expires_in, intent, is_repeated, token);
            return Ok(Some(claim));
        }
        // Keep the removals.
        commit(tx).await?;
        Ok(None)
    }

    async fn settle(&self, claim: &Claim, how: Settle) -> Result<bool, StoreError> {
        const DONE: &str = "DELETE FROM otpost_outbox WHERE id = ? AND token = ?";
        // Numbered parameters, because both statements bind the id and the token first.
        const AGAIN: &str = "UPDATE otpost_outbox SET claims = 0, token = token + 1, due = ?3 \
            WHERE id = ?1 AND token = ?2";
        let (sql, due) = match how {
            Settle::Done => (DONE, None),
            Settle::Again(after) => (AGAIN, Some(self.now().saturating_add(millis(after)))),
        };
        let query = sqlx::query(sql)
            .bind(claim.id.as_bytes().to_vec())
            .bind(i64::try_from(claim.token).map_err(|_| corrupt())?);
        let query = match due {
            Some(due) => query.bind(rows::signed(due)),
            None => query,
        };
        // One statement is atomic by itself. It changes nothing if another worker has the intent
        // now.
        let settled = query.execute(&self.pool).await.map_err(unavailable)?;
        Ok(settled.rows_affected() == 1)
    }
}

/// Returns the first intent of a queue that is due.
async fn due(
    tx: &mut Tx,
    queue: &QueueTag,
    now: u64,
) -> Result<Option<(ChallengeId, Vec<u8>, i64, u64)>, StoreError> {
    const SQL: &str = "SELECT id, intent, claims, token FROM otpost_outbox \
        WHERE queue = ? AND due <= ? ORDER BY due LIMIT 1";
    let found: Option<(Vec<u8>, Vec<u8>, i64, i64)> = sqlx::query_as(SQL)
        .bind(queue.as_bytes().to_vec())
        .bind(rows::signed(now))
        .fetch_optional(&mut **tx)
        .await
        .map_err(unavailable)?;
    let Some((id, intent, claims, token)) = found else { return Ok(None) };
    Ok(Some((whole(id)?, intent, claims, u64::try_from(token).map_err(|_| corrupt())?)))
}

async fn remove(tx: &mut Tx, id: &ChallengeId) -> Result<(), StoreError> {
    let query = sqlx::query("DELETE FROM otpost_outbox WHERE id = ?").bind(id.as_bytes().to_vec());
    query.execute(&mut **tx).await.map(|_| ()).map_err(unavailable)
}
