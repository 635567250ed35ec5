//! Runs the conformance suites with a real server and a real file, and the examples as a user runs
//! them.

#![cfg(all(feature = "postgres", feature = "sqlite"))]
#![expect(clippy::unwrap_used, reason = "a test that hits an error has failed")]

use std::time::Duration;

use otpost_sqlx::{PostgresStore, SqliteStore};
use otpost_test_servers::browser::Browser;
use otpost_test_servers::login::{self, PEPPER, code_in};
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

/// A running `axum_login` example and its database.
struct Login {
    service: RunningExample,
    origin: String,
    database: Postgres,
}

impl Login {
    fn start() -> Self {
        let database = Postgres::start(&["fsync=off", "synchronous_commit=off"]).unwrap();
        let url = database.url();
        let variables =
            [("DATABASE_URL", &*url), ("OTPOST_PEPPER", PEPPER), ("LISTEN", "127.0.0.1:0")];
        let service = RunningExample::start("axum_login", &variables).unwrap();
        let origin = service.after("Listening on ");
        Self { service, origin, database }
    }

    /// Returns the code that was sent to the number that ends so.
    fn code(&self, end: &str) -> String {
        code_in(&self.service.after(&format!("SMS to +41*****{end}: ")))
    }
}

#[tokio::test]
async fn axum_login() {
    let Login { service, origin, mut database } = Login::start();
    let url = database.url();
    let mut browser = Browser::new(&origin);
    let health = browser.get("/health").await;
    assert_eq!((health.status, health.body.as_str()), (200, "ok\n"));
    assert_eq!(browser.post("/login/code", "code=123456").await.status, 410, "without a cookie");

    // A user gets a message in the language of the browser.
    let page = browser.post("/login", "name=alice").await;
    assert_eq!((page.status, &*page.body), (202, "We have sent a code to +41*****4567.\n"));
    assert_eq!(browser.attributes("login"), "HttpOnly; SameSite=Lax; Secure; Path=/login");
    let token_length = browser.cookies["login"].len();
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
    let used = browser.cookies["login"].clone();
    let form = format!("code={code}");
    let page = browser.post("/login/code", &form).await;
    assert_eq!((page.status, &*page.body), (200, "Welcome, alice.\n"));
    assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["device"], "the other is taken back");
    let attributes = "HttpOnly; SameSite=Lax; Secure; Path=/login; Max-Age=15552000";
    assert_eq!(browser.attributes("device"), attributes);
    browser.cookies.insert("login".to_owned(), used);
    let page = browser.post("/login/code", &form).await;
    assert_eq!((page.status, &*page.body), (410, "Please request a new code.\n"));
    browser.cookies.insert("login".to_owned(), "forged".to_owned());
    assert_eq!(browser.post("/login/code", &form).await.status, 410);

    // Nobody by this name: the same answers, and no message.
    let mut stranger = Browser::new(&origin);
    let page = stranger.post("/login", "name=mallory").await;
    assert!(page.body.starts_with("We have sent a code to +41*****"), "{page:?}");
    assert_eq!(page.status, 202);
    assert_eq!(stranger.cookies["login"].len(), token_length, "decoys are as long");
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

#[tokio::test]
async fn axum_login_is_one_of_the_verified_user() {
    let login = Login::start();
    let (mut alice, mut bob) = (Browser::new(&login.origin), Browser::new(&login.origin));
    assert_eq!(alice.post("/login", "name=alice").await.status, 202);
    let of_alice = login.code("4567");
    assert_eq!(bob.post("/login", "name=bob").await.status, 202);
    let of_bob = login.code("4568");

    // The token of the one with the code of the other.
    let page = alice.post("/login/code", &format!("code={of_bob}")).await;
    assert_eq!((page.status, &*page.body), (403, "Sorry: the code is wrong; 4 attempts left.\n"));
    // The name and the number of alice with the token and the code of bob.
    let form = format!("name=alice&number=%2B41791234567&to=%2B41791234567&code={of_bob}");
    let page = bob.post("/login/code", &form).await;
    assert_eq!((page.status, &*page.body), (200, "Welcome, bob.\n"));
    let page = alice.post("/login/code", &format!("code={of_alice}&name=bob")).await;
    assert_eq!((page.status, &*page.body), (200, "Welcome, alice.\n"));

    // With the device of bob, a request for alice is one of a stranger.
    use_up(&login.database.url(), "+41791234567", false).await;
    assert_eq!(bob.post("/login", "name=alice").await.status, 429);
    assert_eq!(alice.post("/login", "name=alice").await.status, 202);
}

#[tokio::test]
async fn axum_login_lets_users_in_when_strangers_have_used_up_their_share() {
    let login = Login::start();
    let mut browser = Browser::new(&login.origin);
    use_up(&login.database.url(), "+41791234567", false).await;
    let page = browser.post("/login", "name=alice").await;
    assert_eq!((page.status, &*page.body), (429, "Please solve the CAPTCHA.\n"));
    assert!(page.retry_after.is_some_and(|wait| wait <= 3_600), "{page:?}");
    assert_eq!(browser.post("/login", "name=alice&captcha=robot").await.status, 429);
    assert_eq!(browser.post("/login", "name=alice&captcha=human").await.status, 202);
    let form = format!("code={}", login.code("4567"));
    assert_eq!(browser.post("/login/code", &form).await.body, "Welcome, alice.\n");

    // A known device needs no CAPTCHA, even if many have been solved for the number.
    use_up(&login.database.url(), "+41791234567", true).await;
    let mut other = Browser::new(&login.origin);
    let page = other.post("/login", "name=alice&captcha=human").await;
    assert_eq!((page.status, &*page.body), (429, "Too Many Requests\n"));
    assert_eq!(browser.post("/login", "name=alice").await.status, 202);
    let form = format!("code={}", login.code("4567"));
    assert_eq!(browser.post("/login/code", &form).await.body, "Welcome, alice.\n");
}

/// Uses up the messages of strangers, and possibly of humans, for a number.
async fn use_up(database: &str, number: &str, of_humans: bool) {
    let pool = PgPoolOptions::new().connect(database).await.unwrap();
    login::use_up(PostgresStore::new(pool), number, of_humans).await.unwrap();
}

fn wrong(code: &str) -> &'static str {
    if code == "000000" { "code=000001" } else { "code=000000" }
}
