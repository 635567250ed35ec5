//! Connections that are used again, and answers that never end: what a long life does to a client.

use std::time::{Duration, Instant};

use otpost::provider::{Fate, Provider, Stage};
use otpost::transport::{ReqwestTransport, TransportOptions};
use otpost::{HttpGateway, Message, PhoneNumber, gateways};
use otpost_testing::{FaultServer, Script};

const ACCEPTED: &str = r#"{"responseCode":0,"messageIds":["1-2"]}"#;

fn message() -> Message {
    Message::new(PhoneNumber::parse("+41791234567").unwrap(), "012345").unwrap()
}

fn gateway(server: &FaultServer, total: Duration) -> HttpGateway {
    let options = TransportOptions::new().with_timeout(total);
    let transport = ReqwestTransport::new(&options).unwrap();
    gateways::link_mobility("u", "p").origin(&server.origin()).build_with(transport).unwrap()
}

fn answered() -> Script {
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{ACCEPTED}", ACCEPTED.len());
    Script::new().read_request().write(answer)
}

#[tokio::test]
async fn an_idle_connection_that_was_closed_is_replaced() {
    for ending in [Script::wait, |script: Script, _| script.reset()] {
        let script = ending(answered(), Duration::ZERO);
        let server = FaultServer::start(script).await.unwrap();
        let gateway = gateway(&server, Duration::from_secs(60));
        for sent in 1..=100 {
            let receipt = gateway.send(&message()).await;
            assert_eq!(receipt.unwrap().message_id(), Some("1-2"));
            assert_eq!((server.requests(), server.connections()), (sent, sent));
            // The close arrives while the connection is idle.
            while server.open_connections() > 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            // The runtime polls a test before the tasks that wake with it. So the connection's task
            // has seen the close only when the test has waited again.
            for _ in 0..3 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    }
}

#[tokio::test]
async fn a_second_request_that_was_read_is_not_repeated() {
    // What other clients take for a stale connection, and send again.
    for (script, reads_it_all) in [
        (answered().read_request(), true),
        (answered().read_request().reset(), true),
        (answered().read(20).reset(), false),
    ] {
        let server = FaultServer::start(script).await.unwrap();
        let gateway = gateway(&server, Duration::from_secs(60));
        for run in 1..=100 {
            assert!(gateway.send(&message()).await.is_ok());
            let error = gateway.send(&message()).await.unwrap_err();
            assert_eq!(
                (error.fate(), error.stage()),
                (Fate::Unknown, Some(Stage::Request)),
                "{error:?}"
            );
            assert_eq!(
                server.connections(),
                run,
                "the second request had the first one's connection"
            );
            let requests = if reads_it_all { 2 * run } else { server.requests() };
            assert_eq!(server.requests(), requests);
            assert!(server.requests() <= 2 * run);
        }
    }
}

#[tokio::test]
async fn endless_answers_end_at_the_deadline() {
    let total = Duration::from_millis(1_000);
    let drip = Duration::from_millis(100);
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n";
    for (script, stage) in [
        (Script::new().read_request().write(head).write_forever(" ", drip), Stage::Body),
        (
            Script::new()
                .read_request()
                .write_forever("HTTP/1.1 103 A\r\n\r\n", Duration::from_millis(1)),
            Stage::Request,
        ),
        (Script::new().read_request().write_forever("H", drip), Stage::Request),
        (Script::new().read_request().hang(), Stage::Request),
        (Script::new().wait(Duration::from_secs(60)), Stage::Request),
    ] {
        let server = FaultServer::start(script).await.unwrap();
        let gateway = gateway(&server, total);
        let begin = Instant::now();
        // How late it ends is up to the machine; without a deadline for the whole, it would never end.
        let message = message();
        let sending = tokio::time::timeout(Duration::from_secs(60), gateway.send(&message));
        let error = sending.await.expect("the answer is endless, the exchange is not").unwrap_err();
        assert_eq!((error.fate(), error.stage()), (Fate::Unknown, Some(stage)), "{error:?}");
        let took = begin.elapsed();
        assert!(took >= total - Duration::from_millis(50), "{took:?}");
    }
}

/// The most memory that this process has had, in KiB; nothing where the system does not say.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or_default()
}

#[tokio::test]
async fn long_answers_are_not_kept() {
    // In a process of its own: other tests have memory of theirs.
    if std::env::var_os("OTPOST_ALONE").is_none() {
        let alone = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "reuse::long_answers_are_not_kept", "--nocapture"])
            .env("OTPOST_ALONE", "1")
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&alone.stdout);
        assert!(alone.status.success() && told.contains("1 passed"), "{told}");
        return;
    }
    let piece = vec![b' '; 1 << 14];
    let chunk = [format!("{:x}\r\n", piece.len()).as_bytes(), &piece, b"\r\n"].concat();
    let asked = || Script::new().read_request();
    let long = format!("HTTP/1.1 200 OK\r\nA: {}\r\n\r\n", "x".repeat(1 << 20));
    let gzip = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1042931\r\n\r\n";
    let bomb = [0x1f_u8, 0x8b, 8, 0].repeat(260_733);
    let mut scripts = vec![
        asked()
            .write("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
            .write_forever(piece, Duration::ZERO),
        asked()
            .write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            .write_forever(chunk, Duration::ZERO),
        asked().write(gzip).write(bomb).hang(),
        asked().write(long).hang(),
    ];
    // The first round fills what a process needs anyway.
    scripts.extend(scripts.clone());
    let mut before = 0;
    for (round, script) in scripts.into_iter().enumerate() {
        if round == 4 {
            before = peak();
        }
        let server = FaultServer::start(script).await.unwrap();
        // It ends by the limit of bytes: that of time is far away.
        let gateway = gateway(&server, Duration::from_secs(3_600));
        let message = message();
        let sending = tokio::time::timeout(Duration::from_secs(60), gateway.send(&message));
        let error = sending.await.expect("it ends by the limit").unwrap_err();
        assert_eq!(error.fate(), Fate::Unknown, "{error:?}");
    }
    let grown = peak().saturating_sub(before);
    assert!(grown <= 2 * 1_024, "{grown} KiB");

    // The naive twin keeps what it gets.
    let whole = FaultServer::start(
        asked()
            .write("HTTP/1.1 200 OK\r\nContent-Length: 16777216\r\n\r\n")
            .write(vec![b' '; 1 << 24]),
    );
    let whole = whole.await.unwrap();
    let body = reqwest::get(whole.origin()).await.unwrap().bytes().await.unwrap();
    assert!(body.len() == 1 << 24 && (before == 0 || peak().saturating_sub(before) > 8 * 1_024));
}
