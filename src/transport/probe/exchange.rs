//! The last step of a connection test: an HTTP request without credentials.

use std::time::Duration;

use http::uri::Uri;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use super::proxy::authorization;
use super::{Finding, Probe, Stopped};
use crate::clock::Timer;
use crate::provider::Stage;

/// The maximum size of a response that is read. The rest does not matter here.
const MAX_RESPONSE: usize = 8 * 1_024;

/// The time to wait for the rest of a short page.
const PAGE_WAIT: Duration = Duration::from_secs(1);

/// How the reading of a response ended.
enum ReadEnd {
    /// The server closed or reset the connection.
    Closed,
    /// The head is complete, or long enough.
    Head,
    Timeout,
}

impl Probe<'_> {
    /// Sends a request without credentials, which changes nothing at the server, and judges the
    /// response. Through a proxy, without a tunnel, the target is the whole URL.
    pub(super) async fn request(
        &mut self,
        mut stream: impl AsyncRead + AsyncWrite + Unpin,
        url: &Uri,
        is_tls: bool,
        method: &'static str,
    ) -> Result<(), Stopped> {
        let proxy = self.options.proxy_url().ok().flatten().filter(|_| !is_tls);
        let authority = url.authority().map(|authority| authority.as_str()).unwrap_or_default();
        let path = if url.path().is_empty() { "/" } else { url.path() };
        let (target, login) = match &proxy {
            None => (path.to_owned(), String::new()),
            Some(proxy) => (format!("http://{authority}{path}"), authorization(proxy)),
        };
        let request = format!(
            "{method} {target} HTTP/1.1\r\nHost: {authority}\r\nAccept: */*\r\nUser-Agent: otpost\r\n\
             Content-Length: 0\r\nConnection: close\r\n{login}\r\n"
        );
        let begin = self.timer.elapsed();
        let mut response = Vec::with_capacity(MAX_RESPONSE);
        let read = timeout(self.options.timeout, async {
            // A server that refuses a request may close the connection before it has read all of
            // it. Its response can still be read.
            let _ = stream.write_all(request.as_bytes()).await;
            let _ = stream.flush().await;
            read_head(&mut stream, &mut response).await
        });
        let end = read.await.unwrap_or(ReadEnd::Timeout);
        if !is_tls && status(&response) == Some(400) {
            // The page may say that the port is for https. Without it, the status alone remains.
            let _ = timeout(PAGE_WAIT, read_page(&mut stream, &mut response)).await;
        }
        let elapsed = self.timer.elapsed().saturating_sub(begin);
        let peer = Peer { host: authority, path, is_tls, is_proxied: proxy.is_some() };
        match peer.judge(&response, &end, elapsed) {
            Ok(what) => {
                self.diagnosis.push(Finding::good(Stage::Headers, elapsed, what));
                Ok(())
            }
            Err(HttpProblem { stage, what, hint }) => {
                let is_closed = response.is_empty() && matches!(end, ReadEnd::Closed);
                self.is_method_in_doubt = is_closed || matches!(status(&response), Some(404));
                Err(self.fail(stage, elapsed, &what, hint))
            }
        }
    }
}

/// Reads until the head of a response is complete, and what has arrived of its body by then.
async fn read_head(stream: &mut (impl AsyncRead + Unpin), response: &mut Vec<u8>) -> ReadEnd {
    let is_head = |response: &[u8]| response.windows(4).any(|end| end == b"\r\n\r\n");
    // A TLS alert has 7 bytes and no line break, and other protocols greet with a line.
    let is_other = |response: &[u8]| response.len() >= 7 && !response.starts_with(b"HTTP/1.");
    while !is_head(response) && !is_other(response) && response.len() < MAX_RESPONSE {
        match stream.read_buf(response).await {
            Ok(1..) => {}
            Ok(0) | Err(_) => return ReadEnd::Closed,
        }
    }
    ReadEnd::Head
}

/// Reads to the end of the connection, or to the maximum size.
async fn read_page(stream: &mut (impl AsyncRead + Unpin), response: &mut Vec<u8>) {
    while response.len() < MAX_RESPONSE && matches!(stream.read_buf(response).await, Ok(1..)) {}
}

/// A problem of the HTTP step, and what to do about it.
struct HttpProblem {
    stage: Stage,
    what: String,
    hint: &'static str,
}

/// The server that was asked.
struct Peer<'p> {
    host: &'p str,
    path: &'p str,
    is_tls: bool,
    is_proxied: bool,
}

impl Peer<'_> {
    fn judge(
        &self,
        response: &[u8],
        end: &ReadEnd,
        elapsed: Duration,
    ) -> Result<String, HttpProblem> {
        let host = self.name();
        if let Some(status) = status(response) {
            return self.judge_status(status, response);
        }
        let problem = |stage, what: String, hint| Err(HttpProblem { stage, what, hint });
        match response {
            // The content types of TLS records: an alert, and a handshake (RFC 8446 §5.1).
            [0x15 | 0x16, 0x03, ..] => self.expects_tls(),
            [] if matches!(end, ReadEnd::Timeout) => problem(
                Stage::Request,
                format!(
                    "{host} accepted the connection and sent no response to an HTTP request in \
                     {:.1} s",
                    elapsed.as_secs_f64()
                ),
                "the server hangs, or the port is for another protocol: check the port, and ask \
                 the operator of the gateway",
            ),
            [] => problem(
                Stage::Request,
                format!("{host} closed the connection without a response to an HTTP request"),
                match self.is_tls {
                    true => "check that the gateway accepts the address of this machine",
                    false => {
                        "check whether the port expects https://, and whether the gateway accepts \
                         the address of this machine"
                    }
                },
            ),
            _ => {
                let service = service(response).map(|name| format!(": it looks like {name}"));
                let what =
                    format!("{host} does not use HTTP on this port{}", service.unwrap_or_default());
                problem(Stage::Headers, what, "check the port: another service listens there")
            }
        }
    }

    fn judge_status(&self, status: u16, response: &[u8]) -> Result<String, HttpProblem> {
        let (host, path) = (self.name(), self.path);
        let (what, hint) = match status {
            400 if !self.is_tls && names_https(response) => return self.expects_tls(),
            300..=399 => {
                let to = redirect_origin(response);
                let to = to.unwrap_or_else(|| "another path".to_owned());
                (
                    format!(
                        "{host} redirects to {to} (status {status}), which otpost does not follow"
                    ),
                    "write the final URL in the spec, or its origin in --origin",
                )
            }
            404 | 410 => (
                format!("{host} has no page {path} (status {status})"),
                "compare the path of request.url with the documentation of the gateway",
            ),
            407 => (
                "the proxy requires a user name and a password (407)".to_owned(),
                "write them into the URL of the proxy: http://user:password@proxy:3128",
            ),
            421 => (
                format!("{host} does not serve this host name (status {status})"),
                "check the host of request.url, and use the name instead of an IP address",
            ),
            502..=504 => (
                format!("{host} is not available behind its own proxy (status {status})"),
                "the service is down or overloaded: ask the operator of the gateway",
            ),
            403 => {
                return Ok(format!(
                    "HTTP status {status} without credentials: if it stays with them, the gateway \
                     may accept other addresses only"
                ));
            }
            _ => {
                return Ok(format!(
                    "HTTP status {status} without credentials: the server responds"
                ));
            }
        };
        let stage = if status == 407 { Stage::Proxy } else { Stage::Headers };
        Err(HttpProblem { stage, what, hint })
    }

    fn expects_tls(&self) -> Result<String, HttpProblem> {
        let what = format!("{} expects TLS on this port, and the URL is http://", self.name());
        let hint = "write https:// in the URL of the spec, or in --origin";
        Err(HttpProblem { stage: Stage::Headers, what, hint })
    }

    fn name(&self) -> String {
        match self.is_proxied {
            true => format!("{}, through the proxy,", self.host),
            false => self.host.to_owned(),
        }
    }
}

/// Returns the status of an HTTP/1.x response.
fn status(response: &[u8]) -> Option<u16> {
    let line = response.split(|byte| *byte == b'\r').next()?;
    let line = std::str::from_utf8(line).ok()?;
    // Behind the prefix are the minor version, a space, and the three digits of the status.
    line.strip_prefix("HTTP/1.")?.get(2..5)?.parse().ok()
}

/// Returns whether a page says that the port is for https, as those of nginx, Apache and Go do.
fn names_https(response: &[u8]) -> bool {
    let text = String::from_utf8_lossy(response).to_ascii_lowercase();
    ["https port", "ssl-enabled server port", "https server", "requires tls"]
        .iter()
        .any(|phrase| text.contains(phrase))
}

/// Returns the scheme and the authority of the `Location` header. The rest may contain a secret.
fn redirect_origin(response: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(response);
    let line = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("location").then(|| value.trim().to_owned())
    })?;
    let url: Uri = line.parse().ok()?;
    let (scheme, host) = (url.scheme_str()?, url.host()?);
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{scheme}://{host}{port}"))
}

/// Returns the name of a service by its greeting.
fn service(response: &[u8]) -> Option<&'static str> {
    let known: [(&[u8], &str); 5] = [
        (b"SSH-", "an SSH server"),
        (b"220", "a mail or FTP server"),
        (b"+OK", "a mailbox (POP3)"),
        (b"* OK", "a mailbox (IMAP)"),
        (b"-ERR", "a Redis server"),
    ];
    known.into_iter().find(|(start, _)| response.starts_with(start)).map(|(_, name)| name)
}
