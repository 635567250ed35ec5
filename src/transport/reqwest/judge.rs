//! What became of an exchange that has no whole answer, in a type and in a sentence.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use crate::transport::cause::{Cause, chain, errno, io_error, reached, words};
use crate::transport::progress::{Progress, Way};
use crate::transport::tls;
use crate::transport::{Source, Stage, TransportError};

/// Where an exchange goes, in words that may be printed.
#[derive(Clone, Debug)]
pub(super) struct Route {
    /// Host and port of the gateway.
    pub(super) host: String,
    /// The same of the proxy.
    pub(super) proxy: Option<String>,
    pub(super) source: Option<Source>,
}

/// Says at which stage an exchange ended, and whether a byte of the request may have left.
///
/// The client's flags do not tell: a time-out while connecting and one while waiting look alike. Whether the request
/// was taken for writing tells for sure.
pub(super) fn judge(error: &reqwest::Error, progress: &Progress, route: &Route) -> TransportError {
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

/// With what is known of the way.
pub(super) fn trace(
    judged: TransportError,
    error: &reqwest::Error,
    progress: &Progress,
    route: &Route,
) -> TransportError {
    let (way, _) = progress.way();
    let to = route.proxy.as_ref().unwrap_or(&route.host);
    let port = to.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or_default();
    let literal = to.parse::<SocketAddr>().ok();
    let addresses = way.addresses.into_iter().map(|known| SocketAddr::new(known.ip(), port));
    let judged = judged
        .with_host(&route.host)
        .with_addresses(addresses.chain(literal))
        .with_elapsed(progress.elapsed())
        .with_source(Cause::below(error));
    match io_error(error).and_then(errno) {
        Some(name) => judged.with_errno(name),
        None => judged,
    }
}

fn not_sent(error: &reqwest::Error, way: &Way, lasted: Duration, route: &Route) -> (Stage, String) {
    let host = &route.host;
    if error.is_builder() {
        return (Stage::Config, "the request is no HTTP request".to_owned());
    }
    let stage = match way.stage {
        _ if tls::explain(error, host).is_some() => Stage::Tls,
        Some(_) if way.is_open => Stage::Request,
        Some(Stage::Tcp | Stage::Proxy) if is_bound_wrongly(error, route) => Stage::Bind,
        Some(stage) => stage,
        None => Stage::Connect,
    };
    let what = match stage {
        Stage::Dns => {
            let name = way.name.as_deref().unwrap_or(host);
            let why = if error.is_timeout() {
                format!("no answer in {}", seconds(lasted))
            } else {
                chain(error).last().map(|error| words(&error.to_string())).unwrap_or_default()
            };
            format!("cannot resolve {name}: {why}")
        }
        Stage::Bind => {
            let source = route.source.as_ref().map(ToString::to_string).unwrap_or_default();
            format!("cannot connect from {source}: is it of this machine?")
        }
        Stage::Proxy => {
            let proxy = route.proxy.as_deref().unwrap_or_default();
            let what =
                reached(io_error(error).map(std::io::Error::kind), error.is_timeout(), lasted)
                    .unwrap_or_else(|| {
                        let why = chain(error).last().map(|error| words(&error.to_string()));
                        format!("did not let the connection through: {}", why.unwrap_or_default())
                    });
            format!("proxy {proxy} {what}; the gateway was not reached")
        }
        Stage::Tcp => {
            let what =
                reached(io_error(error).map(std::io::Error::kind), error.is_timeout(), lasted);
            format!("{host} {}", what.as_deref().unwrap_or("could not be connected to"))
        }
        Stage::Tls => match tls::explain(error, host) {
            Some(what) => what,
            None if error.is_timeout() => {
                format!("the TLS handshake with {host} did not end in {}", seconds(lasted))
            }
            None => format!("{host} broke off the TLS handshake"),
        },
        Stage::Request if error.is_timeout() => {
            format!("{host} did not take the request in {}", seconds(lasted))
        }
        Stage::Request => format!("{host} closed the connection before the request was written"),
        _ if error.is_timeout() => format!("{host} was not reached in {}", seconds(lasted)),
        _ => format!("{host} could not be reached"),
    };
    (stage, what)
}

fn sent(error: &reqwest::Error, progress: &Progress, route: &Route) -> (Stage, String) {
    let host = &route.host;
    if error.is_timeout() {
        return (Stage::Request, format!("no answer of {host} in {}", seconds(progress.elapsed())));
    }
    if let Some(what) = tls::explain(error, host) {
        return (Stage::Tls, what);
    }
    let parse = chain(error)
        .filter_map(|error| error.downcast_ref::<hyper::Error>())
        .any(hyper::Error::is_parse);
    if parse {
        let what = format!("what {host} answered is no HTTP: does the port speak TLS?");
        return (Stage::Headers, what);
    }
    (Stage::Request, format!("{host} closed the connection before it answered"))
}

fn is_bound_wrongly(error: &reqwest::Error, route: &Route) -> bool {
    let Some(error) = io_error(error).filter(|_| route.source.is_some()) else { return false };
    // ENODEV, for an interface that is not there, has no kind of its own.
    let other = error.raw_os_error().is_some() && errno(error).is_none();
    let kinds = [ErrorKind::AddrNotAvailable, ErrorKind::PermissionDenied, ErrorKind::AddrInUse];
    other || kinds.contains(&error.kind()) || error.kind() == ErrorKind::InvalidInput
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
