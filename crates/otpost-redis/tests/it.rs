//! Runs the conformance suites with a real server, and the examples as a user runs them.

use otpost_redis::RedisStore;
use otpost_test_servers::browser::{Browser, Page};
use otpost_test_servers::redis::Redis;
use otpost_test_servers::{RunningExample, run_example};
use otpost_testing::{OutboxConformance, StoreConformance};
use redis::AsyncCommands;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_keeps_the_contract() {
    let server = Redis::start().unwrap();
    let client = redis::Client::open(server.url()).unwrap();
    let store = RedisStore::new(client.get_multiplexed_async_connection().await.unwrap());
    none(&StoreConformance::new(store.clone()).run().await);
    none(&OutboxConformance::new(store).run().await);
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

#[tokio::test]
async fn axum_api() {
    let mut server = Redis::start().unwrap();
    let url = server.url();
    let pepper = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let variables =
        [("REDIS_URL", url.as_str()), ("OTPOST_PEPPER", pepper), ("LISTEN", "127.0.0.1:0")];
    // Two processes behind one name: either answers for the other.
    let services = [(); 2].map(|()| RunningExample::start("axum_api", &variables).unwrap());
    let [first, second] = services.each_ref().map(|service| service.after("Listening on "));
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
    assert_eq!(browser.attributes, "HttpOnly; SameSite=Strict; Secure; Path=/codes");
    let token_length = browser.cookie.as_ref().unwrap().len();
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
    let used = browser.cookie.clone();
    let right = json!({ "code": code }).to_string();
    let page = browser.post("/codes/verify", &right).await;
    let welcome = json!({ "verdict": "accepted", "number": "+41791234567" });
    assert_eq!((page.status, body(&page)), (200, welcome));
    assert_eq!(browser.cookie, None, "it is taken back");
    browser.cookie = used;
    browser.origin.clone_from(&first);
    let page = browser.post("/codes/verify", &right).await;
    assert_eq!((page.status, body(&page)), (410, json!({ "verdict": "gone" })));
    browser.cookie = Some("login=forged".to_owned());
    assert_eq!(browser.post("/codes/verify", &right).await.status, 410);

    // Nobody by this name: the same answers, and no message.
    let mut stranger = Browser::new(&first);
    let page = stranger.post("/codes", r#"{"name":"mallory"}"#).await;
    let hint = body(&page)["hint"].as_str().unwrap_or_default().to_owned();
    assert!(page.status == 202 && hint.starts_with("+41*****"), "{page:?}");
    assert_eq!(stranger.cookie.as_ref().unwrap().len(), token_length, "decoys are as long");
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

fn body(page: &Page) -> Value {
    serde_json::from_str(&page.body).unwrap_or_default()
}

#[track_caller]
fn code_in(text: &str) -> String {
    assert!(text.contains("ist Ihr Acme-Code."), "{text}");
    let mut words = text.split(' ');
    words.find(|word| word.len() == 6 && word.parse::<u32>().is_ok()).unwrap_or(text).to_owned()
}

/// Ends the wait before the next message, because the limits of all recipients are forgotten.
async fn forget_recipients(url: &str) -> redis::RedisResult<()> {
    let mut connection = redis::Client::open(url)?.get_multiplexed_async_connection().await?;
    let keys: Vec<String> = connection.keys("*r:{*").await?;
    assert_eq!(keys.len(), 1);
    connection.del(keys).await
}
