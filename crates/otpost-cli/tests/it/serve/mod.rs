//! The bridge for other software, over real sockets: callers, the command, and a gateway.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod access;
mod fates;
mod gateway;
mod hooks;
mod leaks;
mod limits;
mod readme;
mod region_rules;
mod relay;
mod story;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use data_encoding::{BASE64, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use otpost::{Clock, SystemClock};
use sha2::Sha256;

/// The gateway file of the original story: a custom body and two headers.
const SPEC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/custom_post.toml");
/// The password of the gateway.
const PASSWORD: &str = "sentinel-gateway-password";
/// The secret of the caller `vpn`.
const SECRET: &str = "sentinel-caller-secret-17";
/// The secret of Supabase's hook, and its bytes.
const SUPABASE: &str = "v1,whsec_c2VudGluZWwta2V5LW9mLXN1cGFiYXNlLTMyLWJ5dGVz";
const SUPABASE_KEY: &[u8] = b"sentinel-key-of-supabase-32-bytes";
/// The signing key of Zitadel's HTTP provider.
const ZITADEL: &str = "sentinel-key-of-zitadel";
/// The credentials of the caller `vpn`.
const CALLER: [&str; 2] = ["--caller", "vpn=env:VPN_SECRET"];
const HOOKS: [&str; 4] = ["--supabase", "env:SUPABASE_SECRET", "--zitadel", "env:ZITADEL_KEY"];

/// A running `otpost serve`. It ends with the value.
struct Bridge {
    child: Child,
    port: u16,
    log: Arc<Mutex<String>>,
}

/// A response to a caller.
#[derive(Debug)]
struct Response {
    status: u16,
    head: String,
    body: String,
}

impl Bridge {
    /// Starts the command for regions CH and US, with the gateway at this origin.
    fn start(origin: &str, arguments: &[&str]) -> Self {
        Self::start_on("127.0.0.1:0", origin, arguments)
    }

    fn start_on(listen: &str, origin: &str, arguments: &[&str]) -> Self {
        let mut command = command(origin);
        command.args(["--regions", "CH,US", "--listen", listen]).args(arguments);
        // More than a message takes on any machine, except in the tests of the deadline.
        if !arguments.contains(&"--deadline") {
            command.args(["--deadline", "60"]);
        }
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let log = Arc::new(Mutex::new(String::new()));
        let port = loop {
            let mut line = String::new();
            assert!(lines.read_line(&mut line).unwrap() > 0, "{}", log.lock().unwrap());
            log.lock().unwrap().push_str(&line);
            if let Some(address) = line.trim_end().strip_prefix("listening on http://") {
                break address.rsplit(':').next().unwrap().parse().unwrap();
            }
        };
        let all = log.clone();
        std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                all.lock().unwrap().push_str(&format!("{line}\n"));
            }
        });
        Self { child, port, log }
    }

    fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Returns the log when it has this number of lines. It is read apart from the responses.
    #[track_caller]
    fn log_of(&self, lines: usize) -> String {
        until(|| self.log().lines().count() >= lines);
        self.log()
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port)).unwrap()
    }

    /// Sends a request with these headers, and reads its response.
    fn call(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
        let mut stream = self.connect();
        stream.write_all(&self.request(method, target, headers, body)).unwrap();
        response(&mut BufReader::new(stream))
    }

    /// Returns the bytes of a request. A header `host` replaces the usual one.
    fn request(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Vec<u8> {
        let mut head = format!("{method} {target} HTTP/1.1\r\ncontent-length: {}\r\n", body.len());
        if headers.iter().all(|(name, _)| !name.eq_ignore_ascii_case("host")) {
            head.push_str(&format!("host: 127.0.0.1:{}\r\n", self.port));
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        [head.as_bytes(), b"\r\n", body].concat()
    }

    fn form(&self, headers: &[(&str, &str)], body: &str) -> Response {
        let kind = ("content-type", "application/x-www-form-urlencoded");
        self.call("POST", "/send", &[&[kind], headers].concat(), body.as_bytes())
    }

    fn json(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Response {
        let kind = ("content-type", "application/json");
        self.call("POST", path, &[&[kind], headers].concat(), body.as_bytes())
    }

    /// Sends a code to a number.
    fn code_to(&self, number: &str) -> Response {
        self.json("/send", &[], &format!(r#"{{"to":"{number}","code":"123456"}}"#))
    }

    /// Calls Supabase's hook, signed at this moment.
    fn supabase(&self, id: &str, body: &str) -> Response {
        let headers = supabase_headers(id, now(), body.as_bytes());
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.json("/hooks/supabase", &headers, body)
    }

    fn zitadel(&self, body: &str) -> Response {
        let signature = zitadel_signature(now(), body.as_bytes());
        self.json("/hooks/zitadel", &[("zitadel-signature", &signature)], body)
    }

    fn metrics(&self) -> String {
        self.call("GET", "/metrics", &[], b"").body
    }

    /// Asks the process to stop, as a service manager does, and waits for its end.
    #[cfg(unix)]
    fn stop(&mut self) -> Option<i32> {
        self.ask_to_stop();
        self.exit_code()
    }

    #[cfg(unix)]
    fn exit_code(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    #[cfg(unix)]
    fn ask_to_stop(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Response {
    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Checks the status, the outcome and the fate.
    #[track_caller]
    fn is(&self, status: u16, outcome: &str, fate: &str) {
        assert_eq!(self.status, status, "{self:?}");
        let document = self.json();
        assert_eq!(document["outcome"], outcome, "{self:?}");
        assert_eq!(document["fate"], fate, "{self:?}");
        assert!(document["message"].is_string(), "{self:?}");
    }

    #[track_caller]
    fn is_refused(&self, status: u16, outcome: &str, message: &str) {
        self.is(status, outcome, "not_sent");
        let said = self.json()["message"].as_str().unwrap().to_owned();
        assert!(said.contains(message), "{message:?} in {said:?}");
    }
}

/// Returns the command without regions.
fn command(origin: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_otpost"));
    command.args(["serve", SPEC, "--origin", origin, "--var", "username=acme"]);
    command.args(["--var", "password=env:ACME_PASSWORD"]).env("ACME_PASSWORD", PASSWORD);
    command.env("VPN_SECRET", SECRET).env("SUPABASE_SECRET", SUPABASE).env("ZITADEL_KEY", ZITADEL);
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

/// Reads one response.
fn response(reader: &mut impl BufRead) -> Response {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(reader.read_line(&mut head).unwrap() > 0, "the response ends in {head:?}");
    }
    let response = Response { status: 0, head, body: String::new() };
    let length = response.header("content-length").unwrap().parse().unwrap();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let status = response.head.split(' ').nth(1).unwrap().parse().unwrap();
    Response { status, body: String::from_utf8(body).unwrap(), ..response }
}

/// Returns the seconds since 1970.
fn now() -> u64 {
    SystemClock.now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

fn supabase_headers(id: &str, time: u64, body: &[u8]) -> [(&'static str, String); 3] {
    let signature = sign(SUPABASE_KEY, &[format!("{id}.{time}.").as_bytes(), body]);
    let signature = format!("v1,{}", BASE64.encode(&signature));
    [
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", time.to_string()),
        ("webhook-signature", signature),
    ]
}

fn zitadel_signature(time: u64, body: &[u8]) -> String {
    let signature = sign(ZITADEL.as_bytes(), &[format!("{time}.").as_bytes(), body]);
    format!("t={time},v1={}", HEXLOWER.encode(&signature))
}

fn sign(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

/// Waits until a condition holds. It fails after a time in which it would hold on any machine.
#[track_caller]
fn until(condition: impl Fn() -> bool) {
    for _ in 0..2_000 {
        if condition() {
            return;
        }
        std::thread::park_timeout(Duration::from_millis(10));
    }
    panic!("the condition does not hold");
}
