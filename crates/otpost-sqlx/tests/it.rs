//! Runs the conformance suites with a real server and a real file, and the examples as a user runs
//! them.

#![cfg(all(feature = "postgres", feature = "sqlite"))]

use std::time::Duration;

use otpost_sqlx::{PostgresStore, SqliteStore};
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

/// A client that keeps one cookie, as a browser does.
struct Browser {
    client: reqwest::Client,
    origin: String,
    cookie: Option<String>,
}

/// The status, the header `Retry-After`, and the body.
type Page = (u16, Option<String>, String);

impl Browser {
    fn new(origin: &str) -> Self {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { client, origin: origin.to_owned(), cookie: None }
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> Page {
        let request = match &self.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        };
        let answer = request.send().await.unwrap();
        let header = |name: &str| Some(answer.headers().get(name)?.to_str().unwrap().to_owned());
        if let Some(cookie) = header("set-cookie") {
            assert!(
                cookie.contains("HttpOnly; SameSite=Lax; Secure") || cookie.contains("Max-Age=0")
            );
            let (pair, _) = cookie.split_once(';').unwrap();
            self.cookie = Some(pair.to_owned()).filter(|pair| !pair.ends_with('='));
        }
        let (status, retry_after) = (answer.status().as_u16(), header("retry-after"));
        (status, retry_after, answer.text().await.unwrap())
    }

    async fn get(&mut self, path: &str) -> Page {
        let request = self.client.get(format!("{}{path}", self.origin));
        self.send(request).await
    }

    /// Posts a form, as a person who reads German.
    async fn post(&mut self, path: &str, form: &'static str) -> Page {
        let request = self.client.post(format!("{}{path}", self.origin)).body(form);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        self.send(request.header("accept-language", "de-CH, en;q=0.5")).await
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
    assert_eq!(browser.get("/health").await, (200, None, "ok\n".to_owned()));
    assert_eq!(browser.post("/login/code", "code=123456").await.0, 410, "without a cookie");

    // A user gets a message in the language of the browser.
    let (status, _, page) = browser.post("/login", "name=alice").await;
    assert_eq!((status, page.as_str()), (202, "We have sent a code to +41*******67.\n"));
    let token_length = browser.cookie.as_ref().unwrap().len();
    let text = service.after("SMS to +41*******67: ");
    let code = text.split(' ').find(|word| word.len() == 6 && word.parse::<u32>().is_ok());
    let code = code.unwrap_or_else(|| panic!("no code in {text}")).to_owned();
    assert!(text.contains("ist Ihr Acme-Code."), "{text}");

    // A second message has to wait.
    let (status, retry_after, _) = browser.post("/login/resend", "").await;
    let seconds: u64 = retry_after.unwrap().parse().unwrap();
    assert!(status == 429 && (1..=30).contains(&seconds), "{status} {seconds}");

    // Wrong, malformed and right, and never again.
    let wrong = if code == "000000" { "code=000001" } else { "code=000000" };
    let (status, _, page) = browser.post("/login/code", wrong).await;
    assert_eq!((status, page.as_str()), (403, "Sorry: the code is wrong; 4 attempts left.\n"));
    assert_eq!(browser.post("/login/code", "code=abc").await.0, 422);
    let used = browser.cookie.clone();
    let form: &'static str = format!("code={code}").leak();
    let (status, _, page) = browser.post("/login/code", form).await;
    assert_eq!((status, page.as_str()), (200, "Welcome, +41*******67.\n"));
    assert_eq!(browser.cookie, None, "it is taken back");
    browser.cookie = used;
    let (status, _, page) = browser.post("/login/code", form).await;
    assert_eq!((status, page.as_str()), (410, "Please request a new code.\n"));
    browser.cookie = Some("login=forged".to_owned());
    assert_eq!(browser.post("/login/code", form).await.0, 410);

    // Nobody by this name: the same answers, and no message.
    let mut stranger = Browser::new(&origin);
    let (status, _, page) = stranger.post("/login", "name=mallory").await;
    assert!(status == 202 && page.starts_with("We have sent a code to +41*******"), "{page}");
    assert_eq!(stranger.cookie.as_ref().unwrap().len(), token_length, "decoys are as long");
    assert_eq!(stranger.post("/login/resend", "").await.0, 429);
    let (status, _, page) = stranger.post("/login/code", "code=123456").await;
    assert_eq!((status, page.as_str()), (403, "Sorry: the code is wrong; 4 attempts left.\n"));

    let (_, _, metrics) = browser.get("/metrics").await;
    for line in ["otpost_issues{", "otpost_verdicts{verdict=\"accepted\"} 1", "otpost_sends{"] {
        assert!(metrics.contains(line), "{line} in\n{metrics}");
    }
    assert!(!metrics.contains("791234567") && !metrics.contains(&code), "{metrics}");

    database.kill();
    assert_eq!(browser.get("/health").await.0, 503);
}
