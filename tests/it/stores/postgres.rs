//! PostgreSQL: a real server, at three levels of isolation, and killed under load.

use std::sync::Arc;
use std::time::Duration;

use otpost::store::{Attempt, ChallengeStore, GoneReason, Opened, ResendRule, StoreErrorKind};
use otpost_sqlx::PostgresStore;
use otpost_testing::{OutboxConformance, StoreConformance};
use sqlx::postgres::{PgPool, PgPoolOptions};
use tokio::task::JoinSet;

use super::faults::{fails_closed, loses_nothing};
use super::none;
use super::queued::queue_replaces_an_earlier_intent;
use super::reported::reports_reach_other_processes;
use super::shared::{
    challenge, die_under_load, five_guesses, five_messages, free, one_success, patient, races,
    rounds, whole_flow,
};
use super::tenants::tenants_are_apart;
use crate::challenges::LOGIN;
use crate::scale::cases;
use otpost_test_servers::postgres::Postgres;

/// What a test of behaviour does not need, and what makes it fast: a killed process loses nothing by it.
pub(super) const FAST: [&str; 2] = ["fsync=off", "full_page_writes=off"];

pub(super) async fn pool(server: &Postgres) -> PgPool {
    pool_waiting(server, 60).await
}

/// A pool that waits so many seconds for a connection.
async fn pool_waiting(server: &Postgres, seconds: u64) -> PgPool {
    let timeout = Duration::from_secs(seconds);
    let options = PgPoolOptions::new().max_connections(20).acquire_timeout(timeout);
    options.connect(&server.url()).await.unwrap()
}

async fn migrated(server: &Postgres) -> PostgresStore {
    let store = PostgresStore::new(pool(server).await);
    store.migrate().await.unwrap();
    store
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_does_what_a_store_does() {
    let server = Postgres::start(&FAST).unwrap();
    // Many processes start at the same time.
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let store = PostgresStore::new(pool(&server).await);
        tasks.spawn(async move { store.migrate().await });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap().unwrap();
    }
    let store = migrated(&server).await;
    queue_replaces_an_earlier_intent(&store).await;
    one_success(Arc::new(store.clone()), races()).await;
    five_guesses(Arc::new(store.clone()), rounds(3, 100), 100).await;
    five_guesses(Arc::new(store.clone()), rounds(25, 1_000), 4).await;
    five_messages(store.clone()).await;
    fails_closed(store.clone(), false).await.unwrap();
    loses_nothing(store.clone(), false).await.unwrap();
    whole_flow(store.clone()).await;
    tenants_are_apart(store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_does_so_at_each_level_of_isolation() {
    // The suites wait most of the time, so the three wait together.
    let mut levels = JoinSet::new();
    for (level, rounds) in
        [("read committed", 1), ("repeatable read", races()), ("serializable", 5)]
    {
        levels.spawn(async move {
            let setting = format!("default_transaction_isolation={level}");
            let server = Postgres::start(&[FAST[0], FAST[1], &setting]).unwrap();
            let store = migrated(&server).await;
            none(&StoreConformance::new(store.clone()).run().await);
            none(&OutboxConformance::new(store.clone()).run().await);
            reports_reach_other_processes(store.clone()).await;
            one_success(Arc::new(store.clone()), rounds).await;
            five_guesses(Arc::new(store), 5, 4).await;
        });
    }
    while let Some(done) = levels.join_next().await {
        done.unwrap();
    }
}

/// S4: the application's transaction is rolled back, and the wrong guess counts all the same.
#[tokio::test]
async fn a_rollback_of_the_application_gives_no_guess_back() {
    let server = Postgres::start(&FAST).unwrap();
    let pool = pool(&server).await;
    let store = PostgresStore::new(pool.clone());
    store.migrate().await.unwrap();
    let (new, other) = (challenge(5), challenge(5));
    let _ = store.open(&new, &free()).await.unwrap();
    let transaction = pool.begin().await.unwrap();
    let seen = store.attempt(&new.id, &other.mac, None, &patient()).await.unwrap();
    assert_eq!(seen, Attempt::wrong(4));
    transaction.rollback().await.unwrap();
    let seen = store.attempt(&new.id, &other.mac, None, &patient()).await.unwrap();
    assert_eq!(seen, Attempt::wrong(3));
}

/// A table of the same name that comes earlier in the path of a connection, or a temporary one, is not used.
#[tokio::test]
async fn postgres_functions_find_their_own_tables() {
    const SHADOWS: &str = "CREATE SCHEMA earlier; \
        CREATE TABLE earlier.otpost_challenge (LIKE public.otpost_challenge INCLUDING ALL); \
        CREATE TABLE earlier.otpost_recipient (LIKE public.otpost_recipient INCLUDING ALL);";
    const TEMPORARY: &str =
        "CREATE TEMPORARY TABLE otpost_challenge (LIKE public.otpost_challenge INCLUDING ALL)";
    let server = Postgres::start(&FAST).unwrap();
    let _ = migrated(&server).await;
    let pool = pool(&server).await;
    sqlx::raw_sql(SHADOWS).execute(&pool).await.unwrap();
    // The naive schema is the same without the settings of the functions.
    let naive = PostgresStore::SCHEMA.replace("SET search_path FROM CURRENT", "");
    for (schema, is_safe) in [(PostgresStore::SCHEMA.to_owned(), true), (naive, false)] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(schema)).execute(&pool).await.unwrap();
        let path: String = sqlx::query_scalar("SHOW search_path").fetch_one(&pool).await.unwrap();
        assert_eq!(path, "\"$user\", public", "the path of before comes back");
        sqlx::query("DELETE FROM public.otpost_challenge").execute(&pool).await.unwrap();
        let one = PgPoolOptions::new().max_connections(1).connect(&server.url()).await.unwrap();
        let store = PostgresStore::new(one.clone());
        for words in ["SET search_path = earlier, public", "SET search_path = public", TEMPORARY] {
            sqlx::raw_sql(words).execute(&one).await.unwrap();
            let opened = store.open(&challenge(5), &free()).await;
            assert!(!is_safe || matches!(opened, Ok(Opened::Created { .. })), "{words}");
        }
        let count = sqlx::query_scalar("SELECT count(*) FROM public.otpost_challenge");
        let count: i64 = count.fetch_one(&pool).await.unwrap();
        assert_eq!(count == 3, is_safe, "{count}");
    }
}

/// S11: a row that is no challenge lets nobody in, and a row that is gone is gone.
#[tokio::test]
async fn what_is_broken_lets_nobody_in() {
    let server = Postgres::start(&FAST).unwrap();
    let pool = pool(&server).await;
    let store = PostgresStore::new(pool.clone());
    store.migrate().await.unwrap();
    let execute = |sql: &'static str| {
        let pool = pool.clone();
        async move { sqlx::query(sql).execute(&pool).await.is_ok() }
    };
    let resend = ResendRule::new(free(), Duration::ZERO);
    for sql in [
        "UPDATE otpost_challenge SET salt = ''",
        "UPDATE otpost_challenge SET attempts = 0",
        "UPDATE otpost_challenge SET attempts = -1",
        "UPDATE otpost_challenge SET attempts = 70000",
        "UPDATE otpost_challenge SET attempts = 70000, is_last = false",
        "UPDATE otpost_challenge SET state = 4",
        "UPDATE otpost_challenge SET state = -1",
    ] {
        let new = challenge(5);
        let _ = store.open(&new, &free()).await.unwrap();
        assert!(execute(sql).await, "{sql}");
        let error = if sql.contains("salt") {
            store.resend(&new.id, &resend).await.unwrap_err()
        } else {
            store.attempt(&new.id, &new.mac, None, &patient()).await.unwrap_err()
        };
        assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{sql}");
        assert!(execute("DELETE FROM otpost_challenge").await);
    }
    let new = challenge(5);
    let _ = store.open(&new, &free()).await.unwrap();
    for refused in [
        "UPDATE otpost_challenge SET attempts = NULL",
        "UPDATE otpost_challenge SET state = NULL",
        "UPDATE otpost_challenge SET is_last = NULL",
        "UPDATE otpost_recipient SET locked_until = NULL",
    ] {
        assert!(!execute(refused).await, "{refused}");
    }
    for sql in ["UPDATE otpost_challenge SET mac = ''", "UPDATE otpost_challenge SET mac = id"] {
        assert!(execute(sql).await, "{sql}");
        let seen = store.attempt(&new.id, &new.mac, None, &patient()).await.unwrap();
        assert!(matches!(seen, Attempt::Wrong { .. }), "{sql}: {seen:?}");
    }
    assert!(execute("UPDATE otpost_challenge SET id = '\\x00'").await);
    let seen = store.attempt(&new.id, &new.mac, None, &patient()).await.unwrap();
    assert_eq!(seen, Attempt::Gone(GoneReason::Absent));
    assert!(execute("DROP TABLE otpost_challenge").await);
    let error = store.attempt(&new.id, &new.mac, None, &patient()).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    assert!(store.resend(&new.id, &resend).await.is_err());
    let shown = format!("{error:?}{error}{store:?}");
    assert!(
        shown.contains("the database returned the error 42") && !shown.contains("otpost_challenge"),
        "{shown}"
    );
}

/// kill -9 of all its processes under load: what was acknowledged is not forgotten.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_remembers_what_it_has_acknowledged() {
    let mut server = Postgres::start(&[]).unwrap();
    let mut checked = 0;
    for _ in 0..3 {
        let store = PostgresStore::new(pool_waiting(&server, 3).await);
        store.migrate().await.unwrap();
        let mut opened = Vec::new();
        for _ in 0..100 {
            let new = challenge(5);
            let _ = store.open(&new, &free()).await.unwrap();
            opened.push(new);
        }
        let accepted = die_under_load(store, &opened, 30, || server.kill()).await;
        server.run().unwrap();
        let store = migrated(&server).await;
        for new in &accepted {
            let seen = store.attempt(&new.id, &new.mac, None, &patient()).await.unwrap();
            assert!(matches!(seen, Attempt::Gone(_)), "{seen:?}");
        }
        // And nothing that was opened is lost.
        for new in opened.iter().filter(|new| !accepted.iter().any(|seen| seen.id == new.id)) {
            let seen = store.attempt(&new.id, &new.mac, None, &patient()).await.unwrap();
            assert_ne!(seen, Attempt::Gone(GoneReason::Absent));
        }
        checked += accepted.len();
    }
    assert!(checked >= 60, "{checked}");
}

/// S13: all files of the server, after 10,000 challenges and a checkpoint.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn its_files_hold_no_code() {
    use otpost::challenge::{Challenges, Client, Limits, Pepper};
    let server = Postgres::start(&FAST).unwrap();
    let store = migrated(&server).await;
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
    let pool = pool(&server).await;
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT encode(id || mac || salt, 'escape') || '|' || c::text FROM otpost_challenge c",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    assert_eq!(rows.len(), phone.messages().len());
    sqlx::query("CHECKPOINT").execute(&pool).await.unwrap();
    // The tables' own files, as bytes.
    let mut dump = Vec::new();
    let files: Vec<(String,)> = sqlx::query_as(
        "SELECT pg_relation_filepath(oid) FROM pg_class WHERE relname LIKE 'otpost%' AND relkind IN ('r', 'i')",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    for (file,) in files {
        dump.extend(std::fs::read(server.data().join(file)).unwrap());
    }
    super::shared::holds_no_code(&dump, &phone.messages());
}
