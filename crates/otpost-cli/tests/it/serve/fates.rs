//! The fate of a message as a status of HTTP.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use super::gateway::TestGateway;
use super::{Bridge, CALLER, until};

/// A closed port.
const NOWHERE: &str = "http://127.0.0.1:9";

#[test]
fn statuses_follow_from_the_fate() {
    for (body, status, outcome, fate) in [
        (r#"{"responseCode":1}"#, 422, "unauthorized", "refused"),
        (r#"{"responseCode":13}"#, 503, "throttled", "not_sent"),
        // Sending again could send twice, so this is no error.
        ("{}", 202, "unknown", "unknown"),
    ] {
        let gateway = TestGateway::answering(200, body);
        let bridge = Bridge::start(&gateway.origin(), &["--retry", "0"]);
        let response = bridge.code_to("+41791234567");
        response.is(status, outcome, fate);
        assert_eq!(response.header("retry-after").is_some(), status == 503, "{response:?}");
        assert_eq!(response.header("cache-control"), Some("no-store"));
        assert_eq!(gateway.count(), 1);
    }
}

#[test]
fn a_gateway_that_is_down_can_be_tried_again() {
    let response = Bridge::start(NOWHERE, &[]).code_to("+41791234567");
    response.is_refused(503, "transport", "no response from the gateway");
    assert_eq!(response.header("retry-after"), Some("5"));
}

#[test]
fn a_gateway_that_does_not_answer_ends_with_the_deadline() {
    let (gateway, _word) = TestGateway::waiting();
    let bridge = Bridge::start(&gateway.origin(), &["--deadline", "1"]);
    bridge.code_to("+41791234567").is(202, "transport", "unknown");
    assert_eq!(gateway.count(), 1);
}

/// A gateway that reads the request and closes the connection may have sent the message.
#[test]
fn a_response_that_is_lost_is_no_error() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut bytes = [0; 4_096];
        let read = std::io::Read::read(&mut stream, &mut bytes).unwrap();
        assert!(read > 0);
        // Only the first connection is accepted: a second one would be a second message.
        drop(listener);
    });
    let bridge = Bridge::start(&origin, &[]);
    bridge.code_to("+41791234567").is(202, "transport", "unknown");
    server.join().unwrap();
}

#[test]
fn a_caller_that_hangs_up_does_not_stop_the_message() {
    let (gateway, word) = TestGateway::waiting();
    let bridge = Bridge::start(&gateway.origin(), &["--limit-recipient", "1"]);
    let message = br#"{"to":"+41791234567","code":"123456"}"#;
    let request = bridge.request("POST", "/send", &[("content-type", "application/json")], message);
    let mut stream = bridge.connect();
    stream.write_all(&request).unwrap();
    until(|| gateway.count() == 1);
    drop(stream);
    word.send(()).unwrap();
    until(|| {
        bridge
            .metrics()
            .contains("otpost_sends_total{provider=\"custom-post\",fate=\"accepted\"} 1")
    });
    // Its place stays taken.
    bridge.code_to("+41791234567").is(429, "limited", "not_sent");
}

#[cfg(unix)]
#[test]
fn a_message_that_is_being_sent_is_finished_before_the_end() {
    let (gateway, word) = TestGateway::waiting();
    let mut bridge = Bridge::start(&gateway.origin(), &[]);
    let message = br#"{"to":"+41791234567","code":"123456"}"#;
    let request = bridge.request("POST", "/send", &[("content-type", "application/json")], message);
    let mut stream = bridge.connect();
    stream.write_all(&request).unwrap();
    until(|| gateway.count() == 1);
    bridge.ask_to_stop();
    until(|| bridge.log().contains("stopping: "));
    word.send(()).unwrap();
    let response = super::response(&mut std::io::BufReader::new(stream));
    response.is(200, "accepted", "accepted");
    assert_eq!(bridge.exit_code(), Some(0), "{}", bridge.log());
}

/// A message that began after the signal could be cut off, and its caller would send it again.
#[cfg(unix)]
#[test]
fn a_request_that_arrives_during_the_stop_is_not_sent() {
    let (gateway, word) = TestGateway::waiting();
    let mut bridge = Bridge::start(&gateway.origin(), &[]);
    let message = br#"{"to":"+41791234567","code":"123456"}"#;
    let kind = ("content-type", "application/json");
    // The server asks for the body when it has read the head.
    let head = bridge.request("POST", "/send", &[kind, ("expect", "100-continue")], message);
    let (head, body) = head.split_at(head.len() - message.len());
    let mut late = BufReader::new(bridge.connect());
    late.get_mut().write_all(head).unwrap();
    let mut line = String::new();
    late.read_line(&mut line).unwrap();
    assert_eq!(line, "HTTP/1.1 100 Continue\r\n");
    late.read_line(&mut line).unwrap();
    late.get_mut().write_all(&body[..10]).unwrap();
    // Another message is being sent.
    let mut running = bridge.connect();
    running.write_all(&bridge.request("POST", "/send", &[kind], message)).unwrap();
    until(|| gateway.count() == 1);
    bridge.ask_to_stop();
    until(|| bridge.log().contains("stopping: "));
    late.get_mut().write_all(&body[10..]).unwrap();
    // Without a response, the gateway has got a second message.
    until(|| gateway.count() > 1 || bridge.log().contains(": 503 busy"));
    assert_eq!(gateway.count(), 1, "{}", bridge.log());
    let refused = super::response(&mut late);
    refused.is_refused(503, "busy", "the server is stopping");
    assert_eq!(refused.header("retry-after"), Some("1"));
    word.send(()).unwrap();
    super::response(&mut BufReader::new(running)).is(200, "accepted", "accepted");
    assert_eq!(bridge.exit_code(), Some(0), "{}", bridge.log());
}

#[cfg(unix)]
#[test]
fn an_idle_server_stops_at_once() {
    let mut bridge = Bridge::start(NOWHERE, &[]);
    // A connection without a request.
    let _idle = bridge.connect();
    assert_eq!(bridge.stop(), Some(0), "{}", bridge.log());
    until(|| bridge.log().contains("stopping: "));
}

#[test]
fn metrics_count_requests_and_sends() {
    let gateway = TestGateway::accepting();
    let bridge = Bridge::start(&gateway.origin(), &["--limit-recipient", "2"]);
    for _ in 0..3 {
        bridge.code_to("+41791234567");
    }
    bridge.call("GET", "/a/path/of/an/attacker", &[], b"");
    let metrics = bridge.metrics();
    for line in [
        "# TYPE otpost_serve_requests_total counter",
        "otpost_serve_requests_total{endpoint=\"/send\",status=\"200\",outcome=\"accepted\"} 2",
        "otpost_serve_requests_total{endpoint=\"/send\",status=\"429\",outcome=\"limited\"} 1",
        "otpost_serve_requests_total{endpoint=\"other\",status=\"404\",outcome=\"invalid_request\"} 1",
        "otpost_sends_total{provider=\"custom-post\",fate=\"accepted\"} 2",
        "# TYPE otpost_serve_request_duration histogram",
        "otpost_serve_request_duration_count{endpoint=\"/send\"} 3",
    ] {
        assert!(metrics.lines().any(|it| it == line), "{line}\nin\n{metrics}");
    }
    assert!(!metrics.contains("attacker"));
}

#[test]
fn a_request_with_a_key_is_sent_once() {
    let gateway = TestGateway::accepting();
    let bridge = Bridge::start(&gateway.origin(), &CALLER);
    let send = |key: &str, code: &str| {
        let headers = [("x-api-key", super::SECRET), ("idempotency-key", key)];
        let message = format!(r#"{{"to":"+41791234567","code":"{code}"}}"#);
        bridge.json("/send", &headers, &message)
    };
    send("first", "123456").is(200, "accepted", "accepted");
    let again = send("first", "123456");
    again.is(200, "accepted", "accepted");
    assert_eq!(again.json()["repeated"], true);
    send("second", "123456").is(200, "accepted", "accepted");
    // A caller that always sends the same key must not lose messages.
    send("first", "654321").is(200, "accepted", "accepted");
    assert_eq!(gateway.count(), 3);
    send(&"x".repeat(256), "123456").is_refused(400, "invalid_request", "`idempotency-key`");
}

/// Their responses would fill the store, because no limit counts them.
#[test]
fn requests_that_were_not_sent_are_not_kept() {
    let gateway = TestGateway::accepting();
    let refusing = TestGateway::answering(200, r#"{"responseCode":1}"#);
    for (origin, number, is_kept) in [
        (gateway.origin(), "+33612345678", false),
        (gateway.origin(), "1", false),
        ("http://127.0.0.1:9".to_owned(), "+41791234567", false),
        // The gateway has seen it.
        (refusing.origin(), "+41791234567", true),
        (gateway.origin(), "+41791234567", true),
    ] {
        let bridge = Bridge::start(&origin, &[&CALLER[..], &["--retry", "0"]].concat());
        let headers = [("x-api-key", super::SECRET), ("idempotency-key", "first")];
        let message = format!(r#"{{"to":"{number}","code":"123456"}}"#);
        let [first, again] = [(); 2].map(|()| bridge.json("/send", &headers, &message));
        assert_eq!(first.status, again.status);
        assert_eq!(again.json().get("repeated").is_some(), is_kept, "{number}: {again:?}");
    }
    assert_eq!((gateway.count(), refusing.count()), (1, 1));
}
