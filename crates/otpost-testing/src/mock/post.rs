//! A client for reports, which opens a connection for each request.

use std::io;
use std::time::Duration;

use otpost::gateway::imitation::ImitatedReport;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The maximum size of a response, in bytes.
const MAX_RESPONSE: usize = 64 * 1_024;
/// The time for the whole exchange.
const TIMEOUT: Duration = Duration::from_secs(10);
const MAX_HEADERS: usize = 64;

/// Sends a report, and returns the status of the response. `None` if there was none.
pub(super) async fn post(report: &ImitatedReport) -> Option<u16> {
    tokio::time::timeout(TIMEOUT, exchange(report)).await.ok()?.ok()?
}

async fn exchange(report: &ImitatedReport) -> io::Result<Option<u16>> {
    let request = report.request();
    let uri = request.uri();
    let host = uri.authority().map(|authority| authority.as_str()).unwrap_or_default();
    let mut stream = TcpStream::connect((
        uri.host().unwrap_or_default().trim_matches(['[', ']']),
        uri.port_u16().unwrap_or(80),
    ))
    .await?;
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let method = request.method().as_str();
    let mut head = format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\n").into_bytes();
    for (name, value) in request.headers() {
        head.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    let length = request.body().len();
    head.extend(format!("Content-Length: {length}\r\nConnection: close\r\n\r\n").into_bytes());
    stream.write_all(&head).await?;
    stream.write_all(request.body()).await?;
    let mut response = Vec::new();
    loop {
        if let Some(status) = status(&response)? {
            return Ok(Some(status));
        }
        if response.len() > MAX_RESPONSE || stream.read_buf(&mut response).await? == 0 {
            return Ok(None);
        }
    }
}

/// Returns the status of a response whose head is complete.
fn status(response: &[u8]) -> io::Result<Option<u16>> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Response::new(&mut headers);
    match parsed.parse(response) {
        Ok(httparse::Status::Complete(_)) => Ok(parsed.code),
        Ok(httparse::Status::Partial) => Ok(None),
        Err(_) => Err(io::ErrorKind::InvalidData.into()),
    }
}
