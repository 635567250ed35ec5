//! The client that sends reports to the application, over plain HTTP.

use std::time::Duration;

use http::{HeaderValue, Request};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Sends a report, and returns the status of the response. Redirects are not followed. The timeout
/// is that of the connection and the head of the response.
///
/// Dropping the future closes the connection.
pub(super) async fn post_report(request: Request<Bytes>, timeout: Duration) -> Result<u16, String> {
    let exchange = tokio::time::timeout(timeout, exchange(request)).await;
    exchange.unwrap_or_else(|_| {
        let time = humantime::format_duration(timeout);
        Err(format!("the application did not respond within {time}"))
    })
}

async fn exchange(request: Request<Bytes>) -> Result<u16, String> {
    let (mut head, body) = request.into_parts();
    let authority = head.uri.authority().cloned().ok_or("the URL has no host")?;
    let host = authority.host().trim_matches(['[', ']']).to_owned();
    let address = (host.as_str(), authority.port_u16().unwrap_or(80));
    let stream = TcpStream::connect(address).await;
    let stream = stream.map_err(|error| format!("the application cannot be reached: {error}"))?;
    let lost = |error: hyper::Error| format!("the connection was lost: {error}");
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(lost)?;
    // A set, because it ends its tasks when it is dropped.
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
    head.uri = target.parse().map_err(|_| "the URL cannot be used".to_owned())?;
    let value = HeaderValue::from_str(authority.as_str());
    head.headers.insert(http::header::HOST, value.map_err(|_| "the host cannot be used")?);
    let response = sender.send_request(Request::from_parts(head, Full::new(body))).await;
    drop(driver);
    Ok(response.map_err(lost)?.status().as_u16())
}
