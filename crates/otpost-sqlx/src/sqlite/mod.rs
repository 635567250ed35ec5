//! A store in SQLite.

mod in_memory;
mod limits;
mod outbox;
mod reports;
mod rows;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use otpost::async_trait;
use sqlx::{Sqlite, SqliteConnection, SqlitePool, Transaction};

use crate::sql::unavailable;
use otpost::clock::{Clock, SystemClock};
use otpost::store::state::{ChallengeState, Denied, millis};
use otpost::store::{
    Attempt, AttemptRule, ChallengeId, ChallengeStore, GoneReason, Mac, NewChallenge, Nonce,
    OpenRule, Opened, ResendRule, Resent, StoreError,
};

/// A store in SQLite 3.37 or later, over the application's pool. It is for one machine, and its
/// challenges survive a restart.
///
/// Each operation is one transaction that takes the write lock before it reads, so operations of
/// all processes run one after another. For a file, enable write-ahead logging and a busy timeout
/// (`SqliteConnectOptions::journal_mode`, `busy_timeout`). The minimum Rust version is that of
/// sqlx.
///
/// An in-memory database works with a pool of any size if the pool's connections share it, as with
/// `sqlite::memory:`. [`migrate`](Self::migrate) then keeps one connection open, because such a
/// database ends with its last connection.
///
/// Expired challenges, limits and messages of a delivery log stay in their tables until
/// [`sweep`](ChallengeStore::sweep) is called. Call it every few minutes.
///
/// # Examples
///
/// ```
/// use otpost_sqlx::SqliteStore;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = SqliteStore::new(sqlx::SqlitePool::connect("sqlite::memory:").await?);
/// store.migrate().await?;
/// # Ok(())
/// # }
/// ```
///
/// # Security
///
/// The clock is that of the operating system. Anyone who can set it back can extend the lifetime of
/// codes. With `synchronous = OFF`, a used code can become valid again after a power failure.
#[derive(Clone)]
pub struct SqliteStore {
    pool: SqlitePool,
    clock: Arc<dyn Clock>,
    /// The connection that keeps an in-memory database alive. No query uses it.
    held: Arc<Mutex<Option<SqliteConnection>>>,
}

type Tx = Transaction<'static, Sqlite>;

impl SqliteStore {
    /// The tables as SQL, for an application that creates them in its own migration.
    pub const SCHEMA: &'static str = include_str!("schema.sql");

    /// Creates a store over a pool.
    #[must_use]
    pub fn new(pool: SqlitePool) -> Self {
        Self { pool, clock: Arc::new(SystemClock), held: Arc::default() }
    }

    /// Replaces the clock. Defaults to [`SystemClock`].
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Creates the tables that do not exist yet.
    ///
    /// # Errors
    ///
    /// Returns a [`StoreError`] if the file cannot be written, or if the pool's connections do not
    /// share an in-memory database. The source then shows how to connect.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::raw_sql(Self::SCHEMA).execute(&mut *tx).await.map_err(unavailable)?;
        commit(tx).await?;
        // After the commit: another connection has to see the tables.
        if let Some(held) = in_memory::keep_alive(&self.pool).await? {
            *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(held);
        }
        Ok(())
    }

    async fn begin(&self) -> Result<Tx, StoreError> {
        // Without IMMEDIATE, the write lock is taken at the first write, so two transactions could
        // read the same state.
        self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(unavailable)
    }

    async fn open_in(
        tx: &mut Tx,
        now: u64,
        new: &NewChallenge,
        rule: &OpenRule,
    ) -> Result<Opened, StoreError> {
        let tag = new.id.recipient();
        let mut recipient = rows::recipient(tx, &tag).await?;
        let resend_in = match recipient.permit(now, rule) {
            Ok(resend_in) => resend_in,
            Err(Denied::Cooldown(wait)) => return Ok(Opened::Cooldown(wait)),
            Err(Denied::Locked(wait)) => return Ok(Opened::Locked(wait)),
            Err(Denied::Quota(wait)) => return Ok(Opened::Quota(wait)),
        };
        rows::put_recipient(tx, &tag, &recipient).await?;
        rows::add(tx, &new.id, &ChallengeState::new(new, now, rule)).await?;
        Ok(Opened::created(resend_in))
    }

    fn now(&self) -> u64 {
        // A clock before 1970 counts as 1970.
        let since = self.clock.now().duration_since(UNIX_EPOCH).unwrap_or_default();
        millis(since)
    }
}

async fn commit(tx: Tx) -> Result<(), StoreError> {
    tx.commit().await.map_err(unavailable)
}

#[async_trait]
impl ChallengeStore for SqliteStore {
    async fn open(&self, new: &NewChallenge, rule: &OpenRule) -> Result<Opened, StoreError> {
        let mut tx = self.begin().await?;
        let opened = Self::open_in(&mut tx, self.now(), new, rule).await?;
        // In all other cases nothing was written, and dropping the transaction ends it.
        if matches!(opened, Opened::Created { .. }) {
            commit(tx).await?;
        }
        Ok(opened)
    }

    async fn attempt(
        &self,
        id: &ChallengeId,
        guess: &Mac,
        nonce: Option<&Nonce>,
        rule: &AttemptRule,
    ) -> Result<Attempt, StoreError> {
        let mut tx = self.begin().await?;
        // Read the clock after the lock: waiting for it can take long, and a challenge may expire
        // meanwhile.
        let now = self.now();
        let Some(mut challenge) = rows::challenge(&mut tx, id, now).await? else {
            return Ok(Attempt::Gone(GoneReason::Absent));
        };
        let mut recipient = rows::recipient(&mut tx, &id.recipient()).await?;
        let answer = challenge.attempt(&mut recipient, now, guess, nonce, rule);
        // All other results change nothing. A repeated result writes the same rows again.
        if matches!(answer, Attempt::Accepted { .. } | Attempt::Wrong { .. }) {
            rows::put(&mut tx, id, &challenge).await?;
            rows::put_recipient(&mut tx, &id.recipient(), &recipient).await?;
            commit(tx).await?;
        }
        Ok(answer)
    }

    async fn resend(&self, id: &ChallengeId, rule: &ResendRule) -> Result<Resent, StoreError> {
        let mut tx = self.begin().await?;
        let now = self.now();
        let Some(mut challenge) = rows::challenge(&mut tx, id, now).await? else {
            return Ok(Resent::Gone(GoneReason::Absent));
        };
        let mut recipient = rows::recipient(&mut tx, &id.recipient()).await?;
        let answer = challenge.resend(&mut recipient, now, rule);
        if matches!(answer, Resent::Permitted { .. }) {
            rows::put(&mut tx, id, &challenge).await?;
            rows::put_recipient(&mut tx, &id.recipient(), &recipient).await?;
            commit(tx).await?;
        }
        Ok(answer)
    }

    async fn revoke(&self, id: &ChallengeId) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let now = self.now();
        let Some(mut challenge) = rows::challenge(&mut tx, id, now).await? else {
            return Ok(false);
        };
        let revoked = challenge.revoke();
        rows::put(&mut tx, id, &challenge).await?;
        commit(tx).await?;
        Ok(revoked)
    }

    async fn return_permit(&self, id: &ChallengeId, revokes: bool) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let now = self.now();
        let Some(mut challenge) = rows::challenge(&mut tx, id, now).await? else {
            return Ok(false);
        };
        let mut recipient = rows::recipient(&mut tx, &id.recipient()).await?;
        let is_returned = challenge.return_permit(&mut recipient, now, revokes);
        if is_returned {
            rows::put(&mut tx, id, &challenge).await?;
            rows::put_recipient(&mut tx, &id.recipient(), &recipient).await?;
            commit(tx).await?;
        }
        Ok(is_returned)
    }

    async fn reset(&self, recipient: &[u8; 8]) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        rows::remove_recipient(&mut tx, recipient).await?;
        commit(tx).await
    }

    async fn sweep(&self) -> Result<u64, StoreError> {
        let now = rows::signed(self.now());
        // Each statement is its own transaction, so that guesses can run in between.
        let swept = sqlx::query("DELETE FROM otpost_challenge WHERE expires <= ?")
            .bind(now)
            .execute(&self.pool)
            .await
            .map_err(unavailable)?
            .rows_affected();
        for old in [
            "DELETE FROM otpost_recipient WHERE ends <= ?",
            "DELETE FROM otpost_window WHERE ends <= ?",
            "DELETE FROM otpost_bucket WHERE ends <= ?",
            "DELETE FROM otpost_marker WHERE ends <= ?",
            "DELETE FROM otpost_outbox WHERE ends <= ?",
            "DELETE FROM otpost_report WHERE ends <= ?",
        ] {
            sqlx::query(old).bind(now).execute(&self.pool).await.map_err(unavailable)?;
        }
        Ok(swept)
    }

    async fn ping(&self) -> Result<(), StoreError> {
        // Reads no row and takes no lock to write, and fails without the table.
        let query = sqlx::query("SELECT count(*) FROM otpost_challenge WHERE 0");
        query.fetch_one(&self.pool).await.map_err(unavailable).map(drop)
    }

    fn is_shared(&self) -> bool {
        true
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").finish_non_exhaustive()
    }
}
