//! Limits of what one client can take.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use serde_json::json;

use super::{Raw, Running, sample_headers};

/// Opens a stream of events, and returns the status with the connection.
fn open_events(sandbox: &Running) -> (u16, TcpStream) {
    let mut stream = sandbox.connect();
    stream.write_all(&sandbox.request("GET", "/api/events", &[], "")).unwrap();
    let mut line = String::new();
    BufReader::new(stream.try_clone().unwrap()).read_line(&mut line).unwrap();
    (line.split(' ').nth(1).unwrap().parse().unwrap(), stream)
}

#[test]
fn number_of_event_readers_is_limited() {
    let sandbox = Running::start(&["sample"]);
    let mut readers: Vec<_> = (0..16).map(|_| open_events(&sandbox)).collect();
    assert!(readers.iter().all(|(status, _)| *status == 200));
    assert_eq!(open_events(&sandbox).0, 503);
    assert_eq!(sandbox.get("/api/messages").status, 200);
    // A place is free as soon as the sandbox notices that a reader is gone.
    drop(readers.pop());
    while open_events(&sandbox).0 != 200 {
        std::thread::yield_now();
    }
}

#[test]
fn responses_have_at_most_a_thousand_messages() {
    let sandbox = Running::start(&["sample"]);
    let mut stream = sandbox.connect();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let body = json!({ "to": "+12025550123", "text": "012345" }).to_string();
    for _ in 0..1_003 {
        let headers = sample_headers("a");
        let request = sandbox.request("POST", "/g/sample/messages", &headers, &body);
        stream.write_all(&request).unwrap();
        Raw::read(&mut reader).unwrap();
    }
    let first = sandbox.get("/api/messages").json();
    let messages = first["messages"].as_array().unwrap();
    assert_eq!((messages.len(), &first["last"]), (1_000, &json!(1_000)));
    let rest = sandbox.get("/api/messages?since=1000").json();
    assert_eq!((rest["messages"].as_array().unwrap().len(), &rest["last"]), (3, &json!(1_003)));
    assert_eq!(rest["messages"][0]["seq"], 1_001);
}

#[test]
fn long_texts_are_kept_in_part() {
    let sandbox = Running::start(&["sample"]);
    let text = format!("012345 {}", "é".repeat(50_000));
    assert_eq!(sandbox.message("+12025550123", &text).status, 202);
    let message = sandbox.messages().remove(0);
    assert_eq!(message["text"].as_str().unwrap().len(), 16 * 1_024 - 1);
    // The segments are those of the whole text.
    assert_eq!((&message["units"]["used"], &message["code"]), (&json!(50_007), &json!("012345")));
    let code = sandbox.get("/api/codes/+12025550123").json();
    assert_eq!(code["text"], message["text"]);
}

#[test]
fn request_without_its_gateway_is_short() {
    let sandbox = Running::start(&["sample", "kannel", "ozeki", "messagebird"]);
    let body = json!({ "a": vec!["x"; 50_000] }).to_string();
    assert!(body.len() > 64 * 1_024);
    let refused = |target: &str| {
        let mut stream = sandbox.connect();
        // The sandbox need not read all of it, and then writing fails.
        let _ = stream.write_all(&sandbox.request("POST", target, &[], &body));
        Raw::read(&mut BufReader::new(stream)).is_none_or(|response| response.status == 413)
    };
    assert!(refused("/messages") && refused("/other"));
    // With its gateway, a request of this size is read once.
    assert!(!refused("/g/sample/messages"));
    assert_eq!(sandbox.messages().len(), 1);
}
