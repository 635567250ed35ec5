//! Server-sent events, as a browser reads them.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::Running;

/// A stream of events.
struct Stream(BufReader<TcpStream>);

impl Stream {
    fn open(sandbox: &Running, target: &str, headers: &[(&str, &str)]) -> Self {
        let mut stream = sandbox.connect();
        stream.write_all(&sandbox.request("GET", target, headers, "")).unwrap();
        let mut stream = Self(BufReader::new(stream));
        let head: Vec<String> =
            std::iter::from_fn(|| stream.line()).take_while(|line| !line.is_empty()).collect();
        assert_eq!(head[0], "HTTP/1.1 200 OK");
        assert!(head.iter().any(|line| line == "content-type: text/event-stream"), "{head:?}");
        assert_eq!(stream.next(), vec!["retry: 1000"]);
        stream
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.0.read_line(&mut line).unwrap();
        (read > 0).then(|| line.trim_end().to_owned())
    }

    /// Returns the lines of the next event. It is empty at the end.
    fn next(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(line) = self.line() {
            // The sizes of the chunks are hexadecimal numbers on lines of their own.
            let is_size = !line.is_empty() && line.bytes().all(|b| b.is_ascii_hexdigit());
            match line.as_str() {
                "" if !lines.is_empty() => break,
                "" => {}
                line if is_size || line.starts_with(':') => {}
                line => lines.push(line.to_owned()),
            }
        }
        lines
    }

    fn event(&mut self) -> (String, Option<String>, Value) {
        let lines = self.next();
        let get = |name: &str| {
            let mut found = lines.iter().filter_map(|line| line.strip_prefix(name));
            found.next().map(str::to_owned)
        };
        let data = serde_json::from_str(&get("data: ").unwrap()).unwrap();
        (get("event: ").unwrap(), get("id: "), data)
    }
}

#[test]
fn events_come_in_order() {
    let sandbox = Running::start(&["sample"]);
    let mut stream = Stream::open(&sandbox, "/api/events", &[]);
    sandbox.message("+12025550123", "111111\nsecond line");
    sandbox.set_answer("sample", r#"{"answer":{"fault":"slow"},"times":3}"#);
    assert_eq!(sandbox.send("DELETE", "/api/messages", &[], "").status, 204);
    let (name, id, data) = stream.event();
    assert_eq!((name.as_str(), id.as_deref()), ("message", Some("1")));
    assert_eq!(data["text"], "111111\nsecond line");
    let (name, id, data) = stream.event();
    assert_eq!((name.as_str(), id), ("gateway", None));
    assert_eq!((&data["next"], &data["times"]), (&json!({ "fault": "slow" }), &json!(3)));
    assert_eq!(data, sandbox.get("/api/gateways").json()["gateways"][0]);
    let (name, _, data) = stream.event();
    assert_eq!((name.as_str(), data), ("cleared", json!({})));
}

#[test]
fn events_go_on_after_a_lost_connection() {
    let sandbox = Running::start(&["sample"]);
    for at in 1..=3 {
        sandbox.message("+12025550123", &format!("11111{at}"));
    }
    let mut stream = Stream::open(&sandbox, "/api/events", &[("Last-Event-ID", "1")]);
    assert_eq!([stream.event().1, stream.event().1], [Some("2".into()), Some("3".into())]);
    let mut stream = Stream::open(&sandbox, "/api/events?since=2", &[]);
    sandbox.message("+12025550123", "111114");
    assert_eq!([stream.event().1, stream.event().1], [Some("3".into()), Some("4".into())]);
    // Otherwise only what happens from now on.
    let mut stream = Stream::open(&sandbox, "/api/events", &[]);
    sandbox.message("+12025550123", "111115");
    assert_eq!(stream.event().1.as_deref(), Some("5"));
}

#[cfg(unix)]
#[test]
fn interrupt_ends_streams_and_waits() {
    let mut sandbox = Running::start(&["sample"]);
    let mut stream = Stream::open(&sandbox, "/api/events", &[]);
    let mut waiting = sandbox.connect();
    waiting.write_all(&sandbox.request("GET", "/api/messages?wait=60s", &[], "")).unwrap();
    // The kernel accepts a connection before the sandbox does. The response to another request on
    // a later one shows that the waiting request has been read.
    assert_eq!(sandbox.get("/api/messages").status, 200);
    let pid = sandbox.child.id().to_string();
    let killed = std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap();
    assert!(killed.success());
    assert!(stream.next().is_empty(), "the stream ends");
    assert_eq!(sandbox.child.wait().unwrap().code(), Some(0));
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut sandbox.stdout, &mut rest).unwrap();
    assert!(rest.contains("/g/sample"), "{rest}");
}
