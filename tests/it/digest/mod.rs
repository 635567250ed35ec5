//! Digest authentication: a server that checks it, and challenges from a script.

mod scripted;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use otpost::gateway::{AccountState, Auth, GatewaySpec, Outcome, Rule, VarSpec};
use otpost::provider::{Fate, Provider, SendErrorKind};
use otpost::testing::ManualClock;
use otpost::{HttpGateway, Message, PhoneNumber};
use otpost_test_servers::Server;
use serde_json::{Value, json};

const NOW: u64 = 1_795_885_098;

fn message() -> Message {
    Message::new(PhoneNumber::parse("+41791234567").unwrap(), "012345 is your code").unwrap()
}

/// A server with these rules beside its defaults.
struct Digesting {
    port: u16,
    _server: Server,
}

impl Digesting {
    fn start(rules: &Value) -> Self {
        let mut child = Command::new("python3")
            .args(["-c", include_str!("server.py"), &rules.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { port: line.trim().parse().unwrap(), _server: Server::new(child) }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/send?a=b&c=d", self.port)
    }

    /// The requests so far.
    fn log(&self) -> Vec<Value> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.write_all(b"GET /log HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        serde_json::from_str(text.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    /// The results of the requests so far, with their counts.
    fn results(&self) -> Vec<(String, Option<u64>)> {
        let result = |entry: &Value| {
            let count = entry["nc"].as_str().map(|nc| u64::from_str_radix(nc, 16).unwrap());
            (entry["result"].as_str().unwrap().to_owned(), count)
        };
        self.log().iter().map(result).collect()
    }

    fn gateway(&self, username: &str, password: &str) -> (HttpGateway, ManualClock) {
        let spec = GatewaySpec::builder("acme", "Acme")
            .var("username", VarSpec::required())
            .var("password", VarSpec::secret())
            .post(self.url())
            .json(r#"{ "to": "{{to}}", "text": "{{text}}" }"#)
            .auth(Auth::http_digest("{{username}}", "{{password}}"))
            .rule(Rule::new(Outcome::Accepted).when_status(200))
            .account(
                otpost::gateway::CallSpec::get(format!("http://127.0.0.1:{}/account", self.port))
                    .with_credit("/balance"),
            )
            .build();
        assert!(GatewaySpec::from_toml(&spec.to_toml().unwrap()).unwrap() == spec);
        spec.check().unwrap();
        let clock = ManualClock::at(NOW);
        let builder = HttpGateway::builder(spec).clock(clock.clone());
        (builder.var("username", username).var("password", password).build().unwrap(), clock)
    }
}

fn counted(results: &[(&str, Option<u64>)]) -> Vec<(String, Option<u64>)> {
    results.iter().map(|(result, count)| ((*result).to_owned(), *count)).collect()
}

/// Sends three messages and asks for the account, which takes five requests.
async fn check(rules: Value) {
    let server = Digesting::start(&rules);
    let username = rules["username"].as_str().unwrap_or("acme");
    let (gateway, clock) = server.gateway(username, "hunter2");
    for _ in 0..3 {
        gateway.send(&message()).await.unwrap_or_else(|error| {
            panic!("{rules}: {error} {:?}: {:?}", error.explanation(), server.results())
        });
        clock.advance(std::time::Duration::from_secs(1));
    }
    let account = gateway.account().await.unwrap();
    assert_eq!((account.state(), account.credit()), (AccountState::Active, Some("7")));
    let counts = if rules["qop"] == "" { [None; 4] } else { [1, 2, 3, 4].map(Some) };
    let expected: Vec<_> = std::iter::once(("nothing", None))
        .chain(counts.into_iter().map(|count| ("ok", count)))
        .collect();
    assert_eq!(server.results(), counted(&expected), "{rules}");
    let log = server.log();
    for entry in &log {
        let headers = entry["headers"].as_str().unwrap();
        assert!(!headers.contains("hunter2") && !headers.contains("Basic"), "{headers}");
    }
    // The body is sent again as it was.
    assert_eq!(log[0]["body"], log[1]["body"]);
    assert!(log[0]["body"].as_str().unwrap().contains("012345"));
}

#[tokio::test]
async fn digest_is_accepted_by_a_server_that_checks_it() {
    for algorithm in
        ["MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "SHA-512-256", "SHA-512-256-sess"]
    {
        check(json!({ "algorithms": [algorithm] })).await;
    }
    // Without an algorithm, and without a quality of protection (RFC 2069).
    check(json!({ "algorithms": [null] })).await;
    check(json!({ "algorithms": [null], "qop": "" })).await;
    check(json!({ "algorithms": ["SHA-256"], "qop": "auth-int" })).await;
    check(json!({ "algorithms": ["MD5-sess"], "qop": "auth-int" })).await;
    check(json!({ "qop": "auth, auth-int" })).await;
    let basic = "Basic realm=\"a, Digest nonce=1\"";
    let several = json!({ "algorithms": ["MD5", "SHA-256"], "more": [basic, "Negotiate"] });
    check(several.clone()).await;
    let mut joined = several;
    joined["joined"] = true.into();
    check(joined).await;
    check(json!({ "userhash": true, "algorithms": ["SHA-256"], "username": "Jäsøn Doe" })).await;
    check(json!({ "charset": true, "username": "Jäsøn Doe" })).await;
    check(json!({ "username": "Jäsøn \"Doe\" \\" })).await;
}

/// Another client is accepted by the same server, so the server is not made for this library.
#[test]
fn digest_server_accepts_curl_and_refuses_naive_clients() {
    for algorithm in ["MD5", "MD5-sess", "SHA-256", "SHA-256-sess"] {
        let server = Digesting::start(&json!({ "algorithms": [algorithm] }));
        let status = |more: &[&str]| {
            let output = Command::new("curl")
                .args(["--silent", "--output", "/dev/null", "--write-out", "%{http_code}"])
                .args(["--data", "x=1", &server.url()])
                .args(more)
                .output()
                .unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        assert_eq!(status(&["--digest", "--user", "acme:hunter2"]), "200", "{algorithm}");
        assert_eq!(status(&["--digest", "--user", "acme:hunter3"]), "401", "{algorithm}");
        assert_eq!(status(&["--user", "acme:hunter2"]), "401", "{algorithm}");
        assert_eq!(status(&[]), "401", "{algorithm}");
    }
}

/// The command of a dry run answers the challenge with the same credentials.
#[tokio::test]
async fn digest_commands_of_curl_run_as_they_are() {
    let server = Digesting::start(&json!({ "algorithms": ["SHA-256"] }));
    let (gateway, _) = server.gateway("acme", "hunter2");
    let prepared = gateway.prepare(&message()).unwrap();
    let command = prepared.to_curl();
    let shown = format!("{command}{command:?}{prepared}{prepared:?}");
    assert!(shown.contains("--digest --user \"$DIGEST_LOGIN\""), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
    let script = command.expose_script();
    let output = Command::new("bash")
        .args(["-c", script.expose()])
        .env_remove("http_proxy")
        .env("NO_PROXY", "*")
        .output()
        .unwrap();
    assert!(output.status.success() && output.stdout.ends_with(b"{\"balance\":\"7\"}"));
    let log = server.log();
    assert_eq!(
        log.last().unwrap()["body"],
        String::from_utf8(prepared.expose_body().to_vec()).unwrap()
    );
    assert_eq!(server.results().last(), Some(&("ok".to_owned(), Some(1))));
}

/// A client that takes the challenge for a refusal sends nothing.
#[tokio::test]
async fn digest_is_needed_by_the_server() {
    let server = Digesting::start(&json!({}));
    for auth in [Auth::None, Auth::basic("acme", "{{password}}")] {
        let spec = GatewaySpec::builder("acme", "Acme")
            .post(server.url())
            .json(r#"{ "to": "{{to}}", "text": "{{text}}" }"#);
        let spec = match auth {
            Auth::None => spec,
            _ => spec.var("password", VarSpec::secret()),
        };
        let is_none = auth == Auth::None;
        let builder = HttpGateway::builder(spec.auth(auth).build());
        let builder = if is_none { builder } else { builder.var("password", "hunter2") };
        let error = builder.build().unwrap().send(&message()).await.unwrap_err();
        assert_eq!((error.kind(), error.fate()), (SendErrorKind::Unauthorized, Fate::Refused));
    }
}

#[tokio::test]
async fn nonces_that_expire_are_replaced() {
    let server = Digesting::start(&json!({ "uses": 2, "algorithms": ["SHA-256"] }));
    let (gateway, _) = server.gateway("acme", "hunter2");
    for _ in 0..5 {
        gateway.send(&message()).await.unwrap();
    }
    let expected = [
        ("nothing", None),
        ("ok", Some(1)),
        ("ok", Some(2)),
        ("stale", Some(3)),
        ("ok", Some(1)),
        ("ok", Some(2)),
        ("stale", Some(3)),
        ("ok", Some(1)),
    ];
    assert_eq!(server.results(), counted(&expected));
}

#[tokio::test]
async fn nonces_that_the_server_announces_are_used_next() {
    for (algorithm, nonces) in [("MD5", 4), ("MD5-sess", 1)] {
        let rules = json!({ "next": true, "algorithms": [algorithm] });
        let server = Digesting::start(&rules);
        let (gateway, _) = server.gateway("acme", "hunter2");
        for _ in 0..4 {
            gateway.send(&message()).await.unwrap();
        }
        let log = server.log();
        assert_eq!(log.len(), 5, "one request for each message after the first");
        let used: std::collections::BTreeSet<_> =
            log.iter().filter_map(|entry| entry["nonce"].as_str()).collect();
        assert_eq!(used.len(), nonces, "{algorithm}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_messages_use_each_count_once() {
    // Strict servers refuse a count that is not higher than the one before.
    for strict in [false, true] {
        let server = Digesting::start(&json!({ "strict": strict }));
        let (gateway, _) = server.gateway("acme", "hunter2");
        for round in 0..3 {
            let sends: Vec<_> = (0..12)
                .map(|_| {
                    let gateway = gateway.clone();
                    tokio::spawn(async move { gateway.send(&message()).await.map(drop) })
                })
                .collect();
            for send in sends {
                send.await.unwrap().unwrap_or_else(|error| panic!("{strict} {round}: {error}"));
            }
        }
        let log = server.log();
        let accepted: Vec<_> = log.iter().filter(|entry| entry["result"] == "ok").collect();
        let used: std::collections::BTreeSet<_> = accepted
            .iter()
            .map(|entry| (entry["nonce"].as_str().unwrap(), entry["nc"].as_str().unwrap()))
            .collect();
        assert_eq!((accepted.len(), used.len()), (36, 36), "each message was accepted once");
        assert!(log.len() <= 72, "no message was sent more than twice: {}", log.len());
        if !strict {
            assert!(log.iter().all(|entry| entry["result"] != "stale"), "a count was used twice");
        }
    }
}

#[tokio::test]
async fn wrong_passwords_are_tried_once_and_then_rarely() {
    let server = Digesting::start(&json!({}));
    let (gateway, clock) = server.gateway("acme", "hunter3");
    let seconds = std::time::Duration::from_secs;
    let mut requests = 0;
    for pause in [5, 10, 20, 40, 60, 60] {
        let error = gateway.send(&message()).await.unwrap_err();
        assert_eq!((error.kind(), error.fate()), (SendErrorKind::Unauthorized, Fate::Refused));
        requests += 2;
        for passed in [0, 1, pause - 1] {
            clock.set(clock_at(requests, pause, passed));
            let error = gateway.send(&message()).await.unwrap_err();
            assert_eq!((error.kind(), error.fate()), (SendErrorKind::Unauthorized, Fate::NotSent));
            assert_eq!(error.retry_after(), Some(seconds(pause - passed)));
        }
        assert_eq!(server.log().len(), requests, "nothing was sent during the pause");
        clock.set(clock_at(requests, pause, pause));
    }
    assert_eq!(gateway.account().await.unwrap().state(), AccountState::Unauthorized);
}

/// The time some seconds after the pause of this length began.
fn clock_at(requests: usize, pause: u64, passed: u64) -> std::time::SystemTime {
    let before: u64 = [5, 10, 20, 40, 60, 60].iter().take(requests / 2 - 1).sum();
    assert!(passed <= pause);
    std::time::UNIX_EPOCH + std::time::Duration::from_secs(NOW + before + passed)
}
