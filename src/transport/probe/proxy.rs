use std::io;

use data_encoding::BASE64;
use percent_encoding::percent_decode_str;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::Url;

use super::{Probe, Stopped};
use crate::clock::Timer;
use crate::provider::Stage;
use crate::transport::probe::Finding;

/// The maximum size of a proxy's response. A refusal may have a long body, but only its status line
/// is used.
const MAX_ANSWER: usize = 8 * 1_024;

impl Probe<'_> {
    /// Requests a tunnel from a proxy (`CONNECT`, RFC 9110 §9.3.6).
    pub(super) async fn tunnel(
        &mut self,
        mut stream: TcpStream,
        proxy: &Url,
        target: &str,
    ) -> Result<TcpStream, Stopped> {
        let begin = self.timer.elapsed();
        let asked = timeout(self.options.connect_timeout, ask(&mut stream, proxy, target)).await;
        let elapsed = self.timer.elapsed().saturating_sub(begin);
        let (refused, hint) = match asked {
            Ok(Ok(200..=299)) => {
                let what = format!("the proxy opened a tunnel to {target}");
                self.diagnosis.push(Finding::good(Stage::Proxy, elapsed, what));
                return Ok(stream);
            }
            Ok(Ok(407)) => (
                "the proxy requires a user name and a password (407)".to_owned(),
                "write them into the URL of the proxy: http://user:password@proxy:3128",
            ),
            Ok(Ok(status @ (400 | 404 | 405 | 501))) => (
                format!("the proxy returned status {status}"),
                "check its address: this server may be a web server and no proxy",
            ),
            Ok(Ok(status @ 502..=504)) => (
                format!("the proxy returned status {status}: it cannot reach the gateway itself"),
                "check the host and the port of the gateway, and ask the operator of the proxy",
            ),
            Ok(Ok(status)) => (
                format!("the proxy returned status {status}"),
                "ask the operator of the proxy to allow this connection",
            ),
            Ok(Err(error)) => match error.kind() {
                io::ErrorKind::InvalidData => (
                    "the proxy's response is not HTTP/1.1".to_owned(),
                    "check the port: another service than a proxy listens there",
                ),
                io::ErrorKind::UnexpectedEof => (
                    "the proxy closed the connection before its response was complete".to_owned(),
                    "ask the operator of the proxy to allow this connection",
                ),
                _ => (
                    "the connection to the proxy broke".to_owned(),
                    "ask the operator of the proxy to allow this connection",
                ),
            },
            Err(_) => (
                format!("the proxy did not respond in {:.1} s", elapsed.as_secs_f64()),
                "check the address of the proxy, and ask its operator whether it is overloaded",
            ),
        };
        let what = format!("no tunnel to {target}: {refused}; the gateway was not reached");
        Err(self.fail(Stage::Proxy, elapsed, &what, hint))
    }
}

/// Sends the `CONNECT` request and returns the status of the proxy's response.
async fn ask(stream: &mut TcpStream, proxy: &Url, target: &str) -> io::Result<u16> {
    let login = authorization(proxy);
    let request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{login}\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    let is_whole = |answer: &[u8]| answer.windows(4).any(|end| end == b"\r\n\r\n");
    // Other protocols send no empty line, and then wait for the client.
    let is_other = |answer: &[u8]| answer.len() >= 7 && !answer.starts_with(b"HTTP/1.");
    while !is_whole(&answer) && !is_other(&answer) && answer.len() < MAX_ANSWER {
        if stream.read_buf(&mut answer).await? == 0 {
            break;
        }
    }
    let text = String::from_utf8_lossy(&answer);
    // Behind the prefix are the minor version, a space, and the three digits of the status.
    let status = text.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..5)?.parse().ok());
    match status {
        // A proxy may close the connection right after a refusal. But a success needs the complete
        // head: without it there is no tunnel.
        Some(200..=299) if !is_whole(&answer) => Err(io::ErrorKind::UnexpectedEof.into()),
        Some(status) => Ok(status),
        // A beginning of a status line, or nothing at all, is a response that was cut off. Any
        // other text is another protocol.
        None if b"HTTP/1.".starts_with(answer.get(..7).unwrap_or(&answer)) => {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
        None => Err(io::ErrorKind::InvalidData.into()),
    }
}

/// Returns the header with the credentials in the URL of a proxy, or nothing.
pub(super) fn authorization(proxy: &Url) -> String {
    login_of(proxy).map_or_else(String::new, |login| {
        format!("Proxy-Authorization: Basic {}\r\n", BASE64.encode(&login))
    })
}

/// Returns the user name and the password of a URL, in which they are percent-encoded (RFC 3986
/// §3.2.1), with a colon between them.
fn login_of(proxy: &Url) -> Option<Vec<u8>> {
    let (name, password) = (proxy.username(), proxy.password());
    if name.is_empty() && password.is_none() {
        return None;
    }
    let mut login: Vec<u8> = percent_decode_str(name).collect();
    login.push(b':');
    login.extend(percent_decode_str(password.unwrap_or_default()));
    Some(login)
}
