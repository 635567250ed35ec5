//! SQLite: in memory, and as a file with several connections.

use std::sync::Arc;
use std::time::Duration;

use otpost::store::{
    Attempt, ChallengeStore, CounterTag, GiveKind, GoneReason, Limit, LimitStore, Settlement,
    StoreErrorKind,
};
use otpost::testing::ManualClock;
use otpost_sqlx::SqliteStore;
use otpost_testing::{OutboxConformance, StoreConformance};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use super::faults::{fails_closed, loses_nothing};
use super::limit_model::limits_are_like_memory;
use super::model::is_like_memory;
use super::none;
use super::queued::queue_replaces_an_earlier_intent;
use super::reported::reports_reach_other_processes;
use super::shared::{
    challenge, five_guesses, five_messages, free, one_success, patient, races, random, rounds,
    whole_flow,
};
use super::tenants::tenants_are_apart;
use crate::challenges::LOGIN;
use crate::scale::cases;

async fn in_memory() -> SqlitePool {
    // A database in memory is one connection's.
    SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await.unwrap()
}

/// All its answers, at all times, are those of the store in this process.
#[tokio::test]
async fn sqlite_is_like_memory() {
    let clock = ManualClock::at(1_700_000_000);
    let store = SqliteStore::new(in_memory().await).with_clock(clock.clone());
    store.migrate().await.unwrap();
    let alike = is_like_memory(&store, 0..500, async |by| clock.advance(by)).await;
    alike.unwrap();
}

#[tokio::test]
async fn limits_of_sqlite_are_like_memory() {
    let clock = ManualClock::at(1_700_000_000);
    let store = SqliteStore::new(in_memory().await).with_clock(clock.clone());
    store.migrate().await.unwrap();
    let alike = limits_are_like_memory(&store, 0..300, async |by| clock.advance(by)).await;
    alike.unwrap();
}

/// As the documentation connects, with as many connections as a pool has by default.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_in_memory_works_over_many_connections() {
    let pool = SqlitePool::connect("sqlite::memory:").await.unwrap();
    assert!(pool.options().get_max_connections() > 1);
    let store = SqliteStore::new(pool.clone());
    store.migrate().await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..200 {
        let store = store.clone();
        tasks.spawn(async move {
            let new = challenge(5);
            let _ = store.open(&new, &free()).await?;
            store.attempt(&new.id, &new.mac, None, &patient()).await
        });
    }
    while let Some(done) = tasks.join_next().await {
        let accepted = done.unwrap().unwrap();
        assert!(matches!(accepted, Attempt::Accepted { .. }), "{accepted:?}");
    }
    assert!(pool.size() > 1, "one connection did it all");
    five_guesses(Arc::new(store.clone()), 20, 10).await;
    // The pool closes what is idle; the database stays.
    let new = challenge(5);
    let _ = store.open(&new, &free()).await.unwrap();
    let mut held = Vec::new();
    for _ in 0..pool.size() {
        held.push(pool.acquire().await.unwrap());
    }
    for connection in held {
        connection.close().await.unwrap();
    }
    assert_eq!(pool.size(), 0);
    let accepted = store.attempt(&new.id, &new.mac, None, &patient()).await.unwrap();
    assert!(matches!(accepted, Attempt::Accepted { .. }), "{accepted:?}");
}

/// A database that each connection has for itself would lose most of what is stored, so it is refused in words that say what to write.
#[tokio::test]
async fn sqlite_refuses_a_database_for_each_connection() {
    const PRIVATE: &str = "sqlite::memory:?cache=private";
    let pool = SqlitePool::connect(PRIVATE).await.unwrap();
    let error = SqliteStore::new(pool).migrate().await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("SqlitePool::connect(\"sqlite::memory:\")"), "{source}");
    // One connection that is never closed is one database.
    let one = SqlitePoolOptions::new().max_connections(1);
    let pool = one.clone().connect(PRIVATE).await.unwrap();
    assert!(SqliteStore::new(pool).migrate().await.is_err());
    let lasting = one.idle_timeout(None).max_lifetime(None);
    let store = SqliteStore::new(lasting.connect(PRIVATE).await.unwrap());
    store.migrate().await.unwrap();
    let _ = store.open(&challenge(5), &free()).await.unwrap();
}

struct File(std::path::PathBuf);

impl File {
    fn new() -> Self {
        let name = format!("otpost-sqlite-{:x}.db", u64::from_le_bytes(random()));
        Self(std::env::temp_dir().join(name))
    }

    async fn pool(&self, connections: u32) -> SqlitePool {
        let options = SqliteConnectOptions::new()
            .filename(&self.0)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(Duration::from_secs(60));
        let pool = SqlitePoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(Duration::from_secs(120));
        pool.connect_with(options).await.unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm"] {
            let mut name = self.0.clone().into_os_string();
            name.push(end);
            let _ = std::fs::remove_file(name);
        }
    }
}

#[tokio::test]
async fn sqlite_in_memory_does_what_a_store_does() {
    let clock = ManualClock::at(1_700_000_000);
    let store = SqliteStore::new(in_memory().await).with_clock(clock.clone());
    store.migrate().await.unwrap();
    store.migrate().await.unwrap();
    let suite = StoreConformance::new(store).with_passing_time(move |time| {
        clock.advance(time);
        async {}
    });
    none(&suite.run().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_does_what_a_store_does() {
    let file = File::new();
    let store = SqliteStore::new(file.pool(4).await);
    store.migrate().await.unwrap();
    none(&StoreConformance::new(store.clone()).run().await);
    none(&OutboxConformance::new(store.clone()).run().await);
    reports_reach_other_processes(store.clone()).await;
    queue_replaces_an_earlier_intent(&store).await;
    one_success(Arc::new(store.clone()), races()).await;
    five_guesses(Arc::new(store.clone()), rounds(2, 100), 100).await;
    five_guesses(Arc::new(store.clone()), rounds(25, 1_000), 4).await;
    five_messages(store.clone()).await;
    fails_closed(store.clone(), false).await.unwrap();
    loses_nothing(store.clone(), false).await.unwrap();
    whole_flow(store.clone()).await;
    tenants_are_apart(store).await;
}

#[tokio::test]
async fn what_was_acknowledged_is_there_for_the_next_process() {
    let file = File::new();
    let (used, waits) = (challenge(5), challenge(5));
    let pool = file.pool(1).await;
    let store = SqliteStore::new(pool.clone());
    store.migrate().await.unwrap();
    for new in [&used, &waits] {
        let _ = store.open(new, &free()).await.unwrap();
    }
    let _ = store.attempt(&used.id, &used.mac, None, &patient()).await.unwrap();
    pool.close().await;
    let error = store.attempt(&used.id, &used.mac, None, &patient()).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    let store = SqliteStore::new(file.pool(1).await);
    let seen = store.attempt(&used.id, &used.mac, None, &patient()).await.unwrap();
    assert_eq!(seen, Attempt::Gone(GoneReason::Used));
    let seen = store.attempt(&waits.id, &waits.mac, None, &patient()).await.unwrap();
    assert_eq!(seen, Attempt::accepted(false));
}

/// S11.
#[tokio::test]
async fn what_is_broken_lets_nobody_in() {
    let pool = in_memory().await;
    let store = SqliteStore::new(pool.clone());
    store.migrate().await.unwrap();
    for sql in [
        "UPDATE otpost_challenge SET mac = x'00'",
        "UPDATE otpost_challenge SET attempts = -1",
        "UPDATE otpost_challenge SET attempts = 70000",
        "UPDATE otpost_challenge SET state = 4",
        "UPDATE otpost_recipient SET failures = -5",
        "UPDATE otpost_recipient SET locks = 999",
    ] {
        let new = challenge(5);
        let _ = store.open(&new, &free()).await.unwrap();
        sqlx::query(sql).execute(&pool).await.unwrap();
        let seen = store.attempt(&new.id, &new.mac, None, &patient()).await;
        assert_eq!(seen.unwrap_err().kind(), StoreErrorKind::Corrupt, "{sql}");
        sqlx::query("DELETE FROM otpost_challenge").execute(&pool).await.unwrap();
    }
    // The table takes no text where a number belongs.
    let text = sqlx::query("UPDATE otpost_recipient SET failures = 'none'").execute(&pool).await;
    assert!(text.is_err());
    let minute = Duration::from_secs(60);
    let limits = [
        Limit::window(CounterTag::new(random()), 5, minute),
        Limit::bucket(CounterTag::new(random()), 5, minute),
    ];
    let (window, bucket) = ("UPDATE otpost_window SET ", "UPDATE otpost_bucket SET ");
    for (at, table, column) in [
        (0, window, "slot = -1"),
        (0, window, "counts = x''"),
        (0, window, "counts = zeroblob(13)"),
        (0, window, "counts = zeroblob(16)"),
        (1, bucket, "slot = -1"),
        (1, bucket, "full_at = -1"),
        (1, bucket, "successes = zeroblob(14)"),
        (1, bucket, "successes = zeroblob(32)"),
    ] {
        let _ = store.reserve(&limits, &[]).await.unwrap();
        let sql = sqlx::AssertSqlSafe(format!("{table}{column}"));
        sqlx::query(sql).execute(&pool).await.unwrap();
        let error = store.reserve(&limits, &[]).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{column}");
        let settlement = Settlement::new(vec![limits[at].give(GiveKind::NotSent)], Vec::new());
        let error = store.settle(&settlement).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{column}");
        sqlx::query("DELETE FROM otpost_window").execute(&pool).await.unwrap();
        sqlx::query("DELETE FROM otpost_bucket").execute(&pool).await.unwrap();
    }
}

/// S13: the file itself.
#[tokio::test]
async fn its_file_holds_no_code() {
    use otpost::challenge::{Challenges, Client, Limits, Pepper};
    let file = File::new();
    let pool = file.pool(1).await;
    let store = SqliteStore::new(pool.clone());
    store.migrate().await.unwrap();
    let phone = otpost::testing::RecordingProvider::new();
    let challenges = Challenges::builder(Pepper::random().unwrap())
        .app("Acme")
        .provider(phone.clone())
        .store(store)
        .store_timeout(None)
        .any_region()
        .limits(Limits::none())
        .build()
        .unwrap();
    for at in 0..cases("OTPOST_CODES", 1_000, 10_000) {
        let to = otpost::PhoneNumber::parse(&format!("+4179{at:07}")).unwrap();
        let _ = challenges.issue(&to, LOGIN, Client::Internal).await.unwrap();
    }
    pool.close().await;
    super::shared::holds_no_code(&std::fs::read(&file.0).unwrap(), &phone.messages());
}
