//! The sandbox over real sockets.

mod api;
#[cfg(feature = "send")]
mod clients;
mod events;
mod limits;
#[path = "../../../../../tests/it/imitation/mutation.rs"]
mod mutation;
mod mutations;
mod openapi;
#[cfg(feature = "signatures")]
mod report_keys;
mod reports;
mod secrets;
mod security;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

/// A sandbox in a separate process, which ends with the test.
struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// The host and the port.
    address: String,
}

/// A response as the bytes on the wire say it.
struct Raw {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        Self::start_with(
            Command::new(env!("CARGO_BIN_EXE_otpost")).args(["sandbox"]).args(arguments),
        )
    }

    /// Starts the command on a free port, unless it names an address.
    fn start_with(command: &mut Command) -> Self {
        if command.get_args().all(|argument| argument != "--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        let piped = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let address = line.split_once("http://").map(|(_, rest)| rest.split([' ', '/']).next());
        let Some(Some(address)) = address else {
            let mut errors = String::new();
            child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
            panic!("{line}{errors}");
        };
        Self { address: address.to_owned(), child, stdout }
    }

    #[cfg(feature = "send")]
    fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    fn connect(&self) -> TcpStream {
        let port = self.address.rsplit_once(':').unwrap().1;
        TcpStream::connect(format!("127.0.0.1:{port}")).unwrap()
    }

    /// Sends a request on a new connection.
    fn send(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Raw {
        let mut stream = self.connect();
        stream.write_all(&self.request(method, target, headers, body)).unwrap();
        Raw::read(&mut BufReader::new(stream)).unwrap()
    }

    /// Returns a request with the `Host` of the sandbox, unless there is another one.
    fn request(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
        let mut request = format!("{method} {target} HTTP/1.1\r\n");
        if headers.iter().all(|(name, _)| !name.eq_ignore_ascii_case("host")) {
            request.push_str(&format!("Host: {}\r\n", self.address));
        }
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            request.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        format!("{request}\r\n{body}").into_bytes()
    }

    fn get(&self, target: &str) -> Raw {
        self.send("GET", target, &[], "")
    }

    /// Sends a message through the sample gateway.
    fn message(&self, to: &str, text: &str) -> Raw {
        let body = serde_json::json!({ "to": to, "text": text, "from": "Acme" }).to_string();
        let id = otpost::message::MessageId::random().unwrap();
        self.send("POST", "/g/sample/messages", &sample_headers(id.as_str()), &body)
    }

    fn set_answer(&self, gateway: &str, body: &str) {
        let response = self.send("PUT", &format!("/api/answers/{gateway}"), &[], body);
        assert_eq!(response.status, 204, "{}", response.text());
    }

    /// Returns all messages.
    fn messages(&self) -> Vec<Value> {
        self.get("/api/messages").json()["messages"].as_array().unwrap().clone()
    }
}

fn sample_headers(id: &str) -> [(&str, &str); 3] {
    [
        ("Authorization", "Bearer sentinel-token-4f1d"),
        ("Content-Type", "application/json"),
        ("Idempotency-Key", id),
    ]
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Raw {
    /// Reads a response. `None` if the connection ends before.
    fn read(reader: &mut impl BufRead) -> Option<Self> {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let status = line.split(' ').nth(1)?.trim().parse().ok()?;
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            match line.trim_end().split_once(':') {
                None => break,
                Some((name, value)) => headers.push((name.to_owned(), value.trim().to_owned())),
            }
        }
        let mut raw = Self { status, headers, body: Vec::new() };
        let length = raw.header("content-length").and_then(|length| length.parse().ok());
        raw.body = vec![0; length.unwrap_or(0)];
        reader.read_exact(&mut raw.body).ok()?;
        Some(raw)
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
}
