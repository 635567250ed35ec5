//! Runs the conformance suites with a real server, and the examples as a user runs them.

#![expect(clippy::unwrap_used, reason = "a test that hits an error has failed")]

use std::time::Duration;

use otpost_redis::RedisStore;
use otpost_test_servers::browser::{Browser, Page};
use otpost_test_servers::login::{self, PEPPER, code_in};
use otpost_test_servers::redis::Redis;
use otpost_test_servers::{RunningExample, run_example};
use otpost_testing::{OutboxConformance, StoreConformance};
use redis::aio::MultiplexedConnection;
use redis::{AsyncCommands, AsyncConnectionConfig};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_keeps_the_contract() {
    let server = Redis::start().unwrap();
    let store = RedisStore::new(connect(&server.url()).await.unwrap());
    none(&StoreConformance::new(store.clone()).run().await);
    none(&OutboxConformance::new(store).run().await);
}

/// Connects with a timeout that a busy machine keeps. Without one, the client waits for 500 ms.
async fn connect(url: &str) -> redis::RedisResult<MultiplexedConnection> {
    let config = AsyncConnectionConfig::new().set_response_timeout(Some(Duration::from_secs(20)));
    redis::Client::open(url)?.get_multiplexed_async_connection_with_config(&config).await
}

#[track_caller]
fn none(violations: &[otpost_testing::Violation]) {
    let lines: Vec<_> = violations.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
}

#[test]
fn redis_store() {
    let printed = run_example("redis_store");
    assert!(printed.contains("Of 100 attempts with the right code 1 was accepted."), "{printed}");
}

fn start(server: &Redis) -> (RunningExample, String) {
    let url = server.url();
    let variables = [("REDIS_URL", &*url), ("OTPOST_PEPPER", PEPPER), ("LISTEN", "127.0.0.1:0")];
    let service = RunningExample::start("axum_api", &variables).unwrap();
    let origin = service.after("Listening on ");
    (service, origin)
}

#[tokio::test]
async fn axum_api() {
    let mut server = Redis::start().unwrap();
    let url = server.url();
    // Two processes behind one name: either answers for the other.
    let [(one, first), (two, second)] = [start(&server), start(&server)];
    let services = [one, two];
    let mut browser = Browser::new(&first);
    assert_eq!(body(&browser.get("/health").await), json!({ "status": "ok" }));
    let page = browser.post("/codes/verify", r#"{"code":"123456"}"#).await;
    assert_eq!((page.status, body(&page)), (410, json!({ "error": "Gone" })), "without a cookie");
    assert_eq!(browser.post("/codes", "{}").await.status, 422);

    // A user gets a message in the language of the browser.
    let page = browser.post("/codes", r#"{"name":"alice"}"#).await;
    assert_eq!((page.status, &body(&page)["hint"]), (202, &json!("+41*****4567")));
    let at = |name| body(&page)[name].as_u64().unwrap();
    assert_eq!(at("expires_at") - at("resend_at"), 300 - 30, "{page:?}");
    assert_eq!(browser.attributes("login"), "HttpOnly; SameSite=Strict; Secure; Path=/codes");
    let token_length = browser.cookies["login"].len();
    let code = code_in(&services[0].after("SMS to +41*****4567: "));

    // A second message has to wait, and has the same code.
    browser.origin.clone_from(&second);
    let page = browser.post("/codes/resend", "{}").await;
    assert_eq!((page.status, body(&page)), (429, json!({ "error": "cooldown" })));
    assert!((1..=30).contains(&page.retry_after.unwrap()), "{page:?}");
    forget_recipients(&url).await.unwrap();
    let page = browser.post("/codes/resend", "{}").await;
    assert_eq!((page.status, &body(&page)["hint"]), (202, &json!("+41*****4567")));
    assert_eq!(code_in(&services[1].after("SMS to +41*****4567: ")), code);

    // Wrong, malformed and right, and never again.
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let page = browser.post("/codes/verify", &json!({ "code": wrong }).to_string()).await;
    assert_eq!(
        (page.status, body(&page)),
        (403, json!({ "verdict": "wrong", "attempts_left": 4 }))
    );
    assert_eq!(browser.post("/codes/verify", r#"{"code":"abc"}"#).await.status, 422);
    let used = browser.cookies["login"].clone();
    let right = json!({ "code": code }).to_string();
    let page = browser.post("/codes/verify", &right).await;
    assert_eq!((page.status, body(&page)), (200, welcome("alice")));
    assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["device"], "the other is taken back");
    let attributes = "HttpOnly; SameSite=Strict; Secure; Path=/codes; Max-Age=15552000";
    assert_eq!(browser.attributes("device"), attributes);
    browser.cookies.insert("login".to_owned(), used);
    browser.origin.clone_from(&first);
    let page = browser.post("/codes/verify", &right).await;
    assert_eq!((page.status, body(&page)), (410, json!({ "verdict": "gone" })));
    browser.cookies.insert("login".to_owned(), "forged".to_owned());
    assert_eq!(browser.post("/codes/verify", &right).await.status, 410);

    // Nobody by this name: the same answers, and no message.
    let mut stranger = Browser::new(&first);
    let page = stranger.post("/codes", r#"{"name":"mallory"}"#).await;
    let hint = body(&page)["hint"].as_str().unwrap_or_default().to_owned();
    assert!(page.status == 202 && hint.starts_with("+41*****"), "{page:?}");
    assert_eq!(stranger.cookies["login"].len(), token_length, "decoys are as long");
    assert_eq!(stranger.post("/codes/resend", "{}").await.status, 429);
    let page = stranger.post("/codes/verify", r#"{"code":"123456"}"#).await;
    assert_eq!(
        (page.status, body(&page)),
        (403, json!({ "verdict": "wrong", "attempts_left": 4 }))
    );

    let rest: Vec<_> = services.iter().flat_map(RunningExample::rest).collect();
    assert!(!rest.iter().any(|line| line.contains("SMS to")), "{rest:?}");

    browser.origin.clone_from(&second);
    let metrics = browser.get("/metrics").await.body;
    for line in ["otpost_verdicts{verdict=\"accepted\"} 1", "otpost_sends{"] {
        assert!(metrics.contains(line), "{line} in\n{metrics}");
    }
    assert!(!metrics.contains("791234567") && !metrics.contains(&code), "{metrics}");

    server.kill();
    assert_eq!(browser.get("/health").await.status, 503);
}

#[tokio::test]
async fn axum_api_logs_in_the_verified_user() {
    let server = Redis::start().unwrap();
    let (service, origin) = start(&server);
    let (mut alice, mut bob) = (Browser::new(&origin), Browser::new(&origin));
    assert_eq!(alice.post("/codes", r#"{"name":"alice"}"#).await.status, 202);
    let of_alice = code_in(&service.after("SMS to +41*****4567: "));
    assert_eq!(bob.post("/codes", r#"{"name":"bob"}"#).await.status, 202);
    let of_bob = code_in(&service.after("SMS to +41*****4568: "));

    // The token of the one with the code of the other.
    let typed = json!({ "code": of_bob }).to_string();
    assert_eq!(alice.post("/codes/verify", &typed).await.status, 403);
    // The name and the number of alice with the token and the code of bob.
    let number = "+41791234567";
    let typed = json!({ "name": "alice", "number": number, "to": number, "code": of_bob });
    let page = bob.post("/codes/verify", &typed.to_string()).await;
    assert_eq!((page.status, body(&page)), (200, welcome("bob")));
    let typed = json!({ "name": "bob", "code": of_alice }).to_string();
    let page = alice.post("/codes/verify", &typed).await;
    assert_eq!((page.status, body(&page)), (200, welcome("alice")));

    // With the device of bob, a request for alice is one of a stranger.
    use_up(&server, number, false).await;
    let page = bob.post("/codes", r#"{"name":"alice"}"#).await;
    assert_eq!((page.status, body(&page)), (429, json!({ "error": "contested" })));
    assert_eq!(alice.post("/codes", r#"{"name":"alice"}"#).await.status, 202);
}

#[tokio::test]
async fn axum_api_lets_users_in_when_strangers_have_used_up_their_share() {
    let server = Redis::start().unwrap();
    let (service, origin) = start(&server);
    let mut browser = Browser::new(&origin);
    let (login, solved) = (r#"{"name":"alice"}"#, r#"{"name":"alice","captcha":"human"}"#);
    use_up(&server, "+41791234567", false).await;
    let page = browser.post("/codes", login).await;
    assert_eq!((page.status, body(&page)), (429, json!({ "error": "contested" })));
    assert!(page.retry_after.is_some_and(|wait| wait <= 3_600), "{page:?}");
    let wrong = r#"{"name":"alice","captcha":"robot"}"#;
    assert_eq!(browser.post("/codes", wrong).await.status, 429);
    assert_eq!(browser.post("/codes", solved).await.status, 202);
    let code = code_in(&service.after("SMS to +41*****4567: "));
    let page = browser.post("/codes/verify", &json!({ "code": code }).to_string()).await;
    assert_eq!(body(&page), welcome("alice"));

    // A known device needs no CAPTCHA, even if many have been solved for the number.
    use_up(&server, "+41791234567", true).await;
    let page = Browser::new(&origin).post("/codes", solved).await;
    assert_eq!((page.status, body(&page)), (429, json!({ "error": "quota" })));
    assert_eq!(browser.post("/codes", login).await.status, 202);
    let code = code_in(&service.after("SMS to +41*****4567: "));
    let page = browser.post("/codes/verify", &json!({ "code": code }).to_string()).await;
    assert_eq!(body(&page), welcome("alice"));
}

/// Uses up the messages of strangers, and possibly of humans, for a number.
async fn use_up(server: &Redis, number: &str, of_humans: bool) {
    let store = RedisStore::new(connect(&server.url()).await.unwrap());
    login::use_up(store, number, of_humans).await.unwrap();
}

fn welcome(user: &str) -> Value {
    json!({ "verdict": "accepted", "user": user })
}

fn body(page: &Page) -> Value {
    serde_json::from_str(&page.body).unwrap_or_default()
}

/// Ends the wait before the next message, because the limits of all recipients are forgotten.
async fn forget_recipients(url: &str) -> redis::RedisResult<()> {
    let mut connection = connect(url).await?;
    let keys: Vec<String> = connection.keys("*r:{*").await?;
    assert_eq!(keys.len(), 1);
    connection.del(keys).await
}
