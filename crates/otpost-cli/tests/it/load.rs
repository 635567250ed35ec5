//! Runs of many messages against a gateway on this machine.

use std::process::{Command, Output};

use otpost::gateway::GatewaySpec;
use otpost_testing::{FaultServer, MockAnswer, MockGateway, Script};

use crate::{file, json, run, texts};

const SPEC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/transcripts/acme.toml");

fn load(origin: &str, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_otpost"));
    command.args(["load", SPEC, "--origin", origin, "--var", "token=env:ACME_TOKEN"]);
    run(command.args(more).env("ACME_TOKEN", "sentinel-token"), b"")
}

async fn gateway() -> MockGateway {
    let spec = GatewaySpec::from_toml(include_str!("../transcripts/acme.toml")).unwrap();
    let mock = MockGateway::start(&spec).await.unwrap();
    mock.answer_always(MockAnswer::new(200, r#"{"id":"m-17"}"#));
    mock
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn load_sends_the_messages_of_the_schedule() {
    let mock = gateway().await;
    let svg = file("latency.svg", "");
    // As many connections as messages, so that none is late on a busy machine.
    let more = ["--rate", "50", "--for", "2s", "--connections", "100", "--svg"];
    let output = load(&mock.origin(), &[&more[..], &[svg.to_str().unwrap()]].concat());
    let (printed, errors) = texts(&output);
    assert_eq!(output.status.code(), Some(0), "{printed}\n{errors}");
    assert!(printed.starts_with("sent 100 messages in "), "{printed}");
    assert!(printed.contains("\naccepted 100\nlatency in ms: least "), "{printed}");
    assert!(printed.contains(" ms  █"), "{printed}");
    assert!(errors.starts_with("sending 100 messages to http://127.0.0.1:"), "{errors}");
    let requests = mock.requests();
    assert_eq!(requests.len(), 100, "each message is sent once");
    // Fictional numbers only.
    assert!(requests.iter().all(|it| it.form("to").unwrap().starts_with("120255501")));
    let svg = std::fs::read_to_string(svg).unwrap();
    assert!(svg.starts_with("<svg ") && svg.contains("100 messages, "), "{svg}");
    assert!(!format!("{printed}{errors}{svg}").contains("sentinel"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn load_counts_fates_and_retries_nothing() {
    let mock = gateway().await;
    mock.answer_always(MockAnswer::new(403, r#"{"error":"E9"}"#));
    for _ in 0..3 {
        mock.answer(MockAnswer::new(429, "{}"));
    }
    let short = ["--rate", "100", "--for", "100ms", "--json"];
    let output = load(&mock.origin(), &short);
    assert_eq!(output.status.code(), Some(1));
    let document = json(&output);
    assert_eq!(mock.requests().len(), 10);
    assert_eq!(document["sent"], 10);
    assert_eq!(
        (&document["fates"]["refused"], &document["fates"]["not_sent"]),
        (&7.into(), &3.into())
    );
    assert_eq!(
        (&document["kinds"]["throttled"], &document["kinds"]["content"]),
        (&3.into(), &7.into())
    );

    mock.answer_always(MockAnswer::new(200, "{}"));
    let unknown = load(&mock.origin(), &[&short[..], &["--to", "+12025550001"]].concat());
    assert_eq!(unknown.status.code(), Some(3));
    assert_eq!(json(&unknown)["fates"]["unknown"], 10);
    assert_eq!(mock.requests().last().unwrap().form("to").as_deref(), Some("12025550001"));
}

/// A run that waits for each response (a closed loop) would report one slow message, and hide that
/// all others were late.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn load_counts_the_delay_of_messages_that_wait_for_a_connection() {
    let mock = gateway().await;
    let stall = std::time::Duration::from_millis(1_500);
    mock.answer(MockAnswer::new(200, r#"{"id":"m-1"}"#).with_delay(stall));
    let more = ["--rate", "20", "--for", "3s", "--connections", "1", "--json"];
    let document = json(&load(&mock.origin(), &more));
    let count: u64 = document["sent"].as_u64().unwrap() + document["missed"].as_u64().unwrap();
    assert_eq!(count, 60, "{document}");
    assert_eq!(mock.connections(), 1, "there is no other connection");
    // One second after it was due, a message is late by the stall of the first one alone.
    let late = document["histogram"].as_array().unwrap().iter();
    let late = late.filter(|bucket| bucket["up_to_ms"].as_f64().unwrap() > 200.0);
    let late: u64 = late.map(|bucket| bucket["count"].as_u64().unwrap()).sum();
    assert!(late >= 20, "{late} of the messages that were due within 1.3 s: {document}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn load_says_which_messages_were_missed() {
    let silent = FaultServer::start(Script::new().hang()).await.unwrap();
    let more = ["--rate", "100", "--for", "300ms", "--connections", "2"];
    let output = load(&silent.origin(), &more);
    let printed = texts(&output).0;
    assert_eq!(output.status.code(), Some(3), "{printed}");
    assert!(printed.contains("missed 28 messages: they were due, and all connections were busy"));
}

#[test]
fn load_reaches_this_machine_only() {
    for origin in [
        "https://sms.acme.example",
        "http://10.0.0.1:8025",
        "http://192.0.2.1",
        "http://0.0.0.0:8025",
        "http://127.0.0.1.example:8025",
        "http://[2001:db8::1]:8025",
    ] {
        let output = load(origin, &["--for", "1s"]);
        let (printed, errors) = texts(&output);
        assert!([Some(1), Some(2)].contains(&output.status.code()), "{origin}: {printed}{errors}");
        assert!(printed.is_empty() && !errors.contains("sending"), "{origin}: {errors}");
    }
    let far = load("https://sms.acme.example", &[]);
    assert_eq!(far.status.code(), Some(2));
    assert!(texts(&far).1.contains("load sends to this machine only: start `otpost sandbox`"));
    for wrong in [["--rate", "0"], ["--for", "10"], ["--for", "2h"], ["--connections", "0"]] {
        assert_eq!(load("http://127.0.0.1:9", &wrong).status.code(), Some(2), "{wrong:?}");
    }
    let svg = load("http://127.0.0.1:9", &["--svg", "/nowhere/latency.svg"]);
    assert_eq!(svg.status.code(), Some(1));
    assert!(texts(&svg).1.contains("/nowhere/latency.svg: the file cannot be written: "));
}

/// A token that comes from another host is not fetched: `--origin` replaces its host as well.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn load_fetches_tokens_from_this_machine() {
    let mock = gateway().await;
    mock.answer_always(MockAnswer::new(200, r#"{"token":"t","id":"m-17"}"#));
    let spec = include_str!("../transcripts/acme.toml").replace(
        "bearer = { token = \"{{token}}\" }",
        "token = { url = \"https://login.acme.example/token\", method = \"POST\", \
         form = { key = \"{{key}}\" }, token = \"/token\", lifetime = \"1h\" }",
    );
    let spec = spec.replace("token = { secret = true }", "key = { secret = true }");
    let path = file("token-host.toml", &spec);
    let mut command = Command::new(env!("CARGO_BIN_EXE_otpost"));
    command.arg("load").arg(path).args(["--origin", &mock.origin(), "--var", "key=env:ACME_TOKEN"]);
    command.args(["--rate", "10", "--for", "500ms"]).env("ACME_TOKEN", "sentinel-token");
    let output = run(&mut command, b"");
    let (printed, errors) = texts(&output);
    assert_eq!(output.status.code(), Some(0), "{printed}{errors}");
    let requests = mock.requests();
    assert_eq!(requests.iter().filter(|request| request.target == "/token").count(), 1);
    assert_eq!(requests.iter().filter(|request| request.target == "/send").count(), 5);
}
