//! A store in PostgreSQL.

mod limits;
mod outbox;
mod reports;

use std::fmt;
use std::time::Duration;

use otpost::async_trait;
use sqlx::PgPool;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::QueryScalar;
use sqlx::{FromRow, Postgres};

use crate::sql::{corrupt, gone, unavailable};
use otpost::store::{
    Attempt, AttemptRule, ChallengeId, ChallengeStore, Mac, NewChallenge, Nonce, OpenRule, Opened,
    ResendRule, Resent, Salt, StoreError, StoreErrorKind,
};

/// The maximum number of tries of an operation that conflicts with other transactions. With each
/// conflict, another transaction has succeeded.
const TRIES: usize = 200;
/// The number of rows of a table that a sweep removes per statement.
const BATCH: i32 = 5_000;

/// A store in PostgreSQL 12 or later, over the application's pool.
///
/// Each operation is one statement, which calls a function of the [`SCHEMA`](Self::SCHEMA). The
/// database's clock decides. A result is durable when it is returned, unless the server is
/// configured otherwise (`synchronous_commit`). The minimum Rust version is that of sqlx.
///
/// Expired challenges, limits and messages of a delivery log stay in their tables until
/// [`sweep`](ChallengeStore::sweep) is called. Call it every few minutes.
///
/// # Examples
///
/// ```no_run
/// use otpost_sqlx::PostgresStore;
///
/// # async fn connect() -> Result<(), Box<dyn std::error::Error>> {
/// let pool = sqlx::PgPool::connect("postgres://localhost/acme").await?;
/// let store = PostgresStore::new(pool);
/// store.migrate().await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// The timeouts of the pool limit the time to wait for a connection. Set `statement_timeout` to
/// limit the time of a statement.
///
/// # Security
///
/// The store uses its own connections of the pool, never the application's transaction. A wrong
/// guess therefore counts even if the application rolls back. At isolation levels above `READ
/// COMMITTED`, an operation that conflicts with another is retried.
#[derive(Clone)]
pub struct PostgresStore {
    pool: PgPool,
}

type Query<'q, T> = QueryScalar<'q, Postgres, T, PgArguments>;

impl PostgresStore {
    /// The tables and functions as SQL, for an application that creates them in its own migration.
    /// Running it again keeps all data.
    pub const SCHEMA: &'static str = concat!(
        include_str!("schema.sql"),
        include_str!("challenges.sql"),
        include_str!("limits.sql"),
        include_str!("outbox.sql"),
        include_str!("reports.sql"),
        include_str!("sweep.sql"),
    );

    /// Creates a store over a pool.
    #[must_use]
    pub const fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// Creates the tables and functions, and replaces functions of another version. Any number of
    /// processes may call it at once.
    ///
    /// # Errors
    ///
    /// Returns a [`StoreError`] if the user may not create tables, or if the database is
    /// unavailable.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await.map_err(unavailable)?;
        // Two migrations at once would both find no tables, and one would fail.
        let lock = sqlx::query("SELECT pg_advisory_xact_lock(7308895141907)");
        lock.execute(&mut *transaction).await.map_err(unavailable)?;
        // A prepared query can have one statement only, and the schema has many.
        sqlx::raw_sql(Self::SCHEMA).execute(&mut *transaction).await.map_err(unavailable)?;
        transaction.commit().await.map_err(unavailable)
    }

    /// Calls a function, and retries it after a conflict with another transaction.
    ///
    /// The query is `SELECT f()`, which returns a record. `SELECT … FROM f()` would first
    /// materialize its one row.
    async fn run<T>(&self, query: impl Fn() -> Query<'static, T>) -> Result<T, StoreError>
    where
        T: Send + Unpin,
        (T,): Send + Unpin + for<'r> FromRow<'r, PgRow>,
    {
        // A conflict rolls the transaction back, so a retry counts nothing twice. Executing a query
        // consumes it, so each try builds its own.
        for _ in 0..TRIES {
            match query().fetch_one(&self.pool).await {
                Err(sqlx::Error::Database(error))
                    // SQLSTATE of a serialization failure and of a deadlock.
                    if matches!(error.code().as_deref(), Some("40001" | "40P01")) => {}
                // `data_corrupted`, which the functions raise for rows that they have not written.
                Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("XX001") => {
                    return Err(corrupt());
                }
                // The id of a new challenge exists already.
                Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                    return Err(corrupt());
                }
                answer => return answer.map_err(unavailable),
            }
        }
        Err(StoreError::new(StoreErrorKind::Unavailable)
            .with_source("too many conflicts with other transactions"))
    }
}

fn opening<T>(query: Query<'static, T>, new: &NewChallenge, rule: &OpenRule) -> Query<'static, T> {
    let query = query
        .bind(new.id.place().to_vec())
        .bind(new.mac.as_bytes().to_vec())
        .bind(new.salt.as_bytes().to_vec())
        .bind(new.binding.as_bytes().to_vec())
        .bind(i32::from(new.attempts))
        .bind(millis(rule.lifetime));
    sending(query, rule)
}

fn opened((what, wait): (Option<i32>, Option<i64>)) -> Result<Opened, StoreError> {
    Ok(match what {
        Some(1) => Opened::created(span(wait)?),
        Some(2) => Opened::Cooldown(span(wait)?),
        Some(3) => Opened::Quota(span(wait)?),
        Some(4) => Opened::Locked(span(wait)?),
        _ => return Err(corrupt()),
    })
}

fn sending<T>(query: Query<'static, T>, rule: &OpenRule) -> Query<'static, T> {
    query
        .bind(millis(rule.cooldown))
        .bind(millis(rule.longest_cooldown))
        .bind(i32::from(rule.window.most))
        .bind(millis(rule.window.span))
}

/// Converts a duration to milliseconds, at most 2^51: far longer than any useful duration, and
/// small enough that sums do not overflow.
fn millis(span: Duration) -> i64 {
    const LONGEST: u128 = 1 << 51;
    i64::try_from(span.as_millis().min(LONGEST)).unwrap_or(1 << 51)
}

fn span(millis: Option<i64>) -> Result<Duration, StoreError> {
    let millis = millis.and_then(|millis| u64::try_from(millis).ok());
    millis.map(Duration::from_millis).ok_or_else(corrupt)
}

fn bytes<const N: usize>(bytes: Option<Vec<u8>>) -> Result<[u8; N], StoreError> {
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(corrupt)
}

#[async_trait]
impl ChallengeStore for PostgresStore {
    async fn open(&self, new: &NewChallenge, rule: &OpenRule) -> Result<Opened, StoreError> {
        const SQL: &str = "SELECT otpost_open($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        opened(self.run(|| opening(sqlx::query_scalar(SQL), new, rule)).await?)
    }

    async fn attempt(
        &self,
        id: &ChallengeId,
        guess: &Mac,
        nonce: Option<&Nonce>,
        rule: &AttemptRule,
    ) -> Result<Attempt, StoreError> {
        const SQL: &str = "SELECT otpost_attempt($1, $2, $3, $4, $5, $6, $7)";
        // All values are NULL if the function found invalid data. That is an error below.
        let (what, number): (Option<i32>, Option<i64>) = self
            .run(|| {
                sqlx::query_scalar(SQL)
                    .bind(id.place().to_vec())
                    .bind(guess.as_bytes().to_vec())
                    .bind(nonce.map(|nonce| nonce.as_bytes().to_vec()))
                    .bind(i32::from(rule.failures))
                    .bind(millis(rule.lock))
                    .bind(millis(rule.longest_lock))
                    .bind(millis(rule.memory))
            })
            .await?;
        Ok(match (what, what.and_then(gone)) {
            (_, Some(why)) => Attempt::Gone(why),
            (Some(20), _) => Attempt::accepted(number == Some(1)),
            (Some(21), _) => {
                let left = number.and_then(|left| u16::try_from(left).ok());
                Attempt::wrong(left.ok_or_else(corrupt)?)
            }
            (Some(22), _) => Attempt::Locked(span(number)?),
            _ => return Err(corrupt()),
        })
    }

    async fn resend(&self, id: &ChallengeId, rule: &ResendRule) -> Result<Resent, StoreError> {
        const SQL: &str = "SELECT otpost_resend($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        type Row = (Option<i32>, Option<i64>, Option<i64>, Option<Vec<u8>>);
        let (salt, mac) = rule.rotate.map_or((None, None), |(salt, mac)| {
            (Some(salt.as_bytes().to_vec()), Some(mac.as_bytes().to_vec()))
        });
        let (what, wait, expires_in, salt): Row = self
            .run(|| {
                let query = sqlx::query_scalar(SQL)
                    .bind(id.place().to_vec())
                    .bind(millis(rule.least_left))
                    .bind(rule.binding.as_bytes().to_vec())
                    .bind(salt.clone())
                    .bind(mac.clone());
                sending(query, &rule.send)
            })
            .await?;
        Ok(match (what, what.and_then(gone)) {
            (_, Some(why)) => Resent::Gone(why),
            (Some(1), _) => {
                Resent::permitted(Salt::new(bytes(salt)?), span(expires_in)?, span(wait)?)
            }
            (Some(2), _) => Resent::Cooldown(span(wait)?),
            (Some(3), _) => Resent::Quota(span(wait)?),
            (Some(4), _) => Resent::Locked(span(wait)?),
            (Some(5), _) => Resent::OtherBinding,
            _ => return Err(corrupt()),
        })
    }

    async fn revoke(&self, id: &ChallengeId) -> Result<bool, StoreError> {
        let query = || sqlx::query_scalar("SELECT otpost_revoke($1)").bind(id.place().to_vec());
        self.run(query).await
    }

    async fn return_permit(&self, id: &ChallengeId, revokes: bool) -> Result<bool, StoreError> {
        const SQL: &str = "SELECT otpost_return_permit($1, $2)";
        self.run(|| sqlx::query_scalar(SQL).bind(id.place().to_vec()).bind(revokes)).await
    }

    async fn reset(&self, recipient: &[u8; 8]) -> Result<(), StoreError> {
        let query = || sqlx::query_scalar("SELECT otpost_reset($1)").bind(recipient.to_vec());
        self.run(query).await.map(|_: bool| ())
    }

    async fn sweep(&self) -> Result<u64, StoreError> {
        let mut swept = 0_u64;
        loop {
            let query = || sqlx::query_scalar("SELECT otpost_sweep($1)").bind(BATCH);
            let (removed, is_done): (i64, bool) = self.run(query).await?;
            swept = swept.saturating_add(u64::try_from(removed).unwrap_or_default());
            // In batches, so that no statement holds its locks for long.
            if is_done {
                return Ok(swept);
            }
        }
    }

    async fn ping(&self) -> Result<(), StoreError> {
        // Reads no row, and fails without the table or the right to read it.
        let query = || sqlx::query_scalar("SELECT count(*) FROM otpost_challenge WHERE false");
        self.run(query).await.map(|_: i64| ())
    }

    fn is_shared(&self) -> bool {
        true
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").finish_non_exhaustive()
    }
}
