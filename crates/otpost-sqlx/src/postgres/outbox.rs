use std::time::Duration;

use otpost::async_trait;

use super::{PostgresStore, bytes, corrupt, millis, opened, opening, span};
use crate::sql::whole;
use otpost::store::{
    ChallengeId, Claim, Finish, Intent, NewChallenge, OpenRule, Opened, OutboxStore, QueueTag,
    Salt, StoreError,
};

#[async_trait]
impl OutboxStore for PostgresStore {
    async fn open_queued(
        &self,
        new: &NewChallenge,
        rule: &OpenRule,
        queue: &QueueTag,
        intent: &Intent,
    ) -> Result<Opened, StoreError> {
        const SQL: &str = "SELECT otpost_open_queued(\
            $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
        let answer = self
            .run(|| {
                let query = sqlx::query_scalar(SQL)
                    .bind(queue.as_bytes().to_vec())
                    .bind(intent.as_bytes().to_vec())
                    // The whole id, because the number of the pepper's key in it is needed to
                    // derive the code.
                    .bind(new.id.as_bytes().to_vec());
                opening(query, new, rule)
            })
            .await?;
        opened(answer)
    }

    async fn queue(
        &self,
        id: &ChallengeId,
        queue: &QueueTag,
        intent: &Intent,
        lifetime: Duration,
    ) -> Result<Option<Intent>, StoreError> {
        let query = || {
            sqlx::query_scalar("SELECT otpost_queue($1, $2, $3, $4)")
                .bind(id.as_bytes().to_vec())
                .bind(queue.as_bytes().to_vec())
                .bind(intent.as_bytes().to_vec())
                .bind(millis(lifetime))
        };
        let unsent: Option<Vec<u8>> = self.run(query).await?;
        Ok(unsent.map(Intent::new))
    }

    async fn claim(
        &self,
        queue: &QueueTag,
        lease: Duration,
        least_left: Duration,
    ) -> Result<Option<Claim>, StoreError> {
        const SQL: &str = "SELECT otpost_claim($1, $2, $3)";
        type Row = (
            Option<Vec<u8>>,
            Option<Vec<u8>>,
            Option<i64>,
            Option<Vec<u8>>,
            Option<bool>,
            Option<i64>,
        );
        let query = || {
            sqlx::query_scalar(SQL)
                .bind(queue.as_bytes().to_vec())
                .bind(millis(lease))
                .bind(millis(least_left))
        };
        let (id, salt, expires_in, intent, is_repeated, token): Row = self.run(query).await?;
        let Some(id) = id else { return Ok(None) };
        let (Some(intent), Some(is_repeated), Some(token)) = (intent, is_repeated, token) else {
            return Err(corrupt());
        };
        Ok(Some(Claim::new(
            whole(id)?,
            *queue,
            salt.map(|salt| bytes(Some(salt)).map(Salt::new)).transpose()?,
            span(expires_in)?,
            Intent::new(intent),
            is_repeated,
            u64::try_from(token).map_err(|_| corrupt())?,
        )))
    }

    async fn finish(&self, claim: &Claim, how: Finish) -> Result<bool, StoreError> {
        let after = match how {
            Finish::Again(after) | Finish::Unknown(after) => Some(millis(after)),
            Finish::Done => None,
        };
        let token = i64::try_from(claim.token).map_err(|_| corrupt())?;
        let query = || {
            sqlx::query_scalar("SELECT otpost_finish($1, $2, $3, $4)")
                .bind(claim.id.as_bytes().to_vec())
                .bind(token)
                .bind(after)
                .bind(matches!(how, Finish::Unknown(_)))
        };
        self.run(query).await
    }
}
