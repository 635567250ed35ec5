//! A gateway on this machine that responds as the spec of the transcripts describes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};

// The numbers end like the magic numbers of `otpost sandbox`, so that no fictional number of `load` is
// one of them.
/// A number that is accepted.
pub(crate) const ACCEPTED: &str = "+12025550123";
/// A number whose first message is throttled, and whose second one is accepted.
pub(crate) const THROTTLED_ONCE: &str = "+12025550001";
/// A number for which the response says nothing.
pub(crate) const UNKNOWN: &str = "+12025550011";
/// A number that the gateway refuses, with everything that it knows in its words.
pub(crate) const REFUSED: &str = "+12025550005";

/// The token that the gateway accepts.
pub(crate) const TOKEN: &str = "sentinel-token-4f1d";

/// Starts the server, and returns its port. It ends with the process.
pub(crate) fn start() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let throttled = AtomicUsize::new(0);
        for stream in listener.incoming() {
            // A connection test opens a connection and sends nothing.
            let _ = answer(stream.unwrap(), &throttled);
        }
    });
    port
}

fn answer(mut stream: TcpStream, throttled: &AtomicUsize) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let (mut length, mut is_known) = (0, false);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(": ")?;
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().ok()?,
            "authorization" => is_known = value == format!("Bearer {TOKEN}"),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = String::from_utf8(body).ok()?;
    let is_to = |number: &str| body.contains(&format!("to={}", &number[1..]));
    let (status, answer) = match path.as_str() {
        _ if !is_known => ("401 Unauthorized", r#"{"error":"E1"}"#.to_owned()),
        "/account" => ("200 OK", r#"{"credit":"12.50"}"#.to_owned()),
        _ if is_to(THROTTLED_ONCE) && throttled.fetch_add(1, Ordering::SeqCst) == 0 => {
            ("429 Too Many Requests", "{}".to_owned())
        }
        _ if is_to(UNKNOWN) => ("200 OK", "{}".to_owned()),
        _ if is_to(REFUSED) => {
            let reason = format!("no 12025550005 {TOKEN} 123456 is your code");
            ("403 Forbidden", format!(r#"{{"error":"E9","reason":"{reason}"}}"#))
        }
        _ => ("200 OK", r#"{"id":"m-17"}"#.to_owned()),
    };
    let length = answer.len();
    let head = "content-type: application/json\r\nconnection: close";
    let answer = format!("HTTP/1.1 {status}\r\n{head}\r\ncontent-length: {length}\r\n\r\n{answer}");
    stream.write_all(answer.as_bytes()).ok()
}
