//! Turns a failed exchange into a [`TransportError`]: its stage, its text, and whether the request
//! may have been sent.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use super::ending::{Ending, Parse};
use crate::provider::Stage;
use crate::transport::cause::{Cause, chain, errno, io_error, reached, words};
use crate::transport::progress::{ConnectPath, Progress};
use crate::transport::tls;
use crate::transport::{LocalSource, TransportError};

/// The endpoints of an exchange, without the parts of the URL that must not be printed.
#[derive(Clone, Debug)]
pub(super) struct ExchangeRoute {
    /// Host and port of the gateway.
    pub(super) host: String,
    /// The scheme: `true` for `https`. Such a request goes through a tunnel if there is a proxy.
    pub(super) is_tls: bool,
    /// Host and port of the proxy.
    pub(super) proxy: Option<String>,
    pub(super) source: Option<LocalSource>,
}

impl ExchangeRoute {
    /// Returns the other end of the HTTP connection: the gateway, or the proxy for `http://`.
    fn peer(&self) -> String {
        match &self.proxy {
            Some(proxy) if !self.is_tls => format!("proxy {proxy}"),
            _ => self.host.clone(),
        }
    }

    /// Returns the other end of a TLS handshake at this stage.
    fn party(&self, stage: Option<Stage>) -> String {
        match &self.proxy {
            Some(proxy) if stage == Some(Stage::Proxy) || !self.is_tls => format!("proxy {proxy}"),
            _ => self.host.clone(),
        }
    }
}

/// Determines the stage at which an exchange ended, and whether a byte of the request may have
/// left.
///
/// The flags of the client's error are not enough: a timeout during connecting and one during
/// waiting look the same. Only [`Progress`] knows for certain whether the client started to write
/// the request.
pub(super) fn judge(
    error: &reqwest::Error,
    progress: &Progress,
    route: &ExchangeRoute,
) -> TransportError {
    let (way, lasted) = progress.way();
    let judged = if progress.may_have_left() {
        let (stage, what) = sent(error, progress, route);
        TransportError::maybe_sent(stage, what)
    } else {
        let (stage, what) = not_sent(error, &way, lasted, route);
        TransportError::not_sent(stage, what)
    };
    trace(judged, error, progress, route)
}

/// Creates the error for a response whose body is not complete.
pub(super) fn judge_body(
    error: &reqwest::Error,
    progress: &Progress,
    route: &ExchangeRoute,
) -> TransportError {
    let host = &route.host;
    let what = match Ending::of(error) {
        Ending::Timeout => {
            let time = seconds(progress.elapsed());
            format!("the response body of {host} did not end in {time}")
        }
        Ending::Stream(code) => {
            format!("{host} reset the HTTP/2 stream in the response body ({code})")
        }
        Ending::Http2(code) => {
            format!("the response body of {host} is not valid HTTP/2 ({code})")
        }
        Ending::Parse(parse) => format!("the response body of {host} {}", parse.sentence()),
        Ending::Other => format!("the response body of {host} could not be read"),
        ending => {
            let (peer, how) = (route.peer(), ending.of_connection());
            format!("the connection to {peer} {how} in the response body")
        }
    };
    trace(TransportError::maybe_sent(Stage::Body, what), error, progress, route)
}

/// Creates the error for a body that is shorter than its `Content-Length`.
pub(super) fn ended_early(host: &str, bytes: usize, announced: usize) -> TransportError {
    let what = format!("{host} ended the response body after {bytes} of {announced} bytes");
    TransportError::maybe_sent(Stage::Body, what)
}

/// Creates the error for a proxy that returned 407. It has not forwarded the request (RFC 9110
/// §15.5.8).
pub(super) fn not_let_through(progress: &Progress, route: &ExchangeRoute) -> TransportError {
    // Never empty: the caller has checked that there is a proxy.
    let proxy = route.proxy.as_deref().unwrap_or_default();
    let what = format!(
        "proxy {proxy} requires a user name and a password (407); the gateway was not reached"
    );
    annotate(TransportError::not_sent(Stage::Proxy, what), progress, route)
}

/// Creates the error for a request that waited for an HTTP/2 stream until its time was over.
pub(super) fn waited_in_vain(progress: &Progress, route: &ExchangeRoute) -> TransportError {
    let (host, time) = (&route.host, seconds(progress.elapsed()));
    let what = format!("no HTTP/2 stream to {host} became free in {time}");
    annotate(TransportError::not_sent(Stage::Request, what), progress, route)
}

fn trace(
    judged: TransportError,
    error: &reqwest::Error,
    progress: &Progress,
    route: &ExchangeRoute,
) -> TransportError {
    let judged = annotate(judged, progress, route).with_source(Cause::below(error));
    match io_error(error).and_then(errno) {
        Some(name) => judged.with_errno(name),
        None => judged,
    }
}

/// Adds the host, the addresses and the elapsed time.
fn annotate(judged: TransportError, progress: &Progress, route: &ExchangeRoute) -> TransportError {
    let (way, _) = progress.way();
    let to = route.proxy.as_ref().unwrap_or(&route.host);
    // The resolver returns addresses without ports. `to` always ends with a port.
    let port = to.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or_default();
    // A literal address is never resolved, so it is not part of the connect path.
    let literal = to.parse::<SocketAddr>().ok();
    let addresses = way.addresses.into_iter().map(|known| SocketAddr::new(known.ip(), port));
    judged
        .with_host(&route.host)
        .with_addresses(addresses.chain(literal))
        .with_elapsed(progress.elapsed())
}

fn not_sent(
    error: &reqwest::Error,
    way: &ConnectPath,
    lasted: Duration,
    route: &ExchangeRoute,
) -> (Stage, String) {
    let host = &route.host;
    if error.is_builder() {
        return (Stage::Config, "the HTTP client does not accept the request".to_owned());
    }
    let party = route.party(way.stage);
    let of_tls = tls::explain(error, &party, way.is_open);
    let stage = match way.stage {
        // A proxy that is reached over TLS has its own handshake.
        Some(Stage::Proxy) if of_tls.is_some() && !way.is_open => Stage::Proxy,
        _ if of_tls.is_some() => Stage::Tls,
        // The connection was open, and the client had not taken the request yet.
        Some(_) if way.is_open => Stage::Request,
        Some(Stage::Tcp | Stage::Proxy) if is_bound_wrongly(error, route) => Stage::Bind,
        // A timeout of TCP itself is an error of the operating system.
        Some(Stage::Tcp) if way.is_doubtful && route.is_tls && io_error(error).is_none() => {
            Stage::Connect
        }
        Some(stage) => stage,
        None => Stage::Connect,
    };
    let cause = || chain(error).last().map(|error| words(&error.to_string())).unwrap_or_default();
    let what = match (stage, of_tls) {
        (Stage::Proxy, Some(what)) => format!("{what}; the gateway was not reached"),
        (_, Some(what)) => what,
        (Stage::Dns, None) => {
            let name = way.name.as_deref().unwrap_or(host);
            let why = if error.is_timeout() {
                format!("no response in {}", seconds(lasted))
            } else {
                cause()
            };
            format!("cannot resolve {name}: {why}")
        }
        (Stage::Bind, None) => {
            let source = route.source.as_ref().map(ToString::to_string).unwrap_or_default();
            format!("cannot connect from {source}: is it an address or interface of this machine?")
        }
        (Stage::Proxy, None) => {
            let proxy = route.proxy.as_deref().unwrap_or_default();
            let kind = io_error(error).map(std::io::Error::kind);
            let what = match reached(kind, false, lasted) {
                Some(what) => what,
                // This covers the TCP connection to the proxy, its response to CONNECT and, with
                // some TLS libraries, the handshake behind it.
                None if error.is_timeout() => {
                    format!("gave no connection to the gateway in {}", seconds(lasted))
                }
                None => format!("did not let the connection through: {}", cause()),
            };
            format!("proxy {proxy} {what}; the gateway was not reached")
        }
        (Stage::Tcp, None) => {
            let what =
                reached(io_error(error).map(std::io::Error::kind), error.is_timeout(), lasted);
            format!("{host} {}", what.as_deref().unwrap_or("could not be connected to"))
        }
        (Stage::Tls, None) => match Ending::of(error) {
            _ if error.is_timeout() => tls::unanswered(&party, lasted),
            ending @ (Ending::Closed | Ending::Reset) => {
                let how = ending.of_connection();
                format!("the connection to {party} {how} during the TLS handshake")
            }
            _ => format!("the TLS handshake with {party} failed"),
        },
        (Stage::Request, None) => unwritten(error, lasted, &route.peer()),
        (_, None) if error.is_timeout() => {
            format!("no connection to {host} in {}", seconds(lasted))
        }
        (_, None) if error.is_connect() => format!("no connection to {host} could be opened"),
        (_, None) => unwritten(error, lasted, &route.peer()),
    };
    (stage, what)
}

/// Describes a failure after the connection was opened and before a byte of the request was
/// written.
fn unwritten(error: &reqwest::Error, lasted: Duration, peer: &str) -> String {
    match Ending::of(error) {
        Ending::Timeout => {
            format!("the request was not written to {peer} in {}", seconds(lasted))
        }
        ending => {
            let how = ending.of_connection();
            format!("the connection to {peer} {how} before the request was written")
        }
    }
}

fn sent(error: &reqwest::Error, progress: &Progress, route: &ExchangeRoute) -> (Stage, String) {
    let (host, peer) = (&route.host, route.peer());
    // Only the application's own client follows redirects or retries.
    if error.is_redirect() || error.is_connect() {
        let what = "the application's client followed a redirect or retried, and then failed";
        return (Stage::Request, what.to_owned());
    }
    if let Some(what) = tls::explain(error, &route.party(None), true) {
        return (Stage::Tls, what);
    }
    let what = match Ending::of(error) {
        Ending::Timeout => format!("no response from {host} in {}", seconds(progress.elapsed())),
        Ending::Stream(code) => format!("{peer} reset the HTTP/2 stream of the request ({code})"),
        Ending::Http2(code) => {
            let what = format!("the response from {peer} is not valid HTTP/2 ({code})");
            return (Stage::Headers, what);
        }
        Ending::Parse(parse) => {
            // A TLS alert is not valid HTTP, so the port may expect TLS. Over https:// that cannot
            // be the reason.
            let is_clear = parse == Parse::Version && !route.is_tls;
            let hint = if is_clear { ": does the port expect TLS?" } else { "" };
            let what = format!("the response from {peer} {}{hint}", parse.sentence());
            return (Stage::Headers, what);
        }
        ending => {
            let how = ending.of_connection();
            format!("the connection to {peer} {how} before the response was complete")
        }
    };
    (Stage::Request, what)
}

fn is_bound_wrongly(error: &reqwest::Error, route: &ExchangeRoute) -> bool {
    // Without a source in the options, the same errors have other causes, such as a firewall on
    // this machine.
    let Some(error) = io_error(error).filter(|_| route.source.is_some()) else { return false };
    // ENODEV, for a missing interface, has no `ErrorKind`.
    let other = error.raw_os_error().is_some() && errno(error).is_none();
    let kinds = [ErrorKind::AddrNotAvailable, ErrorKind::PermissionDenied, ErrorKind::AddrInUse];
    other || kinds.contains(&error.kind()) || error.kind() == ErrorKind::InvalidInput
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
