use std::time::Duration;

use super::http2::{answer, goaway, head, head_of, part, reset, settings, settings_without_window};
use super::script::Script;

/// The effect of a fault on a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultClass {
    /// A response arrives that accepts the message.
    Accepted,
    /// A response arrives that rejects the message.
    Declined,
    /// The client sends no byte of the request.
    NotSent,
    /// A race: either the client sent no byte and may report `NotSent`, or the outcome is unknown.
    Open,
    /// The gateway may have accepted the message.
    Unknown,
}

/// The protocol in which a fault occurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultProtocol {
    /// HTTP/1.1, with TLS or without.
    Http1,
    /// HTTP/2, with TLS or without.
    Http2,
    /// The TLS handshake. The client uses `https://`, and the server plays the script without TLS.
    Tls,
}

/// A fault of a network or a gateway, with its script and its effect on a message.
///
/// # Examples
///
/// ```
/// use otpost_testing::{Fault, FaultClass};
///
/// let faults = Fault::all("OK");
/// let silence = faults.iter().find(|fault| fault.name() == "the request is read, then silence").unwrap();
/// assert_eq!(silence.class(), FaultClass::Unknown);
/// ```
#[derive(Clone, Debug)]
pub struct Fault {
    name: &'static str,
    protocol: FaultProtocol,
    class: FaultClass,
    script: Script,
    ends_by_clock: bool,
}

impl Fault {
    /// Returns all faults.
    ///
    /// `accepted` is a response body with which the gateway accepts a message. Statuses that count
    /// as a rejection are those with which every gateway rejects a message.
    #[must_use]
    pub fn all(accepted: &str) -> Vec<Self> {
        let mut faults = under_way();
        faults.extend(answered(accepted));
        faults.extend(bodies(accepted));
        faults.extend(statuses(accepted));
        faults.extend(in_http2(accepted));
        faults.extend(in_tls());
        faults
    }

    /// Returns the name of the fault.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the protocol in which the fault occurs.
    #[must_use]
    pub const fn protocol(&self) -> FaultProtocol {
        self.protocol
    }

    /// Returns the effect on a message.
    #[must_use]
    pub const fn class(&self) -> FaultClass {
        self.class
    }

    /// Returns the script for a [`FaultServer`](super::FaultServer).
    #[must_use]
    pub fn script(&self) -> Script {
        self.script.clone()
    }

    /// Returns `true` if the fault ends only with a timeout of the client.
    #[must_use]
    pub const fn ends_by_clock(&self) -> bool {
        self.ends_by_clock
    }

    fn http1(name: &'static str, class: FaultClass, script: Script) -> Self {
        let protocol = FaultProtocol::Http1;
        Self { name, protocol, class, script, ends_by_clock: false }
    }

    fn http2(name: &'static str, class: FaultClass, script: Script) -> Self {
        Self { protocol: FaultProtocol::Http2, ..Self::http1(name, class, script) }
    }

    fn tls(name: &'static str, script: Script) -> Self {
        Self { protocol: FaultProtocol::Tls, ..Self::http1(name, FaultClass::NotSent, script) }
    }

    const fn by_clock(mut self) -> Self {
        self.ends_by_clock = true;
        self
    }
}

const HOUR: Duration = Duration::from_secs(3_600);

fn asked() -> Script {
    Script::new().read_request()
}

/// Returns the faults in which the client receives no complete response header.
fn under_way() -> Vec<Fault> {
    use FaultClass::{Open, Unknown};
    let garbled = |name, answer: &str| Fault::http1(name, Unknown, asked().write(answer));
    // Both exceed what most HTTP clients accept as the header of a response.
    let many: String = (0..150).map(|at| format!("H{at}: x\r\n")).collect();
    let long = format!("HTTP/1.1 200 OK\r\nA: {}\r\n\r\n", "x".repeat(1 << 20));
    vec![
        Fault::http1("closed right after accept", Open, Script::new()),
        Fault::http1("reset right after accept", Open, Script::new().reset()),
        Fault::http1("reset after a part of the request", Unknown, Script::new().read(20).reset()),
        Fault::http1("never read", Unknown, Script::new().wait(HOUR)).by_clock(),
        Fault::http1("the request is read, then closed", Unknown, asked()),
        Fault::http1("the request is read, then reset", Unknown, asked().reset()),
        Fault::http1("the request is read, then silence", Unknown, asked().hang()).by_clock(),
        garbled("a part of the status line", "HTTP/1.1 20"),
        garbled("a part of the headers", "HTTP/1.1 200 OK\r\nA: b"),
        garbled("no HTTP", "\0\0\0\0garbage\r\n\r\n"),
        garbled("150 headers", &format!("HTTP/1.1 200 OK\r\n{many}Content-Length: 0\r\n\r\n")),
        garbled("a header of 1 MiB", &long),
        garbled("a length of u64::MAX", &length("18446744073709551615")),
        garbled("a negative length", &length("-1")),
        garbled("two lengths", &length("2\r\nContent-Length: 3")),
        Fault::http1(
            "endless 103",
            Unknown,
            asked().write_forever("HTTP/1.1 103 Early Hints\r\n\r\n", Duration::from_millis(1)),
        )
        .by_clock(),
    ]
}

/// Returns the cases in which a complete and legal response arrives.
fn answered(accepted: &str) -> Vec<Fault> {
    use FaultClass::{Accepted, Unknown};
    let hint = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    let yes = reply("200 OK", "", accepted);
    let closing = |version: &str| format!("{version} 200 OK\r\n\r\n{accepted}");
    let chunked = |length: usize| {
        format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{accepted}\r\n0\r\n\r\n",
            accepted.len()
        )
    };
    let answer = |name, class, answer: String| Fault::http1(name, class, asked().write(answer));
    vec![
        answer("a good answer", Accepted, yes.clone()),
        answer("103 first", Accepted, format!("{hint}{yes}")),
        answer("a thousand 103 first", Accepted, format!("{}{yes}", hint.repeat(1_000))),
        answer(
            "101 that was not requested",
            Unknown,
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"
                .to_owned(),
        ),
        // Without a body, nothing says that the gateway has accepted the message.
        answer("204", Unknown, "HTTP/1.1 204 No Content\r\n\r\n".to_owned()),
        answer("HTTP/1.0, ended by closing", Accepted, closing("HTTP/1.0")),
        answer("ended by closing", Accepted, closing("HTTP/1.1")),
        answer("a length beside chunks", Accepted, chunked(3)),
        answer("a length beside chunks that is too long", Accepted, chunked(9_999)),
        Fault::http1(
            "an answer in single bytes",
            Accepted,
            yes.bytes().fold(asked(), |script, byte| script.write([byte])),
        ),
    ]
}

/// Returns the faults in which the response body is incomplete or invalid.
fn bodies(accepted: &str) -> Vec<Fault> {
    use FaultClass::Unknown;
    let whole = reply("200 OK", "", accepted);
    // All but the last three bytes.
    let half = whole.get(..whole.len().saturating_sub(3)).unwrap_or_default();
    let chunked =
        |chunks: &str| format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}");
    let chunk = format!("{:x}\r\n{accepted}\r\n", accepted.len());
    let gzip = reply("200 OK", "Content-Encoding: gzip\r\n", "this is no gzip");
    let mut bomb = length("1048576\r\nContent-Encoding: gzip").into_bytes();
    bomb.extend([0x1f, 0x8b, 8, 0].repeat(1 << 18));
    // `OK` in UTF-16 with a byte order mark, and two zero bytes.
    let mark = [length("8").as_bytes(), &[0xff, 0xfe, b'O', 0, b'K', 0, 0, 0]].concat();
    let piece = vec![b' '; 1 << 14];
    let big = [format!("{:x}\r\n", piece.len()).as_bytes(), &piece, b"\r\n"].concat();
    let slowly = Duration::from_millis(20);
    let body = |name, script| Fault::http1(name, Unknown, script);
    vec![
        body("the body ends early", asked().write(half)),
        // The pause lets the client read first: a reset also discards data that has arrived.
        body("reset in the body", asked().write(half).wait(slowly).reset()),
        body(
            "reset in a body without length",
            asked().write("HTTP/1.1 200 OK\r\n\r\n{").wait(slowly).reset(),
        ),
        body("the chunks end early", asked().write(chunked(&chunk))),
        body("an invalid chunk", asked().write(chunked("zz\r\n"))),
        body("the body stalls", asked().write(half).hang()).by_clock(),
        body("the body drips", asked().write(length("9999")).write_forever(" ", slowly)).by_clock(),
        body("a length that is too short", asked().write(format!("{}{accepted}", length("4")))),
        body("invalid gzip", asked().write(gzip)),
        body("a gzip bomb", asked().write(bomb).hang()),
        body(
            "a gigabyte",
            asked().write(length("1073741824")).write_forever(piece, Duration::ZERO),
        ),
        body("endless chunks", asked().write(chunked("")).write_forever(big, Duration::ZERO)),
        body("a byte order mark", asked().write(mark)),
    ]
}

/// Returns the statuses that mean the same with every gateway.
fn statuses(accepted: &str) -> Vec<Fault> {
    use FaultClass::{Declined, Unknown};
    let status = |name, class, status: &str, headers: &str| {
        Fault::http1(name, class, asked().write(reply(status, headers, accepted)))
    };
    vec![
        Fault::http1(
            "413 before the request was read",
            Declined,
            Script::new().read(1).write(reply("413 Content Too Large", "", "")).hang(),
        ),
        status("302 to itself", Unknown, "302 Found", "Location: /\r\n"),
        status("302 to nowhere", Unknown, "302 Found", ""),
        status("302 to ftp", Unknown, "302 Found", "Location: ftp://127.0.0.1/\r\n"),
        status("307 to itself", Declined, "307 Temporary Redirect", "Location: /\r\n"),
        status("400", Declined, "400 Bad Request", ""),
        status("401", Declined, "401 Unauthorized", "WWW-Authenticate: Basic\r\n"),
        status("408", Declined, "408 Request Timeout", ""),
        status("429", Declined, "429 Too Many Requests", "Retry-After: 3\r\n"),
        status("500", Unknown, "500 Internal Server Error", ""),
        status("502", Unknown, "502 Bad Gateway", ""),
        status("504", Unknown, "504 Gateway Timeout", ""),
        status("999", Unknown, "999 What", ""),
    ]
}

/// Returns the faults in HTTP/2 (RFC 9113).
fn in_http2(accepted: &str) -> Vec<Fault> {
    use FaultClass::{Accepted, Open, Unknown};
    let begin = || Script::new().write(settings());
    let asked = || begin().read_request();
    let fault = |name, script| Fault::http2(name, Unknown, script);
    let half = accepted.as_bytes().get(..1).unwrap_or_default();
    let announced = accepted.len().saturating_add(1);
    let cut = || asked().write(head_of(announced)).write(part(accepted.as_bytes()));
    vec![
        Fault::http2("a good answer", Accepted, asked().write(answer(accepted.as_bytes())).hang()),
        Fault::http2("GOAWAY at the start", Open, begin().write(goaway(0, 0))),
        Fault::http2("closed right after accept", Open, Script::new()),
        // RFC 9113 allows a retry after this and after REFUSED_STREAM. But the gateway has read the
        // whole request, so the suite asks for the careful answer.
        fault("GOAWAY that leaves the request out", asked().write(goaway(0, 0))),
        fault("GOAWAY that takes the request in", asked().write(goaway(1, 0))),
        fault("GOAWAY with an error", asked().write(goaway(0, 2))),
        fault("the request is read, then closed", asked()),
        fault("the request is read, then reset", asked().reset()),
        fault("the request is read, then silence", asked().hang()).by_clock(),
        fault("REFUSED_STREAM", asked().write(reset(7)).hang()),
        fault("INTERNAL_ERROR", asked().write(reset(2)).hang()),
        fault("CANCEL", asked().write(reset(8)).hang()),
        fault("ENHANCE_YOUR_CALM", asked().write(reset(11)).hang()),
        fault("no HTTP/2", asked().write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")),
        fault("no window for the body", Script::new().write(settings_without_window()).hang())
            .by_clock(),
        fault("the body ends early", asked().write(head()).write(part(half))),
        fault("the body is reset", asked().write(head()).write(part(half)).write(reset(2)).hang()),
        // Clients take both codes for the end of the body, and what came of it looks accepted.
        fault("the body ends early with NO_ERROR", cut().write(reset(0)).hang()),
        fault("the body ends early with CANCEL", cut().write(reset(8)).hang()),
        fault("the body stalls", asked().write(head()).write(part(half)).hang()).by_clock(),
        fault(
            "a body that is too long",
            asked().write(head()).write(part(&[b' '; 1 << 14]).repeat(5)).hang(),
        ),
    ]
}

/// Returns the faults in the TLS handshake.
fn in_tls() -> Vec<Fault> {
    vec![
        Fault::tls("the handshake is closed", Script::new().read(1)),
        Fault::tls("the handshake is reset", Script::new().read(1).reset()),
        Fault::tls("the handshake stalls", Script::new().hang()).by_clock(),
        Fault::tls(
            "the port speaks HTTP",
            Script::new().read(1).write("HTTP/1.1 400 Bad Request\r\n\r\n").hang(),
        ),
        // A fatal alert, handshake_failure (RFC 8446 §6).
        Fault::tls("an alert", Script::new().read(1).write([21, 3, 3, 0, 2, 2, 40]).hang()),
    ]
}

fn reply(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\n{headers}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

/// Returns the header of a response with this `Content-Length`.
fn length(length: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n")
}
