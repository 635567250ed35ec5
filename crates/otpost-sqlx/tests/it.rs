//! Runs the conformance suites with a real server and a real file, and the examples as a user runs
//! them.

#![cfg(all(feature = "postgres", feature = "sqlite"))]

use std::time::Duration;

use otpost_sqlx::{PostgresStore, SqliteStore};
use otpost_test_servers::postgres::Postgres;
use otpost_test_servers::run_example;
use otpost_testing::{OutboxConformance, StoreConformance};
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_keeps_the_contract() {
    let server = Postgres::start(&["fsync=off", "synchronous_commit=off"]).unwrap();
    let pool = PgPoolOptions::new().max_connections(16).connect(&server.url()).await.unwrap();
    let store = PostgresStore::new(pool);
    store.migrate().await.unwrap();
    none(&StoreConformance::new(store.clone()).run().await);
    none(&OutboxConformance::new(store).run().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_keeps_the_contract() {
    let name = format!("otpost-sqlx-{}.db", std::process::id());
    let file = std::env::temp_dir().join(name);
    let options = SqliteConnectOptions::new()
        .filename(&file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .busy_timeout(Duration::from_secs(60));
    let pool = SqlitePoolOptions::new().max_connections(4).connect_with(options).await.unwrap();
    let store = SqliteStore::new(pool.clone());
    store.migrate().await.unwrap();
    none(&StoreConformance::new(store.clone()).run().await);
    none(&OutboxConformance::new(store).run().await);
    pool.close().await;
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{end}", file.display()));
    }
}

#[track_caller]
fn none(violations: &[otpost_testing::Violation]) {
    let lines: Vec<_> = violations.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
}

#[test]
fn postgres_store() {
    let printed = run_example("postgres_store");
    for line in [
        "confirms CHF 120.00 to Acme AG. Nothing else.",
        "For another payee: the code is wrong; 4 attempts left.",
        "For this one: the code is correct.",
    ] {
        assert!(printed.contains(line), "{line:?} in\n{printed}");
    }
}

#[test]
fn outbox_worker() {
    let printed = run_example("outbox_worker");
    for line in ["nothing is sent yet: 0 messages.", "has sent it: ", ": the code is correct."] {
        assert!(printed.contains(line), "{line:?} in\n{printed}");
    }
}
