//! Runs the conformance suites with a real server and a real file, and the examples as a user runs
//! them.

#![cfg(all(feature = "postgres", feature = "sqlite"))]

use std::time::Duration;

use otpost_sqlx::{PostgresStore, SqliteStore};
use otpost_test_servers::browser::Browser;
use otpost_test_servers::postgres::Postgres;
use otpost_test_servers::{RunningExample, run_example};
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

#[tokio::test]
async fn axum_login() {
    let mut database = Postgres::start(&["fsync=off", "synchronous_commit=off"]).unwrap();
    let url = database.url();
    let variables = [("DATABASE_URL", url.as_str()), ("LISTEN", "127.0.0.1:0")];
    let service = RunningExample::start("axum_login", &variables).unwrap();
    let origin = service.after("Listening on ");
    let mut browser = Browser::new(&origin);
    let health = browser.get("/health").await;
    assert_eq!((health.status, health.body.as_str()), (200, "ok\n"));
    assert_eq!(browser.post("/login/code", "code=123456").await.status, 410, "without a cookie");

    // A user gets a message in the language of the browser.
    let page = browser.post("/login", "name=alice").await;
    assert_eq!((page.status, &*page.body), (202, "We have sent a code to +41*****4567.\n"));
    assert_eq!(browser.attributes, "HttpOnly; SameSite=Lax; Secure; Path=/login");
    let token_length = browser.cookie.as_ref().unwrap().len();
    let first = code_in(&service.after("SMS to +41*****4567: "));

    // A second message has to wait, and has the same code.
    let page = browser.post("/login/resend", "").await;
    assert!(page.status == 429 && (1..=30).contains(&page.retry_after.unwrap()), "{page:?}");
    let pool = PgPoolOptions::new().connect(&url).await.unwrap();
    sqlx::query("UPDATE otpost_recipient SET next = 0").execute(&pool).await.unwrap();
    let page = browser.post("/login/resend", "").await;
    assert_eq!((page.status, &*page.body), (202, "We have sent a code to +41*****4567 again.\n"));
    let code = code_in(&service.after("SMS to +41*****4567: "));
    assert_eq!(code, first);

    // Wrong, malformed and right, and never again.
    let page = browser.post("/login/code", wrong(&code)).await;
    assert_eq!((page.status, &*page.body), (403, "Sorry: the code is wrong; 4 attempts left.\n"));
    assert_eq!(browser.post("/login/code", "code=abc").await.status, 422);
    let used = browser.cookie.clone();
    let form = format!("code={code}");
    let page = browser.post("/login/code", &form).await;
    assert_eq!((page.status, &*page.body), (200, "Welcome, +41*****4567.\n"));
    assert_eq!(browser.cookie, None, "it is taken back");
    browser.cookie = used;
    let page = browser.post("/login/code", &form).await;
    assert_eq!((page.status, &*page.body), (410, "Please request a new code.\n"));
    browser.cookie = Some("login=forged".to_owned());
    assert_eq!(browser.post("/login/code", &form).await.status, 410);

    // Nobody by this name: the same answers, and no message.
    let mut stranger = Browser::new(&origin);
    let page = stranger.post("/login", "name=mallory").await;
    assert!(page.body.starts_with("We have sent a code to +41*****"), "{page:?}");
    assert_eq!(page.status, 202);
    assert_eq!(stranger.cookie.as_ref().unwrap().len(), token_length, "decoys are as long");
    assert_eq!(stranger.post("/login/resend", "").await.status, 429);
    let page = stranger.post("/login/code", "code=123456").await;
    assert_eq!((page.status, &*page.body), (403, "Sorry: the code is wrong; 4 attempts left.\n"));

    let rest = service.rest();
    assert!(!rest.iter().any(|line| line.contains("SMS to")), "{rest:?}");

    let metrics = browser.get("/metrics").await.body;
    for line in ["otpost_issues{", "otpost_verdicts{verdict=\"accepted\"} 1", "otpost_sends{"] {
        assert!(metrics.contains(line), "{line} in\n{metrics}");
    }
    assert!(!metrics.contains("791234567") && !metrics.contains(&code), "{metrics}");

    pool.close().await;
    database.kill();
    assert_eq!(browser.get("/health").await.status, 503);
}

#[track_caller]
fn code_in(text: &str) -> String {
    assert!(text.contains("ist Ihr Acme-Code."), "{text}");
    let mut words = text.split(' ');
    words.find(|word| word.len() == 6 && word.parse::<u32>().is_ok()).unwrap_or(text).to_owned()
}

fn wrong(code: &str) -> &'static str {
    if code == "000000" { "code=000001" } else { "code=000000" }
}
