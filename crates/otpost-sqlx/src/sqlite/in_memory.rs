//! In-memory databases, which exist as long as a connection to them is open.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection, SqlitePool};

use crate::sql::unavailable;
use otpost::store::{StoreError, StoreErrorKind};

/// The error text, which shows how to connect instead.
const INSTEAD: &str = "each connection of the pool has its own in-memory database: connect with \
    `SqlitePool::connect(\"sqlite::memory:\")`, or with one connection that is never closed, \
    `SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None)`";

/// Keeps an in-memory database alive, after the tables were created over one connection of the
/// pool.
///
/// Returns a connection to hold, or `None` if none is needed. A pool closes idle connections, and
/// an in-memory database ends with its last connection.
///
/// # Errors
///
/// Returns a [`StoreError`] if the pool's connections do not share the in-memory database.
pub(super) async fn keep_alive(pool: &SqlitePool) -> Result<Option<SqliteConnection>, StoreError> {
    // Hold this connection to the end: a second one can see the tables only while the one that
    // created them is open.
    let mut first = pool.acquire().await.map_err(unavailable)?;
    if is_file(&mut first).await? {
        return Ok(None);
    }
    let options: &SqliteConnectOptions = &pool.connect_options();
    let mut second = options.connect().await.map_err(unavailable)?;
    if has_tables(&mut second).await? {
        return Ok(Some(second));
    }
    second.close().await.map_err(unavailable)?;
    let pool = pool.options();
    let is_closed = pool.get_idle_timeout().is_some() || pool.get_max_lifetime().is_some();
    if pool.get_max_connections() > 1 || is_closed {
        return Err(StoreError::new(StoreErrorKind::Unavailable).with_source(INSTEAD));
    }
    Ok(None)
}

async fn is_file(connection: &mut SqliteConnection) -> Result<bool, StoreError> {
    // In-memory and temporary databases have no file name.
    const SQL: &str =
        "SELECT coalesce(file, '') <> '' FROM pragma_database_list WHERE name = 'main'";
    sqlx::query_scalar(SQL).fetch_one(connection).await.map_err(unavailable)
}

async fn has_tables(connection: &mut SqliteConnection) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT count(*) > 0 FROM sqlite_schema WHERE name = 'otpost_challenge'";
    sqlx::query_scalar(SQL).fetch_one(connection).await.map_err(unavailable)
}
